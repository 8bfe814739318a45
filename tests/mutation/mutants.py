"""Every mutant of a module: where in its syntax tree which node is replaced, and how that reads."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from tests.mutation.changes import replacements

# What a log line says, and where a test may have the process killed, no unit test is about.
_NOT_OURS = frozenset({"log", "crash_point"})
# Types decide nothing, and the options of a class are those of its library.
_NO_BEHAVIOUR = frozenset({"annotation", "returns", "decorator_list", "bases"})
_LONGEST = 100


@dataclass(frozen=True)
class Mutant:
    """One change: `place` is where the parent holds the node, in a list of nodes or (None) by itself."""

    line: int
    function: str
    before: str
    after: str
    parent: ast.AST
    field: str
    place: int | None
    replacement: ast.AST


class Source:
    """A module as a tree, changed by one mutant at a time."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._tree = ast.parse(file.read_text())

    def mutants(self, functions: frozenset[str] = frozenset()) -> list[Mutant]:
        """In the order of the source; only those of the named functions, if any are named."""
        found = [mutant for mutant in _below(self._tree, "") if not functions or mutant.function in functions]
        return sorted(found, key=lambda mutant: mutant.line)

    def compiled(self, mutant: Mutant | None) -> CodeType:
        """The module's code with that change in it, for good: a process tries one mutant."""
        if mutant is not None:
            _put(mutant.parent, mutant.field, mutant.place, mutant.replacement)
        return compile(self._tree, str(self.file), "exec")


def _below(node: ast.AST, function: str) -> Iterator[Mutant]:
    for field, place, child in _children(node):
        within = function
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = f"{function}.{child.name}".lstrip(".")
        if not _is_passed_over(child):
            yield from _of(node, field, place, child, within)
            yield from _below(child, within)


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for field, value in ast.iter_fields(node):
        if field in _NO_BEHAVIOUR or (field == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            yield from ((field, place, each) for place, each in enumerate(value) if isinstance(each, ast.AST))


def _is_passed_over(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    names = [each.id for each in ast.walk(node.value.func) if isinstance(each, ast.Name)]
    return bool(_NOT_OURS.intersection(names))


def _of(parent: ast.AST, field: str, place: int | None, node: ast.AST, function: str) -> Iterator[Mutant]:
    # A number by itself tells nothing: it is shown in the expression around it.
    around = parent if isinstance(node, ast.Constant) and isinstance(parent, ast.expr | ast.keyword) else node
    for replacement in replacements(node, parent):
        ast.fix_missing_locations(ast.copy_location(replacement, node))
        before = _text(around)
        _put(parent, field, place, replacement)
        after = _text(replacement if around is node else around)
        _put(parent, field, place, node)
        line = getattr(node, "lineno", 0)
        yield Mutant(line, function, before, after, parent, field, place, replacement)


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _text(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n")[0]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
