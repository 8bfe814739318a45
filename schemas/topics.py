"""Every Kafka topic FlowServe uses, in one list: provisioning creates them, the processes name them."""

from dataclasses import dataclass

REQUESTS = "flowserve.requests.v1"
FEEDBACK = "flowserve.feedback.v1"
PREDICTIONS = "flowserve.predictions.v1"
REPLIES = "flowserve.replies.v1"
TERMINAL_HISTORY = "flowserve.terminal-history.v1"
DEAD_LETTERS = "flowserve.requests.dlq.v1"
CLIENTS = "flowserve.clients.v1"

SCORER_GROUP = "flowserve.scorer.v1"
SINK_GROUP = "flowserve.sink.v1"

DEFAULT_PARTITIONS = 12
DEFAULT_REPLY_PARTITIONS = 16
TERMINAL_HISTORY_PARTITIONS = 4

MINUTE_MS = 60_000
DAY_MS = 86_400_000
FOR_EVER = -1

MOST_REQUEST_DAYS = 7
"""Requests are kept no longer than this, so none waits longer for its decision."""


@dataclass(frozen=True)
class Kept:
    """How long the topics keep their records. Days, and minutes for the replies.

    `state` is for predictions, feedback and terminal-history, from which a scorer rebuilds its state.
    """

    requests: int = MOST_REQUEST_DAYS
    state: int = 60
    dead_letters: int = 30
    replies_minutes: int = 10


@dataclass(frozen=True)
class Topic:
    """A topic as provisioning creates it. Times are milliseconds."""

    name: str
    partitions: int
    retention_ms: int
    segment_ms: int
    max_message_bytes: int = 1_048_588
    compacted: bool = False

    def config(self) -> dict[str, str]:
        """Broker-side settings. The broker's clock stamps every record, so all readers agree on arrival."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "compression.type": "producer",
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": str(self.retention_ms),
            "segment.ms": str(self.segment_ms),
        }


def all_topics(
    partitions: int = DEFAULT_PARTITIONS,
    reply_partitions: int = DEFAULT_REPLY_PARTITIONS,
    kept: Kept = Kept(),
) -> tuple[Topic, ...]:
    """The topics of one installation. Partition counts are fixed for the life of a topic."""
    state_ms = kept.state * DAY_MS
    return (
        Topic(REQUESTS, partitions, kept.requests * DAY_MS, DAY_MS),
        Topic(FEEDBACK, partitions, state_ms, DAY_MS),
        Topic(PREDICTIONS, partitions, state_ms, DAY_MS),
        Topic(REPLIES, reply_partitions, kept.replies_minutes * MINUTE_MS, 5 * MINUTE_MS),
        Topic(TERMINAL_HISTORY, TERMINAL_HISTORY_PARTITIONS, state_ms, DAY_MS),
        # A dead letter holds a whole refused record and its headers, so it may be larger than its source.
        Topic(DEAD_LETTERS, partitions, kept.dead_letters * DAY_MS, DAY_MS, max_message_bytes=2_097_152),
        # The newest word on each client is kept for ever, so a scorer needs no database to know them all.
        Topic(CLIENTS, 1, FOR_EVER, DAY_MS, compacted=True),
    )
