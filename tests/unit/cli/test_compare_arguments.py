"""What `flowserve compare` may be told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.compare_arguments import PRINTED, Comparison, parse
from cli.database import UsageError


def test_a_candidate_and_a_page_are_enough(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    expected = Comparison(("scores.parquet",), page, None, "default", None, None)
    assert parse(["scores.parquet", "--output", str(page)]) == expected


def test_everything_can_be_said_and_a_time_without_zone_is_utc(tmp_path: Path) -> None:
    page, figures = tmp_path / "r.html", tmp_path / "r.json"
    words = ["run:a", "live", "--output", str(page), "--json", str(figures), "--client", "acme"]
    asked = parse([*words, "--from", "2026-10-01", "--to", "2026-11-01T00:00:00+01:00"])
    assert (asked.sources, asked.json, asked.client) == (("run:a", "live"), figures, "acme")
    assert asked.first == datetime(2026, 10, 1, tzinfo=UTC)
    assert asked.end == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_figures_that_name_no_file_are_printed(tmp_path: Path) -> None:
    assert parse(["live", "--output", str(tmp_path / "r.html"), "--json"]).json == PRINTED


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["history.csv", "--output", "r.html"], "'history.csv' is no .parquet file"),
        (["live", "--output", "scores.parquet"], "--output scores.parquet: the name must end in .html"),
        (["live", "--output", "r.html", "--json", "r.html"], "--json r.html: the name must end in .json"),
        (
            ["--output", "r.html", "--json", "a.parquet", "live"],
            "--json a.parquet: the name must end in .json",
        ),
        (["live", "--output", "nowhere/r.html"], "there is no folder nowhere"),
        (["live", "--output", "r.html", "--from", "yesterday"], "--from yesterday: write a time"),
        (["live", "--output", "r.html", "--from", "2026-11-01", "--to", "2026-11-01"], "must lie before"),
    ],
)
def test_a_value_that_cannot_be_is_named(words: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse(words)
