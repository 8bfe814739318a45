"""How a tutorial is read: its blocks in order, and what counts as printing what is shown."""

import pytest

from tests.support.tutorial import Step, matches, steps


def test_a_text_belongs_to_the_commands_above_it() -> None:
    document = "# T\n```console\nmake up\n```\n```sh\nls\n```\nwords\n```text\na\n```\n```sh\npwd\n```\n"
    assert steps(document) == [Step("ls\n", "a\n"), Step("pwd\n", None)]


@pytest.mark.parametrize(
    ("expected", "printed", "fits"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a", True),
        ("a\n", "ab\n", False),
        ("a…c\n", "abbc\n", True),
        ("a…\n", "abc\nd\n", False),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\nd\n", "a\nb\nc\n", False),
        ("…\nd\n", "d\n", True),
        ("[a]\n", "a\n", False),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(expected: str, printed: str, fits: bool) -> None:
    assert matches(expected, printed) is fits
