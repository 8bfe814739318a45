"""Kafka and PostgreSQL for the campaign, each with a proxy of its own in front of it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.parts import build_kafka, build_postgres, port_memory
from local_stack.postgres import Postgres
from local_stack.process import Process
from tests.support.waiting import until


class Proxied:
    """A proxy process in front of a port, and the hand on its control port."""

    def __init__(self, name: str, data: Path, target: int, environment: Mapping[str, str]) -> None:
        ports = port_memory(data)
        self.port = ports.get(f"{name}-proxy")
        self._control = ports.get(f"{name}-control")
        words = [str(number) for number in (self.port, target, self._control)]
        kind = "kafka" if name == "kafka" else "plain"
        command = [sys.executable, "-m", "tests.faults.proxy", *words, kind]
        self.process = Process(f"{name}-proxy", command, environment, data / "logs" / f"{name}-proxy.log")

    async def start(self) -> None:
        """Until it obeys."""
        self.process.start()

        async def obeys() -> bool:
            try:
                await self.tell()
            except OSError:
                return False
            return True

        await until(obeys, f"the {self.process.name} obeys", 20)

    async def tell(self, **command: object) -> dict[str, object]:
        """Changes the weather; `clear()` ends it. Returns the weather of now."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control)
        try:
            writer.write(json.dumps(command).encode() + b"\n")
            answer: dict[str, object] = json.loads(await reader.readline())
            return answer
        finally:
            writer.close()

    async def clear(self) -> None:
        """Fine weather."""
        await self.tell(latency_ms=0, bytes_per_second=0, blackhole=False, refuse=False)


class Servers:
    """Both servers. Kafka has two listeners, one of them advertised at the proxy's port."""

    def __init__(self, data: Path, environment: Mapping[str, str]) -> None:
        inner = port_memory(data).get("kafka-behind-proxy")
        self.kafka_proxy = Proxied("kafka", data, inner, environment)
        self.kafka = build_kafka(data, properties=two_listeners(data, inner, self.kafka_proxy.port))
        self.postgres: Postgres = build_postgres(data)
        self.postgres_proxy = Proxied("postgres", data, self.postgres.port, environment)

    @property
    def direct(self) -> str:
        """Kafka's address without the proxy."""
        return self.kafka.bootstrap

    @property
    def proxied(self) -> str:
        """Kafka's address for the product."""
        return f"127.0.0.1:{self.kafka_proxy.port}"

    async def start(self) -> None:
        """Until all answer."""
        await asyncio.gather(
            asyncio.to_thread(self.kafka.start),
            asyncio.to_thread(self.postgres.start),
            self.kafka_proxy.start(),
            self.postgres_proxy.start(),
        )

    def erase(self) -> None:
        """Kills all of them and removes the database."""
        for part in (self.kafka_proxy.process, self.postgres_proxy.process, self.kafka):
            part.kill()
        self.postgres.erase()


def two_listeners(data: Path, inner: int, outer: int) -> dict[str, str]:
    """Broker properties: besides the usual listener one on `inner`, advertised at `outer`."""
    ports = port_memory(data)
    usual = f"PLAINTEXT://127.0.0.1:{ports.get('kafka')}"
    controller = f"CONTROLLER://127.0.0.1:{ports.get('kafka-controller')}"
    return {
        "listeners": f"{usual},PROXIED://127.0.0.1:{inner},{controller}",
        "advertised.listeners": f"{usual},PROXIED://127.0.0.1:{outer}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }
