"""Every command of the tutorials does what the tutorial says, and prints what it shows."""

import sys
from pathlib import Path

import pytest

from tests.support import tutorial
from tests.support.stack import RunningStack

DOCS = Path("docs").absolute()
SECONDS = 240


@pytest.mark.parametrize("name", sorted(path.stem for path in (DOCS / "tutorials").glob("*.md")))
def test_a_tutorial_prints_what_it_shows(stack: RunningStack, tmp_path: Path, name: str) -> None:
    script = tutorial.steps((DOCS / "tutorials" / f"{name}.md").read_text())
    programs = Path(sys.executable).parent
    environment = {
        **stack.environment,
        "PATH": f"{programs}:{stack.environment['PATH']}",
        "EXAMPLES": str(DOCS / "examples"),
        "FLOWSERVE_MODELS_DIR": str(DOCS.parent / "ml" / "models"),
    }
    printed = tutorial.run(script, tmp_path, environment, SECONDS)
    for step, output in zip(script, printed, strict=True):
        if step.expected is not None:
            assert tutorial.matches(step.expected, output), f"{step.commands}\nprinted\n{output}"
