"""Kafka and PostgreSQL for a data folder: ports, jars, Java, account and programs looked up and put together.

`start_kafka` and `start_postgres` are all that a test needs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from local_stack import settings
from local_stack.account import account_for, database_folder, make_state_folder
from local_stack.binaries import programs
from local_stack.jars import kafka_jars
from local_stack.java import find_java
from local_stack.kafka import Kafka
from local_stack.ports import PortMemory
from local_stack.postgres import Postgres


def port_memory(data: Path) -> PortMemory:
    return PortMemory(data / "ports.json")


def silent(line: str) -> None:
    """Tells nobody."""


def build_kafka(
    data: Path,
    cache: Path | None = None,
    tell: Callable[[str], None] = silent,
    properties: Mapping[str, str] | None = None,
) -> Kafka:
    """A broker for this folder, not yet started; downloads its jars when the cache has none.

    `tell` is called with one short line for each step of a download; `properties` are given to the broker
    in place of ours. Raises PartFailed.
    """
    ports = port_memory(data)
    return Kafka(
        data,
        ports.get("kafka"),
        ports.get("kafka-controller"),
        find_java(settings.default_java_home()),
        kafka_jars(cache or settings.default_cache(), tell),
        settings.inherited_environment(),
        properties,
    )


def build_postgres(data: Path) -> Postgres:
    """A server for this folder, not yet started. Raises PartFailed."""
    folder = database_folder(data)
    account = account_for(folder)
    if account.user is not None:
        make_state_folder()
    port = port_memory(data).get("postgres")
    # PG* names mean some other server: they must not lead our own psql and initdb there.
    environment = {
        name: value for name, value in settings.inherited_environment().items() if not name.startswith("PG")
    }
    return Postgres(data, port, folder, programs(account), account, environment)


def start_kafka(data: Path) -> Kafka:
    """A broker for this folder that answers. Raises PartFailed."""
    kafka = build_kafka(data)
    kafka.start()
    return kafka


def start_postgres(data: Path) -> Postgres:
    """A server for this folder that answers and has the database `flowserve`. Raises PartFailed."""
    postgres = build_postgres(data)
    postgres.start()
    return postgres
