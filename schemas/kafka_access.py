"""Who may do what on Kafka: one principal for each kind of process, and no more than its work needs."""

from dataclasses import dataclass
from typing import Literal

from schemas.topics import (
    CLIENTS,
    DEAD_LETTERS,
    FEEDBACK,
    PREDICTIONS,
    REPLIES,
    REQUESTS,
    SCORER_GROUP,
    SINK_GROUP,
    TERMINAL_HISTORY,
)

Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs", "AlterConfigs"]

_READ: tuple[Operation, ...] = ("Read",)
_WRITE: tuple[Operation, ...] = ("Write",)
_BOTH: tuple[Operation, ...] = ("Read", "Write")
_LOOK: tuple[Operation, ...] = ("Read", "DescribeConfigs")
_SEE: tuple[Operation, ...] = ("Describe",)


@dataclass(frozen=True)
class Rule:
    """What one principal may do with a topic or group; `prefixed`: with all whose names begin so.

    Read and Write bring Describe with them. `why` is for whoever reads the list.
    """

    principal: str
    resource: Literal["topic", "group"]
    name: str
    operations: tuple[Operation, ...]
    why: str
    prefixed: bool = False

    def command(self) -> str:
        """The arguments of Apache Kafka's kafka-acls.sh that set the rule."""
        operations = " ".join(f"--operation {operation}" for operation in self.operations)
        pattern = " --resource-pattern-type prefixed" if self.prefixed else ""
        name = f"--{self.resource} {self.name}{pattern}"
        return f"--add --allow-principal User:{self.principal} {operations} {name}"


PROVISION, API, SCORER, SINK = "flowserve-provision", "flowserve-api", "flowserve-scorer", "flowserve-sink"
OPERATOR, REPLAY, ERASER = "flowserve-operator", "flowserve-replay", "flowserve-eraser"
VIEWER = "flowserve-viewer"
# What the viewer need not read: dead letters hold what was refused, whatever that was.
_UNREAD = (DEAD_LETTERS, FEEDBACK, REPLIES, TERMINAL_HISTORY, CLIENTS)

RULES = (
    Rule(
        PROVISION,
        "topic",
        "flowserve.",
        ("Create", "Describe", "DescribeConfigs", "AlterConfigs"),
        "makes the topics and corrects their settings",
        prefixed=True,
    ),
    Rule(PROVISION, "topic", CLIENTS, _BOTH, "lists the clients that have keys"),
    Rule(API, "topic", REQUESTS, _BOTH, "asks; reads one record where the scorer seems to stand still"),
    Rule(API, "topic", FEEDBACK, _WRITE, "passes reports on"),
    Rule(API, "topic", REPLIES, _READ, "waits for answers"),
    Rule(API, "group", SCORER_GROUP, _SEE, "looks how far the scorers are"),
    Rule(SCORER, "topic", REQUESTS, _READ, "decides"),
    Rule(SCORER, "topic", PREDICTIONS, _BOTH, "writes outcomes, and reads them back as its state"),
    Rule(SCORER, "topic", FEEDBACK, _READ, "learns what was fraud"),
    Rule(SCORER, "topic", TERMINAL_HISTORY, _BOTH, "publishes final labels, and reads those of all"),
    Rule(SCORER, "topic", CLIENTS, _READ, "knows who may ask"),
    Rule(SCORER, "topic", REPLIES, _WRITE, "answers who waits"),
    Rule(SCORER, "topic", DEAD_LETTERS, _WRITE, "keeps what it refused"),
    Rule(SCORER, "group", SCORER_GROUP, _READ, "shares the partitions"),
    Rule(SINK, "topic", REQUESTS, _READ, "stores"),
    Rule(SINK, "topic", PREDICTIONS, _READ, "stores"),
    Rule(SINK, "topic", FEEDBACK, _READ, "stores"),
    Rule(SINK, "topic", DEAD_LETTERS, _READ, "stores"),
    Rule(SINK, "group", SINK_GROUP, _READ, "shares the partitions"),
    Rule(OPERATOR, "topic", CLIENTS, _BOTH, "`flowserve clients` and `flowserve keys`"),
    Rule(OPERATOR, "topic", DEAD_LETTERS, _BOTH, "`flowserve dlq`, and its notes of what was put back"),
    Rule(OPERATOR, "topic", REQUESTS, _WRITE, "puts a dead letter back"),
    Rule(VIEWER, "topic", REQUESTS, _LOOK, "`flowserve tail`, `trace` and `doctor`"),
    Rule(VIEWER, "topic", PREDICTIONS, _READ, "`flowserve tail` and `trace`"),
    *(Rule(VIEWER, "topic", topic, _SEE, "`flowserve doctor`: sees that it is there") for topic in _UNREAD),
    Rule(VIEWER, "group", SCORER_GROUP, _SEE, "`flowserve doctor`: looks how far the scorers are"),
    Rule(REPLAY, "topic", REQUESTS, _READ, "`flowserve replay requests`"),
    Rule(REPLAY, "topic", PREDICTIONS, _BOTH, "`--into-live`"),
    Rule(REPLAY, "topic", TERMINAL_HISTORY, _BOTH, "`--into-live`"),
    Rule(REPLAY, "topic", FEEDBACK, _BOTH, "reads reports, and who was erased; `--into-live`"),
    Rule(REPLAY, "group", SCORER_GROUP, _SEE, "refuses to start beside a scorer"),
    Rule(ERASER, "topic", FEEDBACK, ("Read", "Write", "DescribeConfigs"), "`flowserve erase`: asks for it"),
    Rule(ERASER, "topic", REQUESTS, _LOOK, "sees that all before it is decided"),
    Rule(ERASER, "topic", PREDICTIONS, _LOOK, "reads that the scorer has forgotten"),
    Rule(ERASER, "topic", DEAD_LETTERS, _LOOK, "sees that all is stored"),
    Rule(ERASER, "topic", REPLIES, ("Describe", "DescribeConfigs"), "says until when copies remain"),
    Rule(ERASER, "topic", CLIENTS, _READ, "knows whose customers there are"),
    Rule(ERASER, "group", SCORER_GROUP, _SEE, "looks how far the scorers are"),
)


def producer_rules(principal: str) -> tuple[Rule, ...]:
    """What a direct producer gets. Reading `predictions` shows the answers of every client."""
    return (
        Rule(principal, "topic", REQUESTS, _WRITE, "asks"),
        Rule(principal, "topic", FEEDBACK, _WRITE, "reports fraud"),
        Rule(principal, "topic", PREDICTIONS, _READ, "reads the answers"),
        Rule(principal, "group", f"{principal}.", _READ, "in groups of its own", prefixed=True),
    )


def rules(producer: str | None = None) -> tuple[Rule, ...]:
    """Those of FlowServe's own processes, or of this direct producer."""
    return RULES if producer is None else producer_rules(producer)
