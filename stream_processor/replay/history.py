"""History as a replay takes it, whatever it was read from: typed columns in the order of event time."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from flowserve_ml.features.definitions import DAY_SECONDS, LABEL_DELAY_SECONDS
from schemas.problems import Refusal

GENUINE, FRAUD, UNKNOWN_LABEL = 0, 1, -1

LABEL_DELAY_DAYS = LABEL_DELAY_SECONDS / DAY_SECONDS
"""From a fraud to its report, as the live scorer waits for it."""


class ReplayError(Exception):
    """The replay cannot start, or cannot go on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be scored; `row` counts from 1 in the input."""

    row: int
    refusal: Refusal


@dataclass(frozen=True)
class History:
    """The transactions of one client, read whole.

    `table` is in event-time order, rows of the same moment as they came, with the columns `row` (of the
    input, from 1), `transaction_id`, `customer_id`, `terminal_id`, `minor` and `currency` (the amount as it
    was given), `micros` (occurred_at since 1970 UTC), `cents` (base currency), `label` (1 fraud, 0 genuine,
    -1 unknown: what is known of it today) and `due_fraud` (whether it was known when the label fell due).
    `ids` are the transaction ids of all `rows` rows of the input, with the type they had there.
    `fingerprint` tells one input from another.
    """

    source: str
    client_id: str
    table: pd.DataFrame
    rows: int
    ids: "pd.Series[object]"
    fingerprint: str
    refused: Sequence[Refused] = ()
    notes: Sequence[str] = ()
    labelled: bool = False
