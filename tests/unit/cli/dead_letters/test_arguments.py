"""What `flowserve dlq` understands."""

import pytest

from cli.database import UsageError
from cli.dead_letters.arguments import List, Redrive, Show, parse
from cli.dead_letters.filters import Filters


def test_list_show_and_redrive() -> None:
    assert parse(["list"]) == List(Filters(), 50, False)
    assert parse(["show", "3/017"]) == Show(3, 17, False)
    asked = parse(["redrive", "3/17", "4/1", "--dry-run", "--rate", "5"])
    assert asked == Redrive(Filters(places=frozenset({"3/17", "4/1"})), 3, False, 5.0, True, False)
    assert isinstance(parse(["redrive", "--all"]), Redrive)


def test_times_are_utc_where_they_name_no_zone() -> None:
    asked = parse(["list", "--from", "2026-11-24T00:00:00", "--to", "2026-11-24T01:00:00+01:00"])
    assert isinstance(asked, List)
    assert asked.filters.from_ms == asked.filters.until_ms == 1_795_478_400_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["redrive"], "say which letters"),
        (["redrive", "--all", "--rate", "0"], "--rate"),
        (["show", "17"], "PARTITION/OFFSET"),
        (["list", "--from", "yesterday"], "--from yesterday"),
    ],
)
def test_a_value_that_cannot_be_is_named(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse(words)
