"""What each kind of process may do in PostgreSQL. Tables belong to whoever runs provisioning.

An operator makes the roles (`create role flowserve_writer nologin`, ...) and a login of its own for every
process; provisioning grants to those roles that exist, so an upgrade brings its grants along.
"""

from collections.abc import Iterator

WRITER, READER = "flowserve_writer", "flowserve_reader"
OPERATOR, REPLAYER = "flowserve_operator", "flowserve_replayer"
ERASER = "flowserve_eraser"

# The writer sees a row's key, so that a repeat is noticed, and nothing else of it.
_SOURCE = "day, source_topic, source_partition, source_offset"
_PLACE = 'topic, partition, "offset"'
_WHOSE = "client_id, customer_id"

GRANTS: dict[str, tuple[str, ...]] = {
    WRITER: (
        "insert on requests, predictions, feedback, dead_letters, redrives",
        f"select ({_SOURCE}) on requests",
        f"select ({_SOURCE}) on predictions",
        f"select ({_PLACE}) on feedback",
        f"select ({_PLACE}) on dead_letters",
        f"select ({_PLACE}) on redrives",
        "select, insert, update on sink_offsets",
    ),
    READER: (
        "select on requests, predictions, feedback, dead_letters, redrives, replays, replay_predictions",
        "select on api_keys, sink_offsets, schema_migrations",
    ),
    OPERATOR: (
        "select, insert on api_keys",
        "update (revoked_at) on api_keys",
        "select on dead_letters, redrives, replays",
        "select on audit",
        "insert (action, subject, details) on audit",
    ),
    REPLAYER: (
        "select on requests, predictions, feedback",
        "select, insert, update on replays",
        "select, insert on replay_predictions",
    ),
    ERASER: (
        f"select ({_SOURCE}, {_WHOSE}, received_at), delete on requests",
        f"select ({_SOURCE}, {_WHOSE}, received_at), delete on predictions",
        f"select ({_WHOSE}, reported_at), delete on feedback",
        f"select ({_PLACE}, source_topic, source_partition, source_offset), delete on dead_letters",
        "select (topic, partition, letter_offset), delete on redrives",
        "select (run_id, customer_id), delete on replay_predictions",
        "select (run_id, client_id, state) on replays",
        "select on sink_offsets",
        "insert (action, subject, details) on audit",
    ),
}


def statements(role: str) -> Iterator[str]:
    """Takes everything from the role and gives it what it should have, to be run in one transaction."""
    yield f"revoke all on all tables in schema public from {role}"
    yield f"grant usage on schema public to {role}"
    for grant in GRANTS[role]:
        yield f"grant {grant} to {role}"
