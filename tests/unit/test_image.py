"""The container image holds all that its processes and commands import."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from cli.commands import NEEDED

ROOT = Path(__file__).parents[2]
HOMES = {"flowserve_client": "client", "flowserve_ml": "ml"}
"""Packages of ours that lie in a folder of another name."""


def copied() -> set[str]:
    """Our folders that the Dockerfile copies in order to build from them."""
    first_stage = (ROOT / "Dockerfile").read_text().split("\nFROM ")[1]
    pairs = re.findall(r"^COPY (\S+) (\S+)$", first_stage, re.M)
    return {folder for folder, target in pairs if folder == target}


def imported(folder: Path) -> Iterator[str]:
    """The first names of what the modules below import, our own and others'."""
    for path in folder.rglob("*.py"):
        if "tests" in path.relative_to(folder).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def is_ours(name: str) -> bool:
    return name in HOMES or (ROOT / name / "__init__.py").exists()


def normal(distribution: str) -> str:
    """A distribution's name as all of its spellings are compared."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_every_package_of_ours_that_is_imported_there_is_copied() -> None:
    folders = copied()
    assert {"cli", "ingest_api", "stream_processor"} <= folders
    wanted = {name for folder in folders - {"ml"} for name in imported(ROOT / folder) if is_ours(name)}
    assert {HOMES.get(name, name) for name in wanted} - folders == set()


def test_what_is_copied_is_not_ignored() -> None:
    kept = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.M))
    assert copied() - kept == set()
    assert set(re.findall(r"requirements\S*\.txt", (ROOT / "Dockerfile").read_text())) - kept == set()


def test_all_that_is_copied_is_installed() -> None:
    text = (ROOT / "Dockerfile").read_text()
    projects = {folder for folder in copied() if (ROOT / folder / "pyproject.toml").exists()}
    assert projects >= {"client"}
    assert [folder for folder in projects if f"./{folder}" not in text] == []


def test_a_foreign_package_that_is_not_there_is_named_with_what_to_install() -> None:
    distributions = packages_distributions()
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements-image.txt").read_text(), re.M)
    pinned = {normal(name) for name in pins}
    missing = set()
    for folder in ("cli", "client", "schemas", "ingest_api", "local_stack"):
        for name in imported(ROOT / folder):
            known = {normal(each) for each in distributions.get(name, ())}
            if name not in sys.stdlib_module_names and not is_ours(name) and not known & pinned:
                missing.add(name)
    assert missing <= {name for name, package in NEEDED.items() if not package.endswith("[console]")}
