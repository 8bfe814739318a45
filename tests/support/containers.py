"""Kafka and PostgreSQL, as the local stack starts them or in containers: the same handles."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from local_stack.kafka import PROPERTIES
from local_stack.parts import build_kafka, start_postgres
from local_stack.proc import wait_until

_KAFKA_IMAGE = "apache/kafka:4.4.0"
_POSTGRES_IMAGE = "postgres:18"
_KAFKA_PORT, _POSTGRES_PORT = 9092, 5432
# A few seconds on an idle machine; a busy one was seen to take more than two minutes.
_START_SECONDS = 600
testcontainers_config.max_tries = int(_START_SECONDS / testcontainers_config.sleep_time)


class Broker(Protocol):
    """What a test may do to Kafka."""

    @property
    def bootstrap(self) -> str: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...


class Database(Protocol):
    """What a test may do to PostgreSQL."""

    def environment(self) -> dict[str, str]: ...
    def start(self) -> None: ...
    def stop_immediate(self) -> None: ...
    def kill(self) -> None: ...
    def erase(self) -> None: ...


class Pausable(Protocol):
    """What can hang for a while, with its connections open."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class PausableBroker(Broker, Pausable, Protocol):
    """Every broker but a secured one."""


class PausableDatabase(Database, Pausable, Protocol):
    """Every database but a secured one."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _as_the_embedded_broker() -> dict[str, str]:
    """Its settings but for places, in the form of the image: above all few partitions of Kafka's own topics.

    With Kafka's default, fifty for offsets, a new one had no coordinator for forty seconds on a busy machine.
    """
    lines = [line for line in PROPERTIES.splitlines() if "{" not in line]
    return {
        "KAFKA_" + name.upper().replace(".", "_"): value
        for name, value in (each.split("=") for each in lines)
    }


class ContainerKafka:
    """One broker; its host port is fixed, so that a restarted one is found where it was."""

    def __init__(self) -> None:
        self._port = _free_port()
        settings = _as_the_embedded_broker() | {
            "JDK_JAVA_OPTIONS": os.environ.get("JDK_JAVA_OPTIONS", ""),
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_LISTENERS": f"PLAINTEXT://:{_KAFKA_PORT},CONTROLLER://:9093,INNER://:9094",
            # Within the container the host's port is not there, and the broker calls itself for transactions.
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{self._port},INNER://localhost:9094",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "INNER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": ",".join(
                f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", "INNER")
            ),
        }
        self._container = DockerContainer(_KAFKA_IMAGE).with_bind_ports(_KAFKA_PORT, self._port)
        for name, value in settings.items():
            self._container.with_env(name, value)
        self._container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))
        self._started = False

    @property
    def bootstrap(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        """The first time creates the container, later starts it again with its data."""
        if self._started:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._started = True

    def pause(self) -> None:
        """It hangs; connections stay."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """It goes on where it was."""
        self._container.get_wrapped_container().unpause()

    def kill(self) -> None:
        """SIGKILL; the data stays."""
        self._container.get_wrapped_container().kill()

    def erase(self) -> None:
        """Removes the container."""
        self._container.stop()


class ContainerPostgres:
    """One server on a fixed host port."""

    def __init__(self) -> None:
        self._port = _free_port()
        self._container = PostgresContainer(_POSTGRES_IMAGE, username="flowserve", dbname="flowserve")
        self._container.with_bind_ports(_POSTGRES_PORT, self._port)
        self._started = False

    def environment(self) -> dict[str, str]:
        """The PG* variables."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._port),
            "PGUSER": "flowserve",
            "PGPASSWORD": str(self._container.password),
            "PGDATABASE": "flowserve",
        }

    def start(self) -> None:
        """The first time creates the container, later starts it again with its data; until it answers."""
        if self._started:
            server = self._container.get_wrapped_container()
            server.start()
            asked = ["pg_isready", "--host", "127.0.0.1"]
            assert wait_until(lambda: server.exec_run(asked).exit_code == 0, _START_SECONDS)
        else:
            self._container.start()
            self._started = True

    def stop_immediate(self) -> None:
        """As after a power cut."""
        self.kill()

    def pause(self) -> None:
        """It hangs; connections stay."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """It goes on where it was."""
        self._container.get_wrapped_container().unpause()

    def kill(self) -> None:
        """SIGKILL; the data stays."""
        self._container.get_wrapped_container().kill()

    def erase(self) -> None:
        """Removes the container."""
        self._container.stop()


@contextmanager
def broker_of(folder: Path, in_container: bool) -> Iterator[PausableBroker]:
    """A Kafka of the caller's own, empty at first."""
    if in_container:
        container = ContainerKafka()
        try:
            container.start()
            yield container
        finally:
            container.erase()
    else:
        kafka = build_kafka(folder)
        kafka.start(_START_SECONDS)
        yield kafka
        kafka.kill()


@contextmanager
def database_of(folder: Path, in_container: bool) -> Iterator[PausableDatabase]:
    """A PostgreSQL of the caller's own, empty at first."""
    if in_container:
        container = ContainerPostgres()
        try:
            container.start()
            yield container
        finally:
            container.erase()
    else:
        postgres = start_postgres(folder)
        yield postgres
        postgres.kill()
        postgres.erase()
