"""Small histories for a replay, as a source of stored requests gives them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from schemas.problems import Refusal
from schemas.transaction import Transaction
from stream_processor.replay.assemble import Report, assemble
from stream_processor.replay.history import History
from stream_processor.replay.scoring import Scored, score_history
from tests.support.actors import rules

CLIENT = "bank-7"
START = datetime(2026, 2, 1, tzinfo=UTC)
DAY, HOUR = 86_400, 3_600


def transaction(number: int, after: float = 0, customer: str = "c-1", amount: int = 1_000) -> Transaction:
    """Transaction `tx-<number>`, so many seconds after START."""
    occurred_at = START + timedelta(seconds=after)
    return Transaction(f"tx-{number}", customer, "t-1", amount, "EUR", occurred_at)


def history_of(asked: Sequence[Transaction | Refusal], reports: Iterable[Report] = ()) -> History:
    return assemble("test", CLIENT, asked, reports, rules().model.manifest.rates, "")


def scored(history: History) -> Scored:
    """All of it."""
    return score_history(history, rules().model, np.ones(len(history.table), bool), lambda _: None)
