"""Every command of the tour and the tutorials does what its page says, and prints what it shows."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_stack.kafka import Kafka
from tests.support import tutorial
from tests.support.stack import RunningStack

DOCS = Path("docs").absolute()
SECONDS = 900


@pytest.mark.parametrize("name", sorted(path.stem for path in (DOCS / "tutorials").glob("*.md")))
def test_a_tutorial_prints_what_it_shows(stack: RunningStack, tmp_path: Path, name: str) -> None:
    follow(DOCS / "tutorials" / f"{name}.md", stack, tmp_path)


def test_the_tour_prints_what_it_shows(stack: RunningStack, folder: Path, tmp_path: Path) -> None:
    if not isinstance(stack.kafka, Kafka):
        pytest.skip("the tour stops Kafka by its pid, which a broker in a container does not have here")
    (folder / "run" / "kafka.pid").write_text(json.dumps({"pid": stack.kafka.process.pid}))
    try:
        with supervised(stack):
            follow(DOCS / "tour.md", stack, tmp_path)
    finally:
        stack.kafka.resume()


def follow(page: Path, stack: RunningStack, folder: Path) -> None:
    """Does in an empty folder what the page says, as somebody does who has the stack's addresses and key."""
    script = tutorial.steps(page.read_text())
    programs = Path(sys.executable).parent
    environment = {
        **stack.environment,
        "PATH": f"{programs}:{stack.environment['PATH']}",
        "EXAMPLES": str(DOCS / "examples"),
        "FLOWSERVE_MODELS_DIR": str(DOCS.parent / "ml" / "models"),
        "FLOWSERVE_API_KEY": stack.key,
    }
    printed = tutorial.run(script, folder, environment, SECONDS)
    for step, output in zip(script, printed, strict=True):
        if step.expected is not None:
            assert tutorial.matches(step.expected, output), f"{step.commands}\nprinted\n{output}"


@contextmanager
def supervised(stack: RunningStack) -> Iterator[None]:
    """As `make up` does: what falls while Kafka is away is started again."""
    ended = threading.Event()

    def supervise() -> None:
        while not ended.wait(0.2):
            stack.revive()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    try:
        yield
    finally:
        ended.set()
        supervisor.join()
