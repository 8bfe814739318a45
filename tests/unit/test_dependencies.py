"""docs/dependencies.md names every package that we ask for, and no other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for file in ("pyproject.toml", "ml/pyproject.toml", "client/pyproject.toml")
    if (ROOT / file).exists()
]
OURS = {"flowserve-ml", "flowserve-client"}


def asked_for() -> set[str]:
    names = set()
    for file in FILES:
        project = tomllib.loads((ROOT / file).read_text())["project"]
        extras = project.get("optional-dependencies", {}).values()
        for wanted in (project["dependencies"], *extras):
            names |= {re.split(r"[\[<>=! ]", requirement)[0] for requirement in wanted}
    return names - OURS


def described() -> set[str]:
    page = (ROOT / "docs/dependencies.md").read_text().split("## Written by hand")[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", page, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_each_dependency_has_its_reason_and_each_reason_its_dependency() -> None:
    here, told = asked_for(), described()
    # Where the backend was cut off, the page still tells of what flowserve-ml asks for.
    assert here <= told if "ml/pyproject.toml" not in FILES else here == told
