"""The mistakes that mutation tests make: each of its kind, in its place, and none that says nothing."""

from pathlib import Path

import pytest

from tests.mutation.mutants import Source
from tests.mutation.targets import ROOT, targets


def changes(tmp_path: Path, code: str, functions: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    file = tmp_path / "module.py"
    file.write_text(code)
    return [(mutant.before, mutant.after) for mutant in Source(file).mutants(functions)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < b", ["a <= b", "a >= b"]),
        ("x = a is b", ["a is not b"]),
        ("x = a + b", ["a - b"]),
        ("x += a", ["x -= a", "pass"]),
        ("x = a and b", ["a or b"]),
        ("x = -a", ["a"]),
        ("x = f(7)", ["f(8)"]),
        ("x = f(flag=True)", ["flag=False"]),
        ("x = min(a, b)", ["max(a, b)"]),
        ("x = a if b else c", ["not b"]),
        ("x = [a for a in b if a]", ["not a"]),
        ("def f(a):\n    return a", ["return None"]),
        ("f(a)", ["pass"]),
        ("a.b = c", ["pass"]),
    ],
)
def test_a_mistake_of_each_kind_is_made(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert sorted(after for _, after in changes(tmp_path, code)) == sorted(expected)


@pytest.mark.parametrize(
    "code",
    [
        '"""A docstring."""',
        "x: tuple[int, Literal[7]]",
        "class X(Struct, frozen=True): ...",
        "def f(a):\n    return None",
        "log.warning('seven %d', 7)",
        "crash_point('here')",
    ],
)
def test_where_no_test_could_notice_none_is_made(tmp_path: Path, code: str) -> None:
    assert changes(tmp_path, code) == []


def test_only_the_functions_that_are_named_are_changed(tmp_path: Path) -> None:
    code = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    found = changes(tmp_path, code, frozenset({"A.g"}))
    assert found == [("return 2", "return None"), ("2", "3")]


def test_a_mutant_is_compiled_into_the_module_and_nothing_else_of_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("def f(a):\n    return a < 5 and a > 1\n")
    source = Source(file)
    (wanted,) = [mutant for mutant in source.mutants() if mutant.after == "a <= 5"]
    assert (wanted.line, wanted.function, wanted.before) == (2, "f", "a < 5")
    scope: dict[str, object] = {}
    exec(source.compiled(wanted), scope)  # noqa: S102
    f = scope["f"]
    assert callable(f)
    assert [f(number) for number in (1, 2, 5, 6)] == [False, True, True, False]


def test_every_module_and_every_test_of_the_core_exists() -> None:
    missing = [
        name
        for target in targets([])
        for name in (target.file, *(f"{target.folder}/{test}" for test in target.tests))
        if not (ROOT / name).exists()
    ]
    assert missing == []
