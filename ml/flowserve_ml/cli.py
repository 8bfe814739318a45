"""The command `flowserve-ml`: finds the subcommand and loads only what that one needs."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from flowserve_ml.errors import InputError
from flowserve_ml.manifest import ArtifactError
from flowserve_ml.settings import use_one_thread

COMMANDS = {
    "generate": "print transactions in request form, one JSON object per line",
    "simulate": "write simulated transactions with known frauds to a file",
    "prepare": "make a clean table with features from somebody's file",
    "train": "train a model and put it in use",
    "policy": "give a trained model other thresholds, as a new version",
    "evaluate": "judge a trained model on a file or a simulation",
    "connect": "put a trained model into a running backend and compare its answers",
    "show": "print what a model folder holds, after checking it",
}
_EXTRAS = {
    **dict.fromkeys(("onnx", "pandas", "pyarrow", "skl2onnx", "sklearn"), "train"),
    "aiokafka": "kafka",
}
"""The extra of this package that brings each library which not everybody needs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in COMMANDS:
        print(_usage(), file=sys.stdout if words[:1] in (["-h"], ["--help"]) else sys.stderr)
        return 0 if words[:1] in (["-h"], ["--help"]) else 2
    use_one_thread()
    try:
        command = import_module(f"flowserve_ml.commands.{words[0]}")
        command.main(words[1:])
    except ModuleNotFoundError as error:
        if error.name not in _EXTRAS:
            raise
        return _fail(f"{words[0]} needs {error.name}: install flowserve-ml[{_EXTRAS[error.name]}]")
    except (InputError, ArtifactError) as error:
        return _fail(str(error))
    except OSError as error:
        named = error.filename is not None and error.strerror is not None
        return _fail(f"{error.filename}: {error.strerror}" if named else str(error))
    except KeyboardInterrupt:
        _fail("interrupted")
        return 128 + signal.SIGINT
    return 0


def _usage() -> str:
    lines = [f"  {name:<10}{text}" for name, text in COMMANDS.items()]
    return "\n".join(["usage: flowserve-ml COMMAND [--help]", "", *lines])


def _fail(message: str) -> int:
    print(f"flowserve-ml: {message}", file=sys.stderr)
    return 1
