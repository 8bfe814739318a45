"""The fault matrix F01 to F35: what must hold, and where it is shown when the campaign itself does not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`elsewhere` names tests; `limits` says what was not done here, why, and what comes nearest."""

    name: str
    title: str
    holds: str
    elsewhere: tuple[str, ...] = ()
    limits: str = ""


_DELIVERY = "tests/integration/scorer/test_delivery_under_faults.py"
_MODEL = "tests/unit/stream_processor/scorer/test_actor_against_a_model.py"
_DAMAGED = "tests/unit/stream_processor/scorer/test_actor_and_damaged_logs.py"
_STOPPING = "tests/integration/scorer/test_refusing_and_stopping.py"
_POISON = "tests/integration/scorer/test_poison_in_traffic.py"
_SINK = "tests/integration/sink/test_sink_faults.py"
_STORE = "tests/integration/sink/test_store_in_trouble.py"
_DOWN = "tests/e2e/calls/test_parts_down.py"

ROWS = (
    Row("F01", "The API dies", "nothing lost, nothing twice; the same body again is answered", (_DOWN,)),
    Row("F02", "The scorer dies, anywhere", "nothing lost, state as if it had not", (_DELIVERY, _MODEL)),
    Row("F03", "The sink dies, anywhere", "exactly one row", (_SINK,)),
    Row("F04", "SIGTERM under load", "exit code 0 within 25 s, nothing lost", (_DOWN, _DELIVERY)),
    Row("F05", "SIGTERM with a stuck batch", "exit code 75, nothing committed past the batch", (_STOPPING,)),
    Row("F06", "Frozen beyond the session", "what a zombie does changes nothing", (_DELIVERY, _SINK)),
    Row("F07", "Scorers join and leave", "progress in every 30 s", (_DELIVERY, "tests/overload/life.py")),
    Row(
        "F08",
        "More scorers than partitions",
        "an idle one takes over",
        limits="Idle for 25 s, not beyond `max_poll_interval`: an idle member has no batch.",
    ),
    Row("F09", "TERM, INT and KILL in bursts", "nothing lost, all comes back", (_DELIVERY,)),
    Row("F10", "Kafka restarted", "503 and not 500, all comes back", (_DOWN,)),
    Row(
        "F11",
        "Kafka killed",
        "confirmed writes are there",
        (_DOWN,),
        "The process is killed, not the machine: with one node the page cache survives. A production cluster "
        "has three replicas for that.",
    ),
    Row("F12", "Kafka unreachable", "nothing lost, all comes back alone"),
    Row("F13", "Kafka frozen", "what is unknown is settled by id; nothing hangs"),
    Row("F14", "Kafka slow", "nothing is committed before it is durable"),
    Row(
        "F15",
        "Errors that pass",
        "no loss, order kept",
        (_MODEL,),
        "The proxy changes the real broker's answers: what was written is reported as failed.",
    ),
    Row(
        "F16",
        "Errors that do not pass",
        "the producer is rebuilt, or the process stops loudly with nothing acknowledged and starts anew",
        (_MODEL, "tests/unit/ingest_api/test_publisher.py"),
        "MESSAGE_TOO_LARGE by the real broker, the others by the proxy in its answers.",
    ),
    Row(
        "F17",
        "The coordinator moves; a commit fails",
        "the cursor does not advance in silence",
        ("tests/unit/stream_processor/scorer/test_transport_commits.py",),
        "One broker has nowhere to move a coordinator to: the proxy reports it in the answers to commits.",
    ),
    Row("F18", "Connections break mid-answer", "what is ambiguous is settled"),
    Row("F19", "Kafka's disk full", "nothing confirmed and then lost; recovers once there is room"),
    Row(
        "F20",
        "Offsets forgotten, or older than the log",
        "full delivery again leaves rows and state unchanged; a gap is counted",
        (_SINK, _MODEL, _STOPPING),
        "The campaign deletes the group's offsets. A log cut below the cursor is in the tests named.",
    ),
    Row("F21", "PostgreSQL down", "decisions go on; the sink catches up", (_DOWN, _SINK)),
    Row("F22", "PostgreSQL slow or locked", "bounded memory, decisions unaffected"),
    Row("F23", "Sessions cut; deadlocks", "exactly one row", (_STORE,)),
    Row("F24", "PostgreSQL full or read-only", "pause and resume"),
    Row("F25", "Poison in traffic", "neighbours scored, a dead letter each, no restart", (_POISON,)),
    Row("F26", "Poison for the sink only", "exactly the bad row is found", (_STORE,)),
    Row(
        "F27",
        "One key, many callers",
        "one score, equal answers, 422 for another body",
        ("tests/e2e/calls/test_answers.py",),
    ),
    Row("F28", "Wrong clocks", "windows by event time, deadlines by a clock that does not step"),
    Row(
        "F29",
        "Sizes at and beyond the limits",
        "413, 431, 408; memory bounded",
        ("tests/e2e/calls/test_bad_input.py", "tests/unit/ingest_api/test_gate.py", _POISON),
    ),
    Row(
        "F30",
        "Overload",
        "goodput holds, refusals are quick",
        ("tests/unit/ingest_api/test_gate.py", "tests/unit/ingest_api/test_admission.py"),
        "Measured by `python -m tests.overload curve flood`: docs/overload.md.",
    ),
    Row("F31", "Strange replies", "nobody gets another's answer"),
    Row(
        "F32",
        "Replay during live traffic",
        "live rows untouched; a killed run goes on to the rows of one left alone",
        elsewhere=("tests/integration/replay/test_runs.py",),
    ),
    Row(
        "F33",
        "Damaged, missing and new models",
        "the old model goes on",
        ("tests/e2e/test_model_swap.py", _STOPPING),
    ),
    Row(
        "F34",
        "Damage in the logs that state is rebuilt from",
        "the first result counts; what is unreadable stops the start and says where",
        (_DAMAGED, "tests/unit/stream_processor/scorer/test_maturing.py"),
        "The campaign appends a zombie's results. Corrupt records and tombstones stop a scorer for good, by "
        "design: the tests named do that.",
    ),
    Row("F35", "No memory, no descriptors, a loop that stands still", "fail-stop, nothing half acknowledged"),
)
