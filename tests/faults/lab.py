"""FlowServe as the campaign runs it: servers behind proxies, several processes of each kind."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from local_stack.parts import port_memory
from local_stack.services import Services, service_environment
from tests.faults.crew import Crew, Member
from tests.faults.servers import Servers
from tests.support.waiting import until

# Twice the scorers: to each Faust deals out the quotient, rounded up, so that a remainder can leave one idle.
PARTITIONS = 6
_REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Size:
    """How many processes of each kind run."""

    apis: int = 3
    scorers: int = 3
    sinks: int = 2


class Lab:
    """One installation over a folder of its own; `erase` leaves nothing of it."""

    def __init__(self, data: Path, inherited: Mapping[str, str], size: Size) -> None:
        self.data = data
        self.size = size
        self.models = data / "models"
        self.servers = Servers(data, inherited)
        self.urls: list[str] = []
        self.key = ""
        self._inherited = inherited
        self.environment: dict[str, str] = {}
        self.crew = Crew({}, data)
        self.refused_rows: set[tuple[int, int]] = set()

    async def start(self) -> None:
        """Until every API is ready."""
        shutil.copytree(_REPOSITORY / "ml" / "models", self.models)
        await self.servers.start()
        self.environment = self._environment()
        provision = Services(self.data, self.environment).provision()
        provision.start()
        await until(lambda: not provision.alive, "provisioning ends", 90)
        assert provision.exit_code == 0, provision.log_tail()
        self.key = self._make_key()
        self.crew = Crew(self.environment, self.data / "logs")
        for number in range(self.size.scorers):
            self.crew.add("scorer", number, {"FLOWSERVE_SCORER_SLOT": str(number)})
        for number in range(self.size.sinks):
            self.crew.add("sink", number, {})
        for number in range(self.size.apis):
            port = port_memory(self.data).get(f"api-{number}")
            self.urls.append(f"http://127.0.0.1:{port}")
            self.crew.add("api", number, {"FLOWSERVE_API_PORT": str(port)})
        self.crew.keep_alive()
        await self.ready()

    async def ready(self, seconds: float = 90) -> None:
        """Until every API says that it is ready."""

        async def all_ready() -> bool:
            try:
                async with httpx.AsyncClient(timeout=5) as client:
                    return all([(await client.get(f"{url}/health/ready")).is_success for url in self.urls])
            except httpx.TransportError:
                return False

        await until(all_ready, "every API is ready", seconds, every=0.25)

    async def erase(self) -> None:
        """Ends everything and removes the data."""
        await self.crew.release()
        self.servers.erase()

    def member(self, role: str, number: int = 0) -> Member:
        """A process by role and number."""
        return self.crew.members[f"{role}-{number}"]

    def _environment(self) -> dict[str, str]:
        servers = self.servers
        postgres = servers.postgres.environment() | {"PGPORT": str(servers.postgres_proxy.port)}
        address = ("127.0.0.1", 0)
        base = service_environment(
            self._inherited, self.data, servers.proxied, postgres, address, "test-only"
        )
        return base | {
            "FLOWSERVE_PARTITIONS": str(PARTITIONS),
            "FLOWSERVE_TEST_MODE": "1",
            "FLOWSERVE_MODELS_DIR": str(self.models),
        }

    def _make_key(self) -> str:
        command = [sys.executable, "-m", "cli", "keys", "create", "--client", "default", "--name", "faults"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]
