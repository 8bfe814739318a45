"""FlowServe as a whole for the e2e tests: real servers and processes, and a hand that stops each."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx

from local_stack.parts import port_memory
from local_stack.process import Process
from local_stack.services import Services, service_environment
from tests.support.containers import Broker, Database
from tests.support.waiting import until

# How soon is the machine's business; this is for one that others keep busy.
_SECONDS = 180


class RunningStack:
    """Every part can be stopped, killed and started again; `revive` does what a supervisor would.

    Its processes end with the block.
    """

    def __init__(self, data: Path, inherited: Mapping[str, str], kafka: Broker, postgres: Database) -> None:
        self.kafka = kafka
        self.postgres = postgres
        port = port_memory(data).get("api")
        self.url = f"http://127.0.0.1:{port}"
        self.environment = service_environment(
            inherited, data, kafka.bootstrap, postgres.environment(), ("127.0.0.1", port), "test-only"
        )
        services = Services(data, self.environment)
        self.provision = services.provision()
        self.scorer = services.scorer()
        self.sink = services.sink()
        self.api = services.api()
        self._wanted: list[Process] = []
        self.key = ""

    async def start(self) -> None:
        """Until the API says that it is ready and its first transaction can be sent."""
        self.provision.start()
        await until(lambda: not self.provision.alive, "provisioning ends", _SECONDS)
        assert self.provision.exit_code == 0, self.provision.log_tail()
        self._wanted = [self.scorer, self.sink, self.api]
        self.revive()
        await self.ready()
        self.key = self.keys("create", "--client", "default", "--name", "tests").split()[-1]

    def keys(self, *arguments: str) -> str:
        """Runs `flowserve keys ...`; its standard output."""
        command = [sys.executable, "-m", "cli", "keys", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    async def ready(self, seconds: float = _SECONDS) -> None:
        """Until the API says that it is ready."""

        async def is_ready() -> bool:
            self.revive()
            async with httpx.AsyncClient(base_url=self.url) as client:
                try:
                    return (await client.get("/health/ready")).is_success
                except httpx.TransportError:
                    return False

        await until(is_ready, f"the API is ready; its log ends {self.api.log_tail(3)}", seconds)

    def leave_down(self, process: Process) -> None:
        """`revive` no longer starts it."""
        self._wanted.remove(process)

    def want(self, process: Process) -> None:
        """`revive` starts it from now on."""
        self._wanted.append(process)
        self.revive()

    def revive(self) -> None:
        """Starts what should run and does not."""
        for process in self._wanted:
            if not process.alive:
                process.start()

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client with the tests' own key, or another."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=40)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.api, self.sink, self.scorer):
            process.kill()
