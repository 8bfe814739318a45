"""What a replay makes of a history is what the live scorers made of it, to the last bit."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowserve_ml.features.definitions import FEATURES, LABEL_DELAY_SECONDS, MATURITY_SECONDS
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import simulate
from schemas.transaction import Transaction
from stream_processor.replay.assemble import Report
from stream_processor.replay.engine import Engine
from stream_processor.replay.history import UNKNOWN_LABEL, History
from stream_processor.replay.outcome_rows import COLUMNS, OutcomeRows
from tests.support.actors import rules
from tests.support.live_scorers import LiveScorers
from tests.unit.stream_processor.replay.histories import (
    CLIENT,
    DAY,
    HOUR,
    START,
    history_of,
    outcomes,
    scored,
)

PARTITIONS = 5
BODY = COLUMNS.index("body")

# Only these differ by nature: who asked, and when.
ASKING = ("request_id", "source", "received_at", "decided_at")


def comparable(outcome: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in outcome.items() if name not in ASKING}
    if "problem" in kept:
        kept["problem"] = kept["problem"]["code"]
    return kept


def replayed(history: History) -> list[dict[str, Any]]:
    """Outcomes in event-time order, from the rows that are stored."""
    batches = OutcomeRows(history, scored(history), rules().model).batches(1_000)
    return [comparable(msgspec.json.decode(str(row[BODY]))) for batch in batches for row in batch.rows]


def live(asked: list[Transaction], reports: list[Report]) -> list[dict[str, Any]]:
    return [comparable(entry) for entry in LiveScorers(CLIENT, PARTITIONS).run(asked, reports)]


def simulated() -> tuple[list[Transaction], list[Report]]:
    """Some 4,000 transactions of 70 days with frauds, repeats and ties, in event-time order; and reports."""
    recipe = Recipe(
        customers=40, terminals=60, days=70, bad_terminals_per_day=1, lost_cards_per_day=1, reach=30.0
    )
    made = simulate(recipe, date(2026, 3, 1), seed=11)
    dice = random.Random(5)
    asked, reports = [], []
    for number in range(len(made)):
        second = int(made.times[number]) // 7 * 7 if number % 3 else int(made.times[number])  # ties
        at = datetime.fromtimestamp(second, UTC) + timedelta(microseconds=dice.choice([0, 0, 1, 250_000]))
        names = (f"tx-{number}", f"c-{made.customers[number]}", f"t-{made.terminals[number]}")
        currency = "EUR" if number % 10 else "USD"
        transaction = Transaction(*names, int(made.cents[number]), currency, at)
        asked.append(transaction)
        if number % 40 == 0:
            repeat_at = [at, at + timedelta(days=dice.choice([0, 44, 45, 46]))][number % 80 == 0]
            amount = transaction.amount + dice.choice([0, 0, 1])
            asked.append(msgspec.structs.replace(transaction, occurred_at=repeat_at, amount=amount))
        if made.is_fraud[number] or number % 100 == 0:
            delay = dice.choice([0, HOUR, 6 * DAY, 7 * DAY, 7 * DAY + 1, 20 * DAY])
            reports.append(Report(names[1], names[0], second + delay + 0.999, True))
            if number % 5 == 0:
                reports.append(Report(names[1], names[0], second + dice.choice([DAY, 8 * DAY]), False))
    asked.sort(key=lambda entry: entry.occurred_at)
    return asked, in_log_order(reports)


def in_log_order(reports: list[Report]) -> list[Report]:
    """The broker's time is the order of the log."""
    return sorted(reports, key=lambda report: report.reported_at)


def test_simulated_months_get_the_outcomes_of_the_live_scorers_bit_by_bit() -> None:
    asked, reports = simulated()
    found, expected = replayed(history_of(asked, reports)), live(asked, reports)
    assert found == expected
    statuses = Counter(entry["status"] for entry in found)
    assert statuses["scored"] > 3_000
    assert min(statuses["duplicate"], statuses["rejected"]) > 5
    assert sum(1 for entry in found if entry.get("reasons")) > 30
    seen = [entry["features"] for entry in found if entry["status"] == "scored"]
    assert {entry["terminal_last_label"] for entry in seen} == {-1.0, 0.0, 1.0}


def test_a_file_of_results_and_the_rows_of_a_run_hold_the_same_decisions() -> None:
    """The one are decided a history at once, the other one by one as live."""
    history = history_of(*simulated())
    found, bulk = replayed(history), outcomes(history)
    assert list(map(decided, bulk["decision"])) == [entry.get("decision") for entry in found]


def decided(decision: object) -> str | None:
    return decision if isinstance(decision, str) else None


def test_customer_by_customer_gives_what_event_by_event_gives() -> None:
    """The engine that warms a new installation folds in log order, by partition."""
    history = history_of(*simulated())
    bulk = outcomes(history)
    engine = Engine(history, rules().model, "test", dict.fromkeys(range(PARTITIONS), 0), kept_after=0)
    in_order = [entry for batch, _ in engine.run() for entry in batch]
    new = bulk[bulk["status"] == "scored"]
    np.testing.assert_array_equal(new[list(FEATURES)], np.array([entry.folded.row for entry in in_order]))
    np.testing.assert_array_equal(new["score"], np.array([entry.score for entry in in_order]))


# (transaction, customer, terminal, amount, gap since the one before, report's delay or None)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.integers(0, 2),
        st.integers(0, 1),
        st.sampled_from([0, 1_000, 9_000, 120_000]),
        st.sampled_from(
            [0, 0, 1, 60, HOUR - 1, HOUR, DAY, 7 * DAY, MATURITY_SECONDS, 20 * DAY, 45 * DAY, 46 * DAY]
        ),
        st.sampled_from([None, None, 0, LABEL_DELAY_SECONDS, LABEL_DELAY_SECONDS + 1]),
    ),
    min_size=1,
    max_size=30,
)


_TOO_LATE = LABEL_DELAY_SECONDS + 1
# An id that is used again after the horizon, and a report about the first that has it which came too late.
_USED_AGAIN = [(1, 0, 0, 0, 0, _TOO_LATE), (1, 0, 0, 0, 46 * DAY, None), (0, 0, 0, 0, MATURITY_SECONDS, None)]


@settings(max_examples=150, deadline=None)
@example(_USED_AGAIN, 0)
@given(STEPS, st.integers(0, 2 * HOUR))
def test_any_history_gets_the_outcomes_of_the_live_scorers(
    steps: list[tuple[int, int, int, int, int, int | None]], start: int
) -> None:
    moment = START + timedelta(seconds=start)
    asked, reports = [], []
    for transaction, customer, terminal, amount, gap, delay in steps:
        moment += timedelta(seconds=gap)
        names = (f"tx-{transaction}", f"c-{customer}", f"t-{terminal}")
        asked.append(Transaction(*names, amount, "EUR", moment))
        if delay is not None:
            reports.append(Report(names[1], names[0], moment.timestamp() + delay, transaction % 3 > 0))
    reports = in_log_order(reports)
    assert replayed(history_of(asked, reports)) == live(asked, reports)


def test_only_what_is_wanted_is_scored_and_its_scores_are_those_of_the_whole() -> None:
    history = history_of(*simulated())
    whole, part = outcomes(history), outcomes(history, third)
    assert 0 < len(part) < len(whole) / 2
    pd.testing.assert_frame_equal(part, whole[whole["row"] % 3 == 0].reset_index(drop=True))


def third(table: pa.Table) -> npt.NDArray[np.bool_]:
    wanted: npt.NDArray[np.bool_] = table["row"].to_numpy() % 3 == 0
    return wanted


def test_the_order_of_equal_moments_is_that_of_the_input() -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    asked = [Transaction(f"tx-{number}", "c-1", "t-1", 100 * number, "EUR", at) for number in range(1, 30)]
    assert replayed(history_of(asked, [])) == live(asked, [])
    turned = history_of(asked[::-1], [])
    assert replayed(turned) == live(asked[::-1], [])


def test_a_history_without_reports_knows_no_frauds_and_no_labels() -> None:
    history = history_of(simulated()[0], [])
    last_labels = outcomes(history)["terminal_last_label"].dropna()
    assert set(last_labels.tolist()) == {-1.0, 0.0}
    assert not history.labelled
    assert set(history.table["label"]) == {UNKNOWN_LABEL}
