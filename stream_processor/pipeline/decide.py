"""Decides a batch of one partition in a draft, which the actor commits once every result is durable."""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.outcomes import Decision
from schemas.problems import Refusal
from stream_processor.pipeline.batch import Batch
from stream_processor.pipeline.envelope import Envelope, Record, read_envelope
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import Draft, PartitionState

log = logging.getLogger(__name__)


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
    batch = Batch(Draft(state), rules, now_ms, state.log_end)
    try:
        return DecidedBatch(batch.run(records), batch.draft, batch.decisions, batch.rows, batch.held)
    except Exception as error:
        # Slow, and what fails in a batch alone fails in no record: it must not stay unseen.
        log.warning("a batch is decided record by record", extra={"error": type(error).__name__})
        return _one_by_one(records, Draft(state), rules, now_ms, state.log_end)


def _one_by_one(
    records: Sequence[Record], draft: Draft, rules: Rules, now_ms: int, log_end: int
) -> DecidedBatch:
    results: list[Result] = []
    decisions: list[Decision] = []
    held = 0
    for record in records:
        attempt = Draft(draft)
        batch = Batch(attempt, rules, now_ms, log_end + len(results))
        try:
            results += batch.run([record])
            attempt.commit()
            decisions += batch.decisions
            held += batch.held
        except Exception as error:
            envelope = read_envelope(record, rules.reply_partitions)
            _log_failure(error, envelope)
            refusal = Refusal("internal_error", f"The scorer failed on this record: {type(error).__name__}.")
            results.append(Batch(draft, rules, now_ms, log_end).rejected(record, envelope, refusal))
    return DecidedBatch(results, draft, decisions, held=held)


def _log_failure(error: Exception, envelope: Envelope) -> None:
    """Where it happened, but not the message: that may hold what the record holds."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{place.name} ({place.filename}:{place.lineno})"
    ids = {"request_id": envelope.request_id, "trace_id": envelope.trace_id}
    log.error("a record could not be decided", extra={**ids, "error": type(error).__name__, "where": where})
