"""One batch of one partition: admit, drop repeats, features, one model call, decisions, results.

The batch is decided in a draft; the actor commits it once every result is durable.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from flowserve_ml.features.definitions import SLACK_SECONDS
from flowserve_ml.features.vector import feature_row, named_features
from flowserve_ml.runtime import Model
from schemas import identifiers
from schemas.outcomes import FOLD_VERSION, Duplicate, Fold, ModelName, Prediction, Reason, Rejected
from schemas.problems import Refusal, problem
from schemas.transaction import body_hash
from stream_processor.pipeline.admit import Admitted, admit
from stream_processor.pipeline.envelope import Envelope, Record, read_envelope
from stream_processor.pipeline.results import Result, result
from stream_processor.pipeline.state import Draft, PartitionState, horizon, waiting_of
from stream_processor.pipeline.terminals import TerminalBook

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """What a batch is decided by; swapped between batches, never within one."""

    model: Model
    terminals: TerminalBook
    partitions: int
    reply_partitions: int

    @property
    def model_name(self) -> ModelName:
        """As written into every prediction."""
        return ModelName(self.model.manifest.name, self.model.manifest.version)


@dataclass(frozen=True, slots=True)
class _Scorable:
    admitted: Admitted
    prediction: int
    late: bool
    row: tuple[float, ...]
    fold: Fold


@dataclass(frozen=True)
class Decision:
    """A decided batch: one result per record, in order, and the state to swap in once they are durable."""

    results: list[Result]
    draft: Draft


def decide(records: Sequence[Record], state: PartitionState, rules: Rules, now_ms: int) -> Decision:
    """Decides a batch that starts at `state.next`. Does not change the state.

    A record that cannot be scored becomes a rejected result. Should the code itself fail on the batch, it
    is decided record by record, and the record that fails alone becomes rejected `internal_error`.
    """
    draft = Draft(state)
    try:
        results = _Batch(draft, rules, now_ms, state.log_end).run(records)
    except Exception:
        draft = Draft(state)
        results = _one_by_one(records, draft, rules, now_ms, state.log_end)
    return Decision(results, draft)


def _one_by_one(
    records: Sequence[Record], draft: Draft, rules: Rules, now_ms: int, log_end: int
) -> list[Result]:
    results: list[Result] = []
    for record in records:
        attempt = Draft(draft)
        batch = _Batch(attempt, rules, now_ms, log_end + len(results))
        try:
            results += batch.run([record])
            attempt.commit()
        except Exception as error:
            _log_failure(error)
            refusal = Refusal("internal_error", f"The scorer failed on this record: {type(error).__name__}.")
            envelope = read_envelope(record, rules.reply_partitions)
            results.append(_Batch(draft, rules, now_ms, log_end).rejected(record, envelope, refusal, None))
    return results


def _log_failure(error: Exception) -> None:
    """Where it happened, but not the message: that may hold what the record holds."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.name} ({place.filename}:{place.lineno})"
    log.error("a record could not be decided", extra={"error": type(error).__name__, "where": where})


class _Batch:
    """The batch on its way. `log_end` is the log offset that its first result will have."""

    def __init__(self, draft: Draft, rules: Rules, now_ms: int, log_end: int) -> None:
        self._draft = draft
        self._rules = rules
        self._decided_at = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._log_end = log_end
        self._rates = rules.model.manifest.rates
        self._model_name = rules.model_name

    def run(self, records: Sequence[Record]) -> list[Result]:
        """Results in the order of the records."""
        outcomes = [self._prepare(record, place) for place, record in enumerate(records)]
        scorable = [outcome for outcome in outcomes if isinstance(outcome, _Scorable)]
        if not scorable:
            return [outcome for outcome in outcomes if isinstance(outcome, Result)]
        scores = iter(self._rules.model.score(np.array([entry.row for entry in scorable])).tolist())
        return [
            self._scored(outcome, next(scores)) if isinstance(outcome, _Scorable) else outcome
            for outcome in outcomes
        ]

    def _prepare(self, record: Record, place: int) -> Result | _Scorable:
        envelope = read_envelope(record, self._rules.reply_partitions)
        try:
            admitted = admit(record, envelope, self._draft, self._rates, self._rules.partitions)
        except Refusal as refusal:
            return self.rejected(record, envelope, refusal, None)
        return self._fold(admitted, self._log_end + place)

    def _fold(self, admitted: Admitted, log_offset: int) -> Result | _Scorable:
        """Folds a transaction into the draft, unless it was decided before."""
        draft, transaction = self._draft, admitted.transaction
        limit = horizon(draft.mark, admitted.record.timestamp)
        prediction = identifiers.prediction_id(
            admitted.client_id, transaction.customer_id, transaction.transaction_id
        )
        short_id, body = identifiers.signed_64(prediction), body_hash(transaction)
        known = draft.find(admitted.customer)
        found = known.decided.find(short_id, limit) if known is not None else None
        if found is not None:
            return self._repeat(admitted, prediction, same_body=found[0] == body, first_offset=found[1])
        memory = draft.open(admitted.customer)
        memory.forget(limit)
        late = admitted.at < draft.mark
        draft.mark = max(draft.mark, min(admitted.at, admitted.record.timestamp // 1000))
        history = memory.history
        # What a terminal knew long before the mark is folded away: a very late transaction sees more.
        as_of = max(admitted.at, draft.mark - SLACK_SECONDS)
        seen = self._rules.terminals.view(admitted.client_id, transaction.terminal_id, as_of)
        row = feature_row(history, seen, admitted.at, admitted.cents)
        memory.decided.add(short_id, body, admitted.at, log_offset)
        fold = Fold(
            FOLD_VERSION,
            admitted.record.offset,
            draft.mark,
            admitted.record.timestamp,
            "",
            admitted.client_id,
            transaction.customer_id,
            transaction.terminal_id,
            short_id,
            body,
            admitted.at,
            admitted.cents,
            history.last_ratio,
            history.mean_sum,
            history.mean_count,
        )
        draft.scored(waiting_of(fold))
        return _Scorable(admitted, prediction, late, row, fold)

    def _scored(self, entry: _Scorable, score: float) -> Result:
        admitted, transaction = entry.admitted, entry.admitted.transaction
        decision = self._rules.model.manifest.policy.decide(score)
        outcome = Prediction(
            prediction_id=identifiers.text(entry.prediction),
            request_id=admitted.envelope.request_id,
            transaction_id=transaction.transaction_id,
            customer_id=transaction.customer_id,
            terminal_id=transaction.terminal_id,
            decision=decision,
            score=score,
            reasons=tuple(
                Reason(reason.code, reason.feature, reason.value, reason.message, reason.contribution)
                for reason in self._rules.model.explain(entry.row, decision)
            ),
            features=named_features(entry.row),
            model=self._model_name,
            source=admitted.envelope.source,
            occurred_at=transaction.occurred_at.astimezone(UTC),
            received_at=_time(admitted.record),
            decided_at=self._decided_at,
            late=entry.late,
        )
        return result(
            admitted.record, admitted.envelope, outcome, "scored", entry.fold, key=admitted.record.key
        )

    def _repeat(self, admitted: Admitted, prediction: int, *, same_body: bool, first_offset: int) -> Result:
        record, envelope, transaction = admitted.record, admitted.envelope, admitted.transaction
        if not same_body:
            detail = "Repeat the whole body on a retry, or use a new transaction_id."
            return self.rejected(record, envelope, Refusal("idempotency_conflict", detail), admitted)
        outcome = Duplicate(
            prediction_id=identifiers.text(prediction),
            request_id=envelope.request_id,
            transaction_id=transaction.transaction_id,
            customer_id=transaction.customer_id,
            terminal_id=transaction.terminal_id,
            source=envelope.source,
            received_at=_time(record),
            decided_at=self._decided_at,
        )
        fold = Fold(FOLD_VERSION, record.offset, self._draft.mark, record.timestamp)
        return result(record, envelope, outcome, "duplicate", fold, key=record.key, first_offset=first_offset)

    def rejected(
        self, record: Record, envelope: Envelope, refusal: Refusal, admitted: Admitted | None
    ) -> Result:
        """A rejected result; names the transaction only where its fields passed every check."""
        transaction = admitted.transaction if admitted else None
        request_id = envelope.request_id
        outcome = Rejected(
            request_id=request_id,
            problem=problem(refusal.code, refusal.detail, request_id=request_id, errors=refusal.errors),
            source=envelope.source,
            received_at=_time(record),
            decided_at=self._decided_at,
            transaction_id=transaction.transaction_id if transaction else None,
            customer_id=transaction.customer_id if transaction else None,
            terminal_id=transaction.terminal_id if transaction else None,
        )
        # A conflicting repeat is the caller's to mend: sending it again cannot help, so no dead letter.
        dead = None if refusal.code == "idempotency_conflict" else refusal
        fold = Fold(FOLD_VERSION, record.offset, self._draft.mark, record.timestamp)
        key = record.key if admitted else None
        return result(record, envelope, outcome, "rejected", fold, key=key, refused=dead)


def _time(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
