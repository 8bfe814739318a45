"""One transaction into the state: a repeat, or a new one with its feature row. Live and replay fold alike."""

import msgspec

from flowserve_ml.features.definitions import SLACK_SECONDS
from flowserve_ml.features.transaction import transaction_features
from schemas import identifiers
from schemas.outcomes import FOLD_VERSION, Fold
from schemas.transaction import Transaction, body_hash
from stream_processor.pipeline.memory import observed
from stream_processor.pipeline.state import Draft, horizon, unlabelled_of
from stream_processor.pipeline.terminals import TerminalBook


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A transaction that passed every check, and where it stands.

    `customer` is the key of its memory, `at` whole seconds since 1970 UTC, `cents` of the base currency,
    `offset` that of its request, `log_offset` that of its result; `run` names a replay, "" is live.
    `prediction` is its 128-bit id, `body` the hash of its body.
    """

    client_id: str
    transaction: Transaction
    customer: str
    at: int
    cents: int
    offset: int
    received_ms: int
    log_offset: int
    prediction: int
    body: int
    run: str


def arrival_of(
    client_id: str,
    transaction: Transaction,
    customer: str,
    at: int,
    cents: int,
    offset: int,
    received_ms: int,
    log_offset: int,
    run: str = "",
) -> Arrival:
    """Works out by what the transaction is known again."""
    prediction = identifiers.prediction_id(client_id, transaction.customer_id, transaction.transaction_id)
    body = body_hash(transaction)
    return Arrival(
        client_id, transaction, customer, at, cents, offset, received_ms, log_offset, prediction, body, run
    )


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """A transaction that was decided before; `first_offset` is where its answer stands on the log."""

    prediction: int
    same_body: bool
    first_offset: int


class Folded(msgspec.Struct, frozen=True, gc=False):
    """A new transaction: its 128-bit id, its features in FEATURES order, and what state keeps of it."""

    prediction: int
    late: bool
    row: tuple[float, ...]
    fold: Fold


def fold_in(arrival: Arrival, state: Draft, terminals: TerminalBook) -> Folded | Repeat:
    """Folds a transaction into the state, unless it was decided before."""
    client_id, transaction = arrival.client_id, arrival.transaction
    at, received_ms, prediction = arrival.at, arrival.received_ms, arrival.prediction
    short_id = identifiers.signed_64(prediction)
    found = _observed(arrival, short_id, horizon(state.mark, received_ms), state)
    if isinstance(found, Repeat):
        return found
    features, ratio, mean_sum, mean_count = found
    late = at < state.mark
    state.mark = max(state.mark, min(at, received_ms // 1_000))
    # What a terminal knew long before the mark is folded away: a very late transaction sees more.
    as_of = max(at, state.mark - SLACK_SECONDS)
    view = terminals.view(client_id, transaction.terminal_id, as_of)
    row = transaction_features(at, arrival.cents) + features + view
    fold = Fold(
        FOLD_VERSION,
        arrival.offset,
        state.mark,
        received_ms,
        arrival.run,
        client_id,
        transaction.customer_id,
        transaction.terminal_id,
        short_id,
        arrival.body,
        at,
        arrival.cents,
        ratio,
        mean_sum,
        mean_count,
    )
    state.scored((unlabelled_of(fold),))
    return Folded(prediction, late, row, fold)


def _observed(
    arrival: Arrival, short_id: int, limit: int, state: Draft
) -> tuple[tuple[float, ...], float, float, int] | Repeat:
    """CUSTOMER_FEATURES, and the customer's last_ratio, mean_sum and mean_count after them."""
    key, at, cents = arrival.customer, arrival.at, arrival.cents
    body, log_offset = arrival.body, arrival.log_offset
    packed = state.closed(key)
    after = observed(packed, short_id, body, at, cents, log_offset, limit) if packed is not None else None
    if after is not None:
        state.put(key, after[4])
        return after[:4]
    memory = state.open(key)
    found = memory.decided.find(short_id, limit)
    if found is not None:
        return Repeat(arrival.prediction, found[0] == body, found[1])
    memory.forget(limit)
    history = memory.history
    features = history.observe(at, cents)
    memory.decided.add(short_id, body, at, log_offset)
    return features, history.last_ratio, history.mean_sum, history.mean_count
