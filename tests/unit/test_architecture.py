"""The arrows between packages, the absence of cycles, and the one place that reads the environment."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "schemas": set[str](),
    "flowserve_ml": set[str](),
    "stream_processor": {"schemas", "flowserve_ml"},
    "ingest_api": {"schemas"},
    "local_stack": {"schemas"},
    "cli": {"schemas", "flowserve_ml", "stream_processor", "ingest_api", "local_stack", "flowserve_client"},
    "flowserve_client": set[str](),
}
PLACES = {"flowserve_ml": "ml", "flowserve_client": "client"}
FOLDERS = {name: ROOT / PLACES.get(name, "") / name for name in ALLOWED}
ENVIRONMENT = re.compile(r"os\.(environ|getenv)")


def modules() -> Iterator[tuple[str, str, Path]]:
    """(package, dotted name, file) of every module of ours."""
    for package, folder in FOLDERS.items():
        for file in sorted(folder.rglob("*.py")):
            parts = (package, *file.relative_to(folder).with_suffix("").parts)
            yield package, ".".join(part for part in parts if part != "__init__"), file


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file: deferred and type-checking imports too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_it_may(package: str) -> None:
    ours = set(ALLOWED) - {package}
    wrong = [
        f"{name} imports {target}"
        for owner, name, file in modules()
        if owner == package
        for target in imported(file)
        if target.split(".")[0] in ours - ALLOWED[package]
    ]
    assert wrong == []


def test_no_module_is_in_an_import_cycle() -> None:
    known = {name for _, name, _ in modules()}
    graph = {name: {target for target in imported(file) if target in known} for _, name, file in modules()}
    # A package's __init__ is loaded before its modules; only what it imports itself can close a cycle.
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


def test_the_environment_is_read_in_settings_only() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for _, _, file in modules()
        if not file.name.startswith("settings") and ENVIRONMENT.search(file.read_text())
    ]
    assert wrong == []


def test_an_entry_point_only_translates_and_delegates() -> None:
    long = [
        str(file.relative_to(ROOT))
        for _, _, file in modules()
        if file.name == "__main__.py" and len(file.read_text().splitlines()) > 30
    ]
    assert long == []
