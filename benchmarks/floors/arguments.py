"""What the floors that loop over Kafka are told."""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LoopArguments:
    """From `source` to `target`; `stateful` keeps a plain dict per customer."""

    bootstrap: str
    source: str
    target: str
    group: str
    model: Path
    stateful: bool


def loop_arguments() -> LoopArguments:
    """Of this process."""
    parser = argparse.ArgumentParser()
    for name in ("bootstrap", "source", "target", "group"):
        parser.add_argument(name)
    parser.add_argument("model", type=Path)
    parser.add_argument("--stateful", action="store_true")
    return LoopArguments(**vars(parser.parse_args()))
