"""Which rows there are, what a failed one costs, and that a run leaves no process behind."""

from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.figures import Figure


class Stage:
    """Nothing is started."""

    def __init__(self, *_: object) -> None:
        self.cleared = 0

    async def __aenter__(self) -> "Stage":
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    def clear(self) -> None:
        self.cleared += 1


async def good(stage: object) -> list[Figure]:
    return [Figure("good", "Good", "ms", [1.0])]


async def bad(stage: object) -> list[Figure]:
    raise RuntimeError("the scorer ended")


async def test_a_row_that_fails_is_named_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()
    monkeypatch.setattr(run, "Stage", lambda *_: stage)
    monkeypatch.setattr(run, "ROWS", {"bad": bad, "good": good})

    found, failed = await run.measure(["bad", "good"], Path("model"), short=True)

    assert [figure.name for figure in found] == ["good"]
    assert failed == ["bad"]
    assert stage.cleared == 2
    assert "the scorer ended" in capsys.readouterr().err


def test_the_document_explains_every_row() -> None:
    text = Path("docs/performance.md").read_text()

    assert [name for name in run.ROWS if f"| `{name}` |" not in text] == []
