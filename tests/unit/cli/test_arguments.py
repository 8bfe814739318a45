"""The command line's words."""

import pytest

from cli.arguments import CreateKey, ListKeys, RevokeKey, parse
from cli.database import UsageError

CREATE = ["create", "--client", "acme", "--name", "checkout"]


def test_create_has_sensible_defaults() -> None:
    assert parse(CREATE) == CreateKey("acme", "checkout", ("predict", "read", "feedback"), None, False)


def test_create_takes_scopes_a_time_and_json() -> None:
    asked = parse([*CREATE, "--scopes", "read, dlq,read", "--expires-in", "30", "--json"])
    assert asked == CreateKey("acme", "checkout", ("read", "dlq"), 30, True)


def test_list_and_revoke() -> None:
    assert parse(["list"]) == ListKeys(False)
    assert parse(["revoke", "0a1b"]) == RevokeKey("0a1b")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--scopes", "predict,root"], "there is no scope 'root'"),
        (["--scopes", ""], "there is no scope ''"),
        (["--expires-in", "0"], "--expires-in"),
        (["--client", "two words"], "--client"),
        (["--client", "shop-4111111111111111"], "card number"),
        (["--name", ""], "--name"),
        (["--name", "a\nb"], "--name"),
    ],
)
def test_a_value_that_cannot_be_is_named(more: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse([*CREATE, *more])


@pytest.mark.parametrize("words", [[], ["keys"], ["create"], ["keys", "revoke"], ["kyes"]])
def test_wrong_syntax_ends_with_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words)
    assert ended.value.code == 2
    assert "usage: flowserve" in capsys.readouterr().err


def test_help_documents_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    assert "3  there is no such key" in capsys.readouterr().out
