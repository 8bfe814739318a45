"""Labels of somebody's file: when they teach a terminal, and what the table shows of them."""

from pathlib import Path

from tests.integration.replay.bank import row, rows, scores_of, write


async def test_labels_reach_the_terminal_after_their_delay_and_not_if_that_is_too_long(
    tmp_path: Path,
) -> None:
    content = [
        row(1, is_fraud=True, terminal_id="t", occurred_at="2026-03-01T00:00:00Z"),
        row(2, is_fraud=False, terminal_id="t", occurred_at="2026-03-08T00:59:59Z"),
        row(3, is_fraud=False, terminal_id="t", occurred_at="2026-03-08T01:00:00Z"),
    ]
    path = write(tmp_path / "labels.csv", content)

    async def last_labels(*words: str) -> list[float]:
        return [entry["terminal_last_label"] for entry in await scores_of(path, *words)]

    assert await last_labels() == [-1, -1, 1]
    assert await last_labels("--label-delay", "1d") == [-1, -1, 1]
    assert await last_labels("--label-delay", "8d") == [-1, -1, 0]


async def test_a_report_date_of_its_own_goes_before_the_delay(tmp_path: Path) -> None:
    late = {"terminal_id": "t", "is_fraud": True, "occurred_at": "2026-03-01T00:00:00Z"}
    content = rows(
        late | {"reported_at": "2026-03-09T00:00:00Z"},
        {"terminal_id": "t", "occurred_at": "2026-03-20T00:00:00Z"},
    )
    found = await scores_of(write(tmp_path / "reported.parquet", content))
    assert [entry["terminal_last_label"] for entry in found] == [-1, 0]


async def test_a_row_without_a_label_has_none_and_its_neighbours_keep_theirs(tmp_path: Path) -> None:
    found = await scores_of(write(tmp_path / "some.csv", rows(*({"is_fraud": each} for each in (1, "", 0)))))
    assert [entry["is_fraud"] for entry in found] == [True, None, False]


async def test_without_labels_the_label_column_is_empty(tmp_path: Path) -> None:
    found = await scores_of(write(tmp_path / "plain.csv", rows({}, {})))
    assert [entry["is_fraud"] for entry in found] == [None, None]
