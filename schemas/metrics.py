"""Every metric name, declared once with its type and a sentence; an undeclared one is a KeyError."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """A counter or gauge as Prometheus will see it. Names carry their unit."""

    kind: Literal["counter", "gauge"]
    help: str


METRICS: dict[str, Metric] = {
    "flowserve_api_pending_replies": Metric(
        "gauge", "Requests that wait for their answer in this API process."
    ),
    "flowserve_api_lag_records": Metric("gauge", "Requests that the scorer has not committed yet."),
    "flowserve_api_lag_seconds": Metric("gauge", "Seconds that the oldest of those has waited."),
    "flowserve_api_unmatched_replies_total": Metric(
        "counter", "Replies that nobody waits for: late, or another's."
    ),
    "flowserve_api_shed_total": Metric("counter", "Requests refused before anything was published."),
    "flowserve_api_publish_unknown_total": Metric("counter", "Publishes that Kafka did not confirm in time."),
    "flowserve_scorer_batches_total": Metric("counter", "Batches decided and made durable."),
    "flowserve_scorer_scored_total": Metric("counter", "Requests scored."),
    "flowserve_scorer_duplicates_total": Metric("counter", "Requests that repeated a scored transaction."),
    "flowserve_scorer_rejected_total": Metric(
        "counter", "Requests rejected, each with a dead letter or a reply."
    ),
    "flowserve_scorer_refusal_alarms_total": Metric(
        "counter", "Minutes in which most requests of a partition were refused."
    ),
    "flowserve_scorer_catch_ups_total": Metric(
        "counter", "Times a partition's state was caught up from the log."
    ),
    "flowserve_scorer_erased_total": Metric("counter", "Customers forgotten on request."),
    "flowserve_scorer_snapshots_saved_total": Metric("counter", "Snapshots of the state written."),
    "flowserve_scorer_snapshots_loaded_total": Metric("counter", "Snapshots that a start could use."),
    "flowserve_scorer_snapshots_refused_total": Metric(
        "counter", "Snapshots that were damaged, old or foreign, so that the log was read in their place."
    ),
    "flowserve_scorer_snapshots_failed_total": Metric("counter", "Snapshots that could not be written."),
    "flowserve_scorer_foreign_writes_total": Metric(
        "counter", "Acknowledged offsets that another writer came before."
    ),
    "flowserve_scorer_ignored_repeats_total": Metric(
        "counter", "Later log records for an offset already decided."
    ),
    "flowserve_scorer_sent_back_total": Metric("counter", "Times the consumer was sent back to the cursor."),
    "flowserve_scorer_holes_total": Metric(
        "counter", "Request offsets that the broker confirmed to be missing."
    ),
    "flowserve_scorer_late_replies_total": Metric(
        "counter", "Replies not sent because their deadline had passed."
    ),
    "flowserve_scorer_bad_headers_total": Metric(
        "counter", "Requests scored without some header that was unusable."
    ),
    "flowserve_scorer_unreadable_reports_total": Metric(
        "counter", "Records of feedback that could not be read."
    ),
    "flowserve_scorer_matured_total": Metric("counter", "Transactions published with their final label."),
    "flowserve_sink_rows_total": Metric("counter", "Rows stored."),
    "flowserve_sink_repeats_total": Metric("counter", "Rows that were already there."),
}
