"""Which reports a replay of stored requests counts: those that came in time, the last of them."""

import pytest

from flowserve_ml.features.definitions import LABEL_DELAY_SECONDS
from stream_processor.replay.assemble import Report
from stream_processor.replay.history import FRAUD, GENUINE, UNKNOWN_LABEL
from tests.unit.stream_processor.replay.histories import DAY, START, history_of, transaction

AT = START.timestamp()


def label_and_due(*reports: tuple[float, bool]) -> tuple[int, bool]:
    """Of a transaction at START with reports so many seconds later."""
    made = [Report("c-1", "tx-1", AT + delay, is_fraud) for delay, is_fraud in reports]
    row = history_of([transaction(1)], made).table.iloc[0]
    return int(row["label"]), bool(row["due_fraud"])


def test_a_transaction_without_a_report_has_no_label() -> None:
    assert label_and_due() == (UNKNOWN_LABEL, False)


@pytest.mark.parametrize(
    ("delay", "in_time"), [(LABEL_DELAY_SECONDS + 0.999, True), (LABEL_DELAY_SECONDS + 1, False)]
)
def test_a_report_counts_for_the_terminal_until_the_second_in_which_the_label_is_due(
    delay: float, in_time: bool
) -> None:
    assert label_and_due((delay, True)) == (FRAUD, in_time)


def test_the_last_report_in_time_counts_for_the_terminal_and_the_last_of_all_is_the_label() -> None:
    assert label_and_due((0, False), (DAY, True), (8 * DAY, False)) == (GENUINE, True)
    assert label_and_due((0, True), (DAY, False), (8 * DAY, True)) == (FRAUD, False)


def test_a_report_before_its_transaction_counts() -> None:
    assert label_and_due((-DAY, True)) == (FRAUD, True)


def test_a_report_about_the_first_use_of_an_id_says_nothing_of_its_second_use_after_the_horizon() -> None:
    reports = [Report("c-1", "tx-1", AT + DAY, True)]
    table = history_of([transaction(1), transaction(1, after=45 * DAY)], reports).table
    assert table["due_fraud"].tolist() == [True, False]


def test_a_report_of_another_customer_does_not_count() -> None:
    table = history_of([transaction(1)], [Report("c-2", "tx-1", AT, True)]).table
    assert table["label"].tolist() == [UNKNOWN_LABEL]
