"""The files: whole or not at all, equal for equal input, one page that needs nothing else."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from stream_processor.replay.report.from_file import read_table
from stream_processor.replay.report.scored import ReportError, ScoredTable, between
from stream_processor.replay.report.write import write_report
from tests.support.scored_tables import START, arrow_table, scored, scored_row, write_scored_file

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
LIMIT_BYTES = 300_000


def sides(**changes: object) -> tuple[ScoredTable, ScoredTable]:
    rows = [scored_row(n, n / 101, is_fraud=n % 9 == 0, amount=n * 1.5, **changes) for n in range(1, 101)]
    others = [{**row, "score": 1 - row["score"], "decision": "approve"} for row in rows]
    return scored(rows), scored(others, "baseline.parquet")


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report(*sides(), tmp_path / f"{name}.html", tmp_path / f"{name}.json", NOW)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_the_page_asks_for_nothing_from_anywhere_and_is_small(tmp_path: Path) -> None:
    write_report(*sides(), tmp_path / "r.html", None, NOW)
    text = (tmp_path / "r.html").read_text()
    assert len(text) < LIMIT_BYTES
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"|@import|url\((?!#)', text) == []
    assert "<script" not in text
    assert not (tmp_path / "r.json").exists()


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]


def test_no_two_elements_of_the_page_share_an_id_and_every_reference_is_met(tmp_path: Path) -> None:
    write_report(*sides(), tmp_path / "r.html", None, NOW)
    text = (tmp_path / "r.html").read_text()
    parser = _Ids()
    parser.feed(text)
    assert len(parser.ids) == len(set(parser.ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(parser.ids)


def test_what_a_row_says_is_text_and_never_markup(tmp_path: Path) -> None:
    candidate, baseline = sides(terminal_id=HOSTILE, reasons=HOSTILE)
    write_report(replace(candidate, name=HOSTILE), baseline, tmp_path / "r.html", None, NOW)
    text = (tmp_path / "r.html").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_report_on_one_side_alone_and_one_without_labels_can_be_written(tmp_path: Path) -> None:
    candidate, _ = sides()
    write_report(candidate, None, tmp_path / "alone.html", None, NOW)
    unlabelled, other = sides()
    for side in (unlabelled, other):
        side.table["is_fraud"] = None
    write_report(unlabelled, other, tmp_path / "unlabelled.html", None, NOW)
    assert "average precision" in (tmp_path / "alone.html").read_text()
    assert "average precision" not in (tmp_path / "unlabelled.html").read_text()


def test_few_labels_and_a_partial_run_are_said_before_any_figure(tmp_path: Path) -> None:
    rows = [scored_row(n, n / 10, is_fraud={1: True, 2: False}.get(n)) for n in range(1, 10)]
    made = scored(rows)
    partial = replace(made, info=replace(made.info, partial="stopped"))
    write_report(partial, None, tmp_path / "r.html", None, NOW)
    text = (tmp_path / "r.html").read_text()
    assert "Only 22.2 % of the transactions are labelled" in text
    assert "stopped. The figures speak of that part only" in text


def test_a_report_that_cannot_be_made_leaves_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    page.write_text("before")
    with pytest.raises(ReportError):
        write_report(scored([scored_row(1, None)]), None, page, None, NOW)
    assert page.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = [
        scored_row(1, 0.25, is_fraud=True, amount=12.5),
        scored_row(2, None),
        scored_row(3, 0.7, night=None),
    ]
    read = read_table(write_scored_file(tmp_path / "s.parquet", rows))
    assert read.table["is_fraud"].tolist()[0] is True
    assert read.table["score"].isna().tolist() == [False, True, False]
    assert read.table["decision"].tolist()[::2] == ["review", "decline"]
    assert read.feature("amount")[0] == 12.5
    assert (read.info.model, read.info.review) == ("flowserve-fraud 1.0.0", 0.2)


def test_a_file_that_is_no_scored_table_is_refused_by_what_is_wrong_with_it(tmp_path: Path) -> None:
    table = arrow_table([scored_row(1, 0.1)])
    path = tmp_path / "s.parquet"
    for broken, says in (
        (table.drop_columns(["score", "night"]), "it has no column score, night"),
        (table.set_column(0, "row", pa.array(["1"])), "row is string and should be int64"),
        (table.replace_schema_metadata(None), "does not say which model scored it"),
        (arrow_table([scored_row(1, 0.1)], policy=None), "what is written about the run is not complete"),
    ):
        pa.parquet.write_table(broken, path)
        with pytest.raises(ReportError, match=says):
            read_table(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ReportError, match="cannot be read as Parquet"):
        read_table(path)
    with pytest.raises(ReportError, match="there is no such file"):
        read_table(tmp_path / "none.parquet")


def test_a_range_takes_from_inclusive_to_exclusive_features_too() -> None:
    rows = [scored_row(n, 0.1, night=float(n)) for n in range(1, 6)]
    chosen = between(scored(rows), START + timedelta(hours=2), START + timedelta(hours=4))
    assert chosen.table["row"].tolist() == [2, 3]
    assert chosen.feature("night").tolist() == [2, 3]
    with pytest.raises(ReportError, match="they lie between 2026-06-01T13:00:00Z and 2026-06-01T17:00:00Z"):
        between(scored(rows), START + timedelta(days=9), None)
