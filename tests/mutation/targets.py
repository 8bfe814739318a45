"""What is mutated, and the unit tests that must notice: the nearest first, as the first ends a trial."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_PIPELINE = "tests/unit/stream_processor/pipeline"
_SCORER = "tests/unit/stream_processor/scorer"


@dataclass(frozen=True)
class Target:
    """A module, the folder in which its tests run, and these; of some modules a few functions only."""

    module: str
    tests: tuple[str, ...]
    folder: str = "."
    functions: frozenset[str] = frozenset()

    @property
    def stands_alone(self) -> bool:
        """Whether its tests are those of a project of its own, with settings of its own."""
        return self.folder != "."

    @property
    def file(self) -> str:
        """From the repository's root."""
        return f"{self.folder}/{self.module.replace('.', '/')}.py".removeprefix("./")


def targets(words: Iterable[str]) -> list[Target]:
    """Those that are there and have one of the words in their name; all for no word."""
    words = list(words)
    return [
        target
        for target in _ALL
        if (ROOT / target.file).exists() and (not words or any(word in target.module for word in words))
    ]


def _pipeline(name: str, *first: str) -> Target:
    return Target(f"stream_processor.pipeline.{name}", (*first, _PIPELINE))


def _ml(name: str, *tests: str) -> Target:
    return Target(f"flowserve_ml.{name}", tuple(f"tests/{test}.py" for test in tests), "ml")


_CUSTOMER = ("test_customer_features", "test_customer_restore")

_ALL = (
    _pipeline("admit", f"{_PIPELINE}/test_placement.py", f"{_PIPELINE}/test_poison.py"),
    _pipeline("clients", f"{_SCORER}/test_clients.py"),
    _pipeline("batch", f"{_PIPELINE}/test_repeats.py", _PIPELINE, f"{_SCORER}/test_decline_limit.py"),
    _pipeline("decide", f"{_PIPELINE}/test_internal_error.py"),
    _pipeline("declines", f"{_SCORER}/test_decline_limit.py"),
    _pipeline("envelope", f"{_PIPELINE}/test_envelope.py"),
    _pipeline("erasure", f"{_SCORER}/test_erasure.py"),
    _pipeline("fold", f"{_PIPELINE}/test_repeats.py", f"{_PIPELINE}/test_event_time.py"),
    _pipeline("labels", f"{_PIPELINE}/test_labels.py", f"{_SCORER}/test_maturing.py", f"{_SCORER}/snapshots"),
    _pipeline(
        "memory",
        f"{_PIPELINE}/test_memory_on_bytes.py",
        f"{_PIPELINE}/test_decided.py",
        f"{_PIPELINE}/test_repeats.py",
    ),
    _pipeline("outcomes", f"{_PIPELINE}/test_outcomes.py", _PIPELINE, f"{_SCORER}/test_decline_limit.py"),
    _pipeline("results", f"{_PIPELINE}/test_outcomes.py", f"{_PIPELINE}/test_repeats.py"),
    _pipeline(
        "state",
        f"{_PIPELINE}/test_state.py",
        f"{_PIPELINE}/test_repeats.py",
        f"{_PIPELINE}/test_event_time.py",
        f"{_SCORER}/test_erasure.py",
    ),
    _pipeline(
        "terminals",
        f"{_PIPELINE}/test_terminal_book.py",
        f"{_SCORER}/test_maturing.py",
        f"{_SCORER}/snapshots/test_terminals.py",
    ),
    _pipeline("unlabelled", f"{_PIPELINE}/test_unlabelled.py"),
    Target("stream_processor.scorer.rounds", (f"{_SCORER}/test_rounds.py",)),
    Target(
        "stream_processor.scorer.actor",
        (
            f"{_SCORER}/test_actor_and_its_cursor.py",
            f"{_SCORER}/test_actor_and_damaged_logs.py",
            f"{_SCORER}/test_clients.py",
            f"{_PIPELINE}/test_internal_error.py",
            f"{_SCORER}/test_erasure.py",
            f"{_SCORER}/test_maturing.py",
            f"{_SCORER}/test_actor_against_a_model.py",
            f"{_SCORER}/snapshots",
        ),
    ),
    _ml("features.customer", *_CUSTOMER, "test_packed"),
    _ml("features.packed", "test_packed"),
    _ml("features.terminal", "test_terminal_features", "test_memory"),
    _ml("features.transaction", "test_transaction_features"),
    _ml("features.vector", "test_committed_model"),
    _ml("features.stream", "test_stream", "test_folding", "test_reference"),
    _ml(
        "features.definitions",
        "test_definitions",
        "test_transaction_features",
        "test_committed_model",
        *_CUSTOMER,
        "test_terminal_features",
        "test_packed",
    ),
    _ml("policy", "test_policy", "test_costs"),
)
