"""What the documentation lists is what the code has."""

import re
from pathlib import Path

from schemas.problems import CATALOGUE

ROOT = Path(__file__).parents[2]


def test_the_table_of_problem_codes_is_the_catalogue() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d+) \|", (ROOT / "docs/api.md").read_text(), re.M)
    assert {code: int(status) for code, status in rows} == {
        code: kind.status for code, kind in CATALOGUE.items()
    }


def test_every_test_that_a_guarantee_names_exists() -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)`", (ROOT / "docs/guarantees.md").read_text())
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_link_between_the_documents_leads_somewhere() -> None:
    documents = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
