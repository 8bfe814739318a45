"""One batch of one partition on its way, in a draft: admitted, folded, scored and put into words.

`decide` is its only caller, and deals with what goes wrong here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import numpy.typing as npt

from flowserve_ml.reasons import Reason
from schemas.outcomes import FOLD_VERSION, Decision, Fold, Prediction
from schemas.problems import Refusal
from stream_processor.pipeline import outcomes
from stream_processor.pipeline.admit import Admitted, admit
from stream_processor.pipeline.envelope import Envelope, Record, read_envelope
from stream_processor.pipeline.fold import Arrival, Folded, Repeat, arrival_of, fold_in
from stream_processor.pipeline.outcomes import Origin
from stream_processor.pipeline.results import Result, result
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import Draft

_TOGETHER = 250


class _Refused(msgspec.Struct, frozen=True, gc=False):
    record: Record
    envelope: Envelope
    refusal: Refusal


class _Arrived(msgspec.Struct, frozen=True, gc=False):
    admitted: Admitted
    arrival: Arrival


class _Scorable(msgspec.Struct, frozen=True, gc=False):
    admitted: Admitted
    folded: Folded


class _Verdict(msgspec.Struct, frozen=True, gc=False):
    """`declined`: the model wanted to. `beyond`: the counts for which it is reviewed instead, else None."""

    decision: Decision
    declined: bool
    beyond: tuple[int, int] | None


class Batch:
    """Runs once. `log_end` is the log offset that its first result will have.

    decisions: of the transactions that were scored, in order. rows: their features, None where none was
    scored. held: how many were reviewed that the model wanted to decline.
    """

    def __init__(self, draft: Draft, rules: Rules, now_ms: int, log_end: int) -> None:
        self.draft = draft
        self.decisions: list[Decision] = []
        self.held = 0
        self._rows: list[npt.NDArray[np.float64]] = []
        self._rules = rules
        self._decided_at = datetime.fromtimestamp(now_ms / 1000, UTC)
        self._log_end = log_end
        self._received = (now_ms, self._decided_at)

    @property
    def rows(self) -> npt.NDArray[np.float64] | None:
        """The features of those that were scored, shape (n, len(FEATURES)); None where none was."""
        return np.concatenate(self._rows) if self._rows else None

    def run(self, records: Sequence[Record]) -> list[Result]:
        """Results in the order of the records.

        Each stage goes through some records before the next begins. Record by record the same work takes a
        third longer, as no stage's code stays in the processor's caches (`benchmarks.micro`); with too many
        at once their customers do not stay there (`benchmarks.growth`).
        """
        together = range(0, len(records), _TOGETHER)
        return [each for first in together for each in self._run(records[first : first + _TOGETHER], first)]

    def _run(self, records: Sequence[Record], first: int) -> list[Result]:
        envelopes = [read_envelope(record, self._rules.reply_partitions) for record in records]
        admitted = [self._admitted(*each) for each in zip(records, envelopes, strict=True)]
        arrived = [_arrived(each, place) for place, each in enumerate(admitted, self._log_end + first)]
        folded = [self._folded(each) for each in arrived]
        scored = iter(self._scored([each for each in folded if isinstance(each, _Scorable)]))
        return [next(scored) if isinstance(each, _Scorable) else each for each in folded]

    def rejected(
        self, record: Record, envelope: Envelope, refusal: Refusal, admitted: Admitted | None = None
    ) -> Result:
        """A rejected result; names the transaction only where its fields passed every check."""
        transaction = admitted.transaction if admitted else None
        outcome = outcomes.rejected(refusal, transaction, self._origin(record, envelope))
        # A conflicting repeat is the caller's to mend: sending it again cannot help, so no dead letter.
        dead = None if refusal.code == "idempotency_conflict" else refusal
        key = record.key if admitted else None
        return result(record, envelope, outcome, "rejected", self._mark(record), key=key, refused=dead)

    def _admitted(self, record: Record, envelope: Envelope) -> Admitted | _Refused:
        rules = self._rules
        try:
            rules.clients.check(envelope)
            return admit(record, envelope, self.draft, rules.model.manifest.rates, rules.partitions)
        except Refusal as refusal:
            return _Refused(record, envelope, refusal)

    def _folded(self, entry: _Arrived | _Refused) -> Result | _Scorable:
        """Folds a transaction into the draft, unless it was refused, or decided before."""
        if isinstance(entry, _Refused):
            return self.rejected(entry.record, entry.envelope, entry.refusal)
        folded = fold_in(entry.arrival, self.draft, self._rules.terminals)
        if isinstance(folded, Repeat):
            return self._repeat(entry.admitted, folded)
        return _Scorable(entry.admitted, folded)

    def _repeat(self, admitted: Admitted, repeat: Repeat) -> Result:
        record, envelope = admitted.record, admitted.envelope
        if not repeat.same_body:
            return self.rejected(record, envelope, outcomes.conflict(), admitted)
        outcome = outcomes.duplicate(admitted.transaction, repeat.prediction, self._origin(record, envelope))
        first, mark = repeat.first_offset, self._mark(record)
        return result(record, envelope, outcome, "duplicate", mark, key=record.key, first_offset=first)

    def _mark(self, record: Record) -> Fold:
        """What state keeps of a record that was not scored."""
        return Fold(FOLD_VERSION, record.offset, self.draft.mark, record.timestamp)

    def _scored(self, entries: list[_Scorable]) -> list[Result]:
        if not entries:
            return []
        rows = np.array([entry.folded.row for entry in entries])
        scores = self._rules.model.score(rows).tolist()
        verdicts = [self._verdict(*each) for each in zip(entries, scores, strict=True)]
        decisions = [verdict.decision for verdict in verdicts]
        reasons = self._rules.model.explain(rows, decisions)
        self._rows.append(rows)
        self.decisions += decisions
        self.held += sum(verdict.beyond is not None for verdict in verdicts)
        predictions = [
            self._prediction(*each) for each in zip(entries, scores, verdicts, reasons, strict=True)
        ]
        return [_result(*each) for each in zip(entries, verdicts, predictions, strict=True)]

    def _verdict(self, entry: _Scorable, score: float) -> _Verdict:
        """Counts what the model wants, in the order of the log."""
        received_ms, declines = entry.admitted.record.timestamp, self.draft.declines
        wanted, beyond = self._rules.model.manifest.policy.decide(score), None
        declined = wanted == "decline"
        if declined and self._rules.decline_limit is not None:
            beyond = declines.beyond(self._rules.decline_limit, received_ms)
        declines.note(received_ms, declined)
        return _Verdict(wanted if beyond is None else "review", declined, beyond)

    def _prediction(
        self, entry: _Scorable, score: float, verdict: _Verdict, reasons: list[Reason]
    ) -> Prediction:
        admitted = entry.admitted
        return outcomes.scored(
            admitted.transaction,
            entry.folded,
            score,
            verdict.decision,
            reasons,
            self._rules.model,
            self._origin(admitted.record, admitted.envelope),
            verdict.beyond,
        )

    def _origin(self, record: Record, envelope: Envelope) -> Origin:
        # Records that the broker appended together bear one time.
        if record.timestamp != self._received[0]:
            self._received = record.timestamp, datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return Origin(envelope.request_id, envelope.source, self._received[1], self._decided_at)


def _arrived(entry: Admitted | _Refused, log_offset: int) -> _Arrived | _Refused:
    if isinstance(entry, _Refused):
        return entry
    record = entry.record
    return _Arrived(
        entry,
        arrival_of(
            entry.client_id,
            entry.transaction,
            entry.customer,
            entry.at,
            entry.cents,
            record.offset,
            record.timestamp,
            log_offset,
        ),
    )


def _result(entry: _Scorable, verdict: _Verdict, prediction: Prediction) -> Result:
    admitted, fold = entry.admitted, entry.folded.fold
    if verdict.declined:
        fold = msgspec.structs.replace(fold, declined=1)
    return result(admitted.record, admitted.envelope, prediction, "scored", fold, key=admitted.record.key)
