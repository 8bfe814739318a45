"""One batch of one partition: admit, drop repeats, features, one model call, decisions, results.

The batch is decided in a draft; the actor commits it once every result is durable.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np
import numpy.typing as npt

from flowserve_ml.runtime import Model
from schemas.outcomes import FOLD_VERSION, Decision, Fold
from schemas.problems import Refusal
from stream_processor.pipeline import outcomes
from stream_processor.pipeline.admit import Admitted, admit
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.declines import DeclineLimit
from stream_processor.pipeline.envelope import Envelope, Record, read_envelope
from stream_processor.pipeline.fold import Arrival, Folded, Repeat, fold_in
from stream_processor.pipeline.outcomes import Origin
from stream_processor.pipeline.results import Result, result
from stream_processor.pipeline.state import Draft, PartitionState
from stream_processor.pipeline.terminals import TerminalBook

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """What a batch is decided by; swapped between batches, never within one."""

    model: Model
    terminals: TerminalBook
    partitions: int
    reply_partitions: int
    clients: ClientBook
    decline_limit: DeclineLimit | None = None


class _Scorable(msgspec.Struct, frozen=True, gc=False):
    admitted: Admitted
    folded: Folded


@dataclass(frozen=True)
class DecidedBatch:
    """One result per record, in order, and the state to swap in once they are durable.

    decisions: of those that were scored, in order. rows: their features, shape (n, len(FEATURES)); None where
    none was scored, or not all at once. held: how many were reviewed that the model wanted to decline.
    """

    results: list[Result]
    draft: Draft
    decisions: list[Decision]
    rows: npt.NDArray[np.float64] | None = None
    held: int = 0


def decide(records: Sequence[Record], state: PartitionState, rules: Rules, now_ms: int) -> DecidedBatch:
    """Decides a batch that starts at `state.next`. Does not change the state.

    A record that cannot be scored becomes a rejected result. Should the code itself fail on the batch, it
    is decided record by record, and the record that fails alone becomes rejected `internal_error`.
    """
    batch = _Batch(Draft(state), rules, now_ms, state.log_end)
    try:
        return DecidedBatch(batch.run(records), batch.draft, batch.decisions, batch.rows, batch.held)
    except Exception:
        return _one_by_one(records, Draft(state), rules, now_ms, state.log_end)


def _one_by_one(
    records: Sequence[Record], draft: Draft, rules: Rules, now_ms: int, log_end: int
) -> DecidedBatch:
    results: list[Result] = []
    decisions: list[Decision] = []
    held = 0
    for record in records:
        attempt = Draft(draft)
        batch = _Batch(attempt, rules, now_ms, log_end + len(results))
        try:
            results += batch.run([record])
            attempt.commit()
            decisions += batch.decisions
            held += batch.held
        except Exception as error:
            envelope = read_envelope(record, rules.reply_partitions)
            _log_failure(error, envelope)
            refusal = Refusal("internal_error", f"The scorer failed on this record: {type(error).__name__}.")
            results.append(_Batch(draft, rules, now_ms, log_end).rejected(record, envelope, refusal, None))
    return DecidedBatch(results, draft, decisions, held=held)


def _log_failure(error: Exception, envelope: Envelope) -> None:
    """Where it happened, but not the message: that may hold what the record holds."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.name} ({place.filename}:{place.lineno})"
    ids = {"request_id": envelope.request_id, "trace_id": envelope.trace_id}
    log.error("a record could not be decided", extra={**ids, "error": type(error).__name__, "where": where})


class _Batch:
    """The batch on its way. `log_end` is the log offset that its first result will have."""

    def __init__(self, draft: Draft, rules: Rules, now_ms: int, log_end: int) -> None:
        self.draft = draft
        self.decisions: list[Decision] = []
        self.rows: npt.NDArray[np.float64] | None = None
        self.held = 0
        self._rules = rules
        self._decided_at = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._log_end = log_end
        self._rates = rules.model.manifest.rates
        self._received = (now_ms, self._decided_at)

    def run(self, records: Sequence[Record]) -> list[Result]:
        """Results in the order of the records."""
        outcomes = [self._prepare(record, place) for place, record in enumerate(records)]
        scorable = [outcome for outcome in outcomes if isinstance(outcome, _Scorable)]
        if not scorable:
            return [outcome for outcome in outcomes if isinstance(outcome, Result)]
        self.rows = np.array([entry.folded.row for entry in scorable])
        scores = iter(self._rules.model.score(self.rows).tolist())
        return [
            self._scored(outcome, next(scores)) if isinstance(outcome, _Scorable) else outcome
            for outcome in outcomes
        ]

    def _prepare(self, record: Record, place: int) -> Result | _Scorable:
        envelope = read_envelope(record, self._rules.reply_partitions)
        try:
            self._rules.clients.check(envelope)
            admitted = admit(record, envelope, self.draft, self._rates, self._rules.partitions)
        except Refusal as refusal:
            return self.rejected(record, envelope, refusal, None)
        return self._fold(admitted, self._log_end + place)

    def _fold(self, admitted: Admitted, log_offset: int) -> Result | _Scorable:
        """Folds a transaction into the draft, unless it was decided before."""
        record = admitted.record
        arrival = Arrival(
            admitted.client_id,
            admitted.transaction,
            admitted.customer,
            admitted.at,
            admitted.cents,
            record.offset,
            record.timestamp,
            log_offset,
        )
        folded = fold_in(arrival, self.draft, self._rules.terminals)
        return self._repeat(admitted, folded) if isinstance(folded, Repeat) else _Scorable(admitted, folded)

    def _scored(self, entry: _Scorable, score: float) -> Result:
        record, envelope = entry.admitted.record, entry.admitted.envelope
        origin, model, fold = self._origin(record, envelope), self._rules.model, entry.folded.fold
        wanted, beyond = model.manifest.policy.decide(score), None
        if declined := wanted == "decline":
            fold = msgspec.structs.replace(fold, declined=1)
            if self._rules.decline_limit is not None:
                beyond = self.draft.declines.beyond(self._rules.decline_limit, record.timestamp)
        self.draft.declines.note(record.timestamp, declined)
        decision = wanted if beyond is None else "review"
        self.decisions.append(decision)
        self.held += beyond is not None
        transaction, folded = entry.admitted.transaction, entry.folded
        outcome = outcomes.scored(transaction, folded, score, decision, model, origin, beyond)
        return result(record, envelope, outcome, "scored", fold, key=record.key)

    def _repeat(self, admitted: Admitted, repeat: Repeat) -> Result:
        record, envelope = admitted.record, admitted.envelope
        if not repeat.same_body:
            return self.rejected(record, envelope, outcomes.conflict(), admitted)
        outcome = outcomes.duplicate(admitted.transaction, repeat.prediction, self._origin(record, envelope))
        fold = Fold(FOLD_VERSION, record.offset, self.draft.mark, record.timestamp)
        return result(
            record, envelope, outcome, "duplicate", fold, key=record.key, first_offset=repeat.first_offset
        )

    def rejected(
        self, record: Record, envelope: Envelope, refusal: Refusal, admitted: Admitted | None
    ) -> Result:
        """A rejected result; names the transaction only where its fields passed every check."""
        transaction = admitted.transaction if admitted else None
        outcome = outcomes.rejected(refusal, transaction, self._origin(record, envelope))
        # A conflicting repeat is the caller's to mend: sending it again cannot help, so no dead letter.
        dead = None if refusal.code == "idempotency_conflict" else refusal
        fold = Fold(FOLD_VERSION, record.offset, self.draft.mark, record.timestamp)
        key = record.key if admitted else None
        return result(record, envelope, outcome, "rejected", fold, key=key, refused=dead)

    def _origin(self, record: Record, envelope: Envelope) -> Origin:
        # Records that the broker appended together bear one time.
        if record.timestamp != self._received[0]:
            self._received = record.timestamp, datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return Origin(envelope.request_id, envelope.source, self._received[1], self._decided_at)
