"""What one batch that became durable adds to the numbers of the process."""

from collections import Counter

from schemas.counters import Counters
from stream_processor.pipeline.decide import DecidedBatch


def count_decided(counters: Counters, decided: DecidedBatch) -> None:
    """Counts a batch, and not record by record: a few additions, however many records there are."""
    results = decided.results
    counters.add("flowserve_scorer_batches_total")
    statuses = Counter(entry.status for entry in results)
    counters.add("flowserve_scorer_scored_total", statuses["scored"])
    counters.add("flowserve_scorer_duplicates_total", statuses["duplicate"])
    for decision, count in Counter(decided.decisions).items():
        counters.add("flowserve_scorer_decisions_total", count, decision)
    counters.add("flowserve_scorer_declines_held_total", decided.held)
    if statuses["rejected"]:
        # A conflict is the only rejection without a dead letter.
        codes = Counter(
            entry.refused.code if entry.refused else "idempotency_conflict"
            for entry in results
            if entry.status == "rejected"
        )
        for code, count in codes.items():
            counters.add("flowserve_scorer_rejected_total", count, code)
        counters.add(
            "flowserve_scorer_dead_letters_total", sum(entry.refused is not None for entry in results)
        )
    counters.add("flowserve_scorer_bad_headers_total", sum(entry.unusable_headers for entry in results))
