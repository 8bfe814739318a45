"""What is remembered is bounded per customer and per terminal, and small per row."""

import tracemalloc

from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS, MAX_REMEMBERED_ROWS
from flowserve_ml.features.terminal import TerminalHistory

T = 1_790_000_000


def test_a_remembered_transaction_takes_less_than_64_bytes_and_there_is_a_most_of_them() -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    history = CustomerHistory()
    for number in range(MAX_REMEMBERED_ROWS + 500):
        history.observe(T + 600 * number, 1_000 + number % 700)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(history) == MAX_REMEMBERED_ROWS
    assert history.dropped == 500
    assert taken < 64 * MAX_REMEMBERED_ROWS


def test_a_customer_who_is_forgotten_takes_next_to_nothing() -> None:
    history = CustomerHistory()
    for number in range(2_000):
        history.observe(T + 60 * number, 1_000)
    history.forget(T + DAY_SECONDS * 100 - HORIZON_SECONDS)
    assert len(history) == len(history.totals) == len(history.ratios) == len(history.anomaly_times) == 0


def test_a_terminal_where_everything_is_fraud_takes_less_than_64_bytes_a_fraud_and_has_a_most() -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    history = TerminalHistory()
    history.settle(T + 30 * DAY_SECONDS)
    for number in range(MAX_REMEMBERED_ROWS + 500):
        history.add(T + 60 * number, True, True, number)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(history.run) == MAX_REMEMBERED_ROWS
    assert taken < 64 * MAX_REMEMBERED_ROWS


def test_a_terminal_where_everything_is_genuine_remembers_one_second_once_it_is_settled() -> None:
    history = TerminalHistory()
    for number in range(2_000):
        history.add(T + 60 * number, False, False, number)
        history.settle(T + 60 * number + 8 * DAY_SECONDS)
    assert (history.run, history.recent) == ((), [])
