"""FlowServe on real Kafka and PostgreSQL, without anything between that would cost a core."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from local_stack.kafka import Kafka
from local_stack.parts import build_kafka, build_postgres, port_memory
from local_stack.services import Services, service_environment
from tests.faults.crew import Crew
from tests.support.security.broker import SecuredKafka
from tests.support.waiting import until

PARTITIONS = 12


class Installation:
    """`apis` and `scorers` processes of each, and one sink; `erase` leaves nothing of it.

    `secured`: the broker to use, which direct producers reach under a name of their own.
    """

    def __init__(
        self,
        data: Path,
        inherited: Mapping[str, str],
        apis: int = 1,
        scorers: int = 1,
        secured: SecuredKafka | None = None,
    ) -> None:
        self.kafka: Kafka = secured.kafka if secured else build_kafka(data)
        self._broker = secured or self.kafka
        self.postgres = build_postgres(data)
        self.ports = [port_memory(data).get(f"api-{number}") for number in range(apis)]
        self.key = ""
        self.crew = Crew({}, data)
        self._data = data
        self._inherited = inherited
        self._scorers = scorers

    async def start(self) -> None:
        """Until every API is ready."""
        await asyncio.gather(asyncio.to_thread(self._broker.start), asyncio.to_thread(self.postgres.start))
        environment = self.environment()
        provision = Services(self._data, environment).provision()
        provision.start()
        await until(lambda: not provision.alive, "provisioning ends", 90)
        assert provision.exit_code == 0, provision.log_tail()
        self.key = await asyncio.to_thread(make_key, environment)
        self.crew = Crew(environment, self._data / "logs")
        for number in range(self._scorers):
            self.crew.add("scorer", number, {"FLOWSERVE_SCORER_SLOT": str(number)})
        self.crew.add("sink", 0, {})
        for number, port in enumerate(self.ports):
            self.crew.add("api", number, {"FLOWSERVE_API_PORT": str(port)})
        self.crew.keep_alive()
        for port in self.ports:
            await self.ready(port)

    async def ready(self, port: int, seconds: float = 90) -> None:
        """Until the API on this port says that all is well, the scorer included."""

        async def is_ready() -> bool:
            async with httpx.AsyncClient(timeout=5) as client:
                try:
                    answer = await client.get(f"http://127.0.0.1:{port}/health/ready")
                except httpx.TransportError:
                    return False
                return answer.is_success and answer.json()["status"] == "ready"

        await until(is_ready, f"the API on port {port} is ready", seconds, every=0.1)

    async def erase(self) -> None:
        """Ends everything and removes the data."""
        await self.crew.release()
        self.kafka.kill()
        self.postgres.erase()

    def environment(self) -> dict[str, str]:
        """Of every process but for its own port and slot."""
        address = ("127.0.0.1", 0)
        postgres = self.postgres.environment()
        base = service_environment(
            self._inherited, self._data, self.kafka.bootstrap, postgres, address, "test-only"
        )
        return base | {"FLOWSERVE_PARTITIONS": str(PARTITIONS)}


def make_key(environment: Mapping[str, str]) -> str:
    """An API key of the client `default`."""
    command = [sys.executable, "-m", "cli", "keys", "create", "--client", "default", "--name", "overload"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return made.stdout.split()[-1]
