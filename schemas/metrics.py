"""Every metric of every process, declared once: what Prometheus sees is in this list, or it is a KeyError."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from schemas.outcomes import Decision, Status
from schemas.problems import CATALOGUE

Kind = Literal["counter", "gauge", "histogram"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets of every histogram; all of them measure seconds."""


@dataclass(frozen=True)
class Metric:
    """As Prometheus will see it. Names carry their unit; there is at most one label, a key of LABELS."""

    kind: Kind
    help: str
    label: str = ""
    buckets: tuple[float, ...] = ()


LABELS: Mapping[str, frozenset[str] | None] = {
    "code": frozenset(CATALOGUE),
    "decision": frozenset(get_args(Decision)),
    "outcome": frozenset(get_args(Status)) | {"pending", "not_awaited", "unknown"},
    "part": frozenset({"kafka_producer", "replies", "keys", "database", "scorer_lag", "process"}),
    "reply": frozenset({"sent", "late", "failed"}),
    "status": frozenset({"2xx", "3xx", "4xx", "5xx"}),
    "table": frozenset({"requests", "predictions", "feedback", "dead_letters", "redrives"}),
    "topic": frozenset({"requests", "predictions", "feedback", "dead_letters"}),
    # As many as the installation has partitions, as the model has features, and one at a time.
    "partition": None,
    "feature": None,
    "version": None,
}
"""The values that each label can have, so that no caller can make new ones; None: settings bound them."""


def _counter(text: str, label: str = "") -> Metric:
    return Metric("counter", text, label)


def _gauge(text: str, label: str = "") -> Metric:
    return Metric("gauge", text, label)


def _seconds(text: str) -> Metric:
    return Metric("histogram", text, buckets=_SECONDS)


_API = {
    "flowserve_api_answers_total": _counter("HTTP answers, by class of status.", "status"),
    "flowserve_api_answer_seconds": _seconds("Time from a prediction's head to its answer; batches too."),
    "flowserve_api_problems_total": _counter("Calls refused or failed, by the code of the problem.", "code"),
    "flowserve_api_outcomes_total": _counter(
        "Predictions by what the caller got: pending is a 202 after a wait, not_awaited one that was asked "
        "for, unknown a publish that Kafka did not confirm in time.",
        "outcome",
    ),
    "flowserve_api_pending_replies": _gauge("Requests that wait for their answer in this API process."),
    "flowserve_api_followers": _gauge("Callers that wait for a stored outcome in this API process."),
    "flowserve_api_lag_records": _gauge("Requests that the scorer has not committed yet."),
    "flowserve_api_lag_seconds": _gauge("Seconds that the oldest of those has waited."),
    "flowserve_api_lag_known": _gauge("1 while the scorer's lag can be read from Kafka, else 0."),
    "flowserve_api_part_ok": _gauge(
        "1 while a part of the process works, else 0; as in /health/ready.", "part"
    ),
    "flowserve_api_loop_delay_seconds": _gauge("How late this process comes to what it has to do."),
    "flowserve_api_keys_age_seconds": _gauge("Seconds since the API keys were read from the database."),
    "flowserve_api_unmatched_replies_total": _counter("Replies that nobody waits for: late, or another's."),
    "flowserve_api_shed_total": _counter("Requests refused before anything was published."),
    "flowserve_api_publish_unknown_total": _counter("Publishes that Kafka did not confirm in time."),
}

_SCORER = {
    "flowserve_scorer_batches_total": _counter("Batches decided and made durable."),
    "flowserve_scorer_batch_seconds": _seconds("Time from a batch's turn to its last acknowledgement."),
    "flowserve_scorer_scored_total": _counter("Requests scored."),
    "flowserve_scorer_decisions_total": _counter("Scored requests, by decision.", "decision"),
    "flowserve_scorer_declines_held_total": _counter(
        "Reviewed in place of declined, because the model declined more than the limit allows."
    ),
    "flowserve_scorer_duplicates_total": _counter("Requests that repeated a scored transaction."),
    "flowserve_scorer_rejected_total": _counter("Requests rejected, by code.", "code"),
    "flowserve_scorer_dead_letters_total": _counter("Dead letters written."),
    "flowserve_scorer_replies_total": _counter(
        "Replies: sent, late (their deadline had passed, so none was sent) or failed.", "reply"
    ),
    "flowserve_scorer_kafka_failures_total": _counter(
        "Attempts at a batch that Kafka failed; each is repeated."
    ),
    "flowserve_scorer_lag_records": _gauge(
        "Requests of a partition that were there at the last fetch and are not decided.", "partition"
    ),
    "flowserve_scorer_lag_seconds": _gauge(
        "Age of the oldest request in hand of a partition, fetched and not decided; else 0.", "partition"
    ),
    "flowserve_scorer_partitions": _gauge("Partitions of this scorer."),
    "flowserve_scorer_customers": _gauge("Customers remembered."),
    "flowserve_scorer_terminals": _gauge("Terminals remembered."),
    "flowserve_scorer_model_info": _gauge("1 for the version of the model that scores.", "version"),
    "flowserve_scorer_model_refused": _gauge("1 while `current` names a model that cannot be used, else 0."),
    "flowserve_scorer_drift_psi": _gauge(
        "Population stability index of a feature against the training rows, of the last hour that ended.",
        "feature",
    ),
    "flowserve_scorer_drift_rows": _gauge("Rows that the index was computed from."),
    "flowserve_scorer_refusal_alarms_total": _counter(
        "Minutes in which most requests of a partition were refused."
    ),
    "flowserve_scorer_catch_ups_total": _counter("Times a partition's state was caught up from the log."),
    "flowserve_scorer_erased_total": _counter("Customers forgotten on request."),
    "flowserve_scorer_snapshot_age_seconds": _gauge(
        "Seconds since the partition saved longest ago was saved, or had nothing new to save."
    ),
    "flowserve_scorer_snapshots_saved_total": _counter("Snapshots of the state written."),
    "flowserve_scorer_snapshots_loaded_total": _counter("Snapshots that a start could use."),
    "flowserve_scorer_snapshots_refused_total": _counter(
        "Snapshots that were damaged, old or foreign, so that the log was read in their place."
    ),
    "flowserve_scorer_snapshots_failed_total": _counter("Snapshots that could not be written."),
    "flowserve_scorer_foreign_writes_total": _counter("Appends that another writer preceded."),
    "flowserve_scorer_ignored_repeats_total": _counter("Later log records for an offset already decided."),
    "flowserve_scorer_sent_back_total": _counter("Times the consumer was sent back to the cursor."),
    "flowserve_scorer_holes_total": _counter("Request offsets that the broker confirmed to be missing."),
    "flowserve_scorer_bad_headers_total": _counter("Headers of requests that could not be used."),
    "flowserve_scorer_unreadable_reports_total": _counter("Records of feedback that could not be read."),
    "flowserve_scorer_matured_total": _counter("Transactions published with their final label."),
}

_SINK = {
    "flowserve_sink_rows_total": _counter("Rows stored, by table.", "table"),
    "flowserve_sink_repeats_total": _counter("Rows that were already there."),
    "flowserve_sink_bad_rows_total": _counter("Rows that PostgreSQL refused; each is a dead letter."),
    "flowserve_sink_second_scored_total": _counter("Second scored rows of one transaction: must stay 0."),
    "flowserve_sink_holes_total": _counter("Gaps that the broker confirmed in what is stored."),
    "flowserve_sink_fenced_total": _counter("Slices not stored because another sink had stored them."),
    "flowserve_sink_failures_total": _counter(
        "Attempts at a batch, and sessions, that failed and were repeated."
    ),
    "flowserve_sink_lag_records": _gauge("Records not stored yet, as of the last fetch.", "topic"),
    "flowserve_sink_lag_seconds": _gauge(
        "Age of the oldest record in hand of a topic, fetched and not stored; else 0.", "topic"
    ),
    "flowserve_sink_partitions": _gauge("Partitions of this sink, of all its topics."),
}

# What prometheus_client reads of the process from the kernel.
_PROCESS = {
    "process_cpu_seconds_total": _counter("CPU time of the process."),
    "process_resident_memory_bytes": _gauge("Memory of the process."),
    "process_virtual_memory_bytes": _gauge("Address space of the process."),
    "process_start_time_seconds": _gauge("When the process started, seconds since 1970 UTC."),
    "process_open_fds": _gauge("Open files and connections."),
    "process_max_fds": _gauge("Most open files and connections that are allowed."),
}

METRICS: Mapping[str, Metric] = _API | _SCORER | _SINK | _PROCESS
