"""The composition: Kafka and PostgreSQL side by side, then topics and tables, then scorers, sink and API."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx

from local_stack import api, secret
from local_stack.board import State
from local_stack.errors import PartFailed
from local_stack.kafka import Kafka, answers
from local_stack.parts import build_kafka, build_postgres, port_memory
from local_stack.ports import first_free, is_free
from local_stack.postgres import Postgres
from local_stack.proc import wait_until
from local_stack.process import Process
from local_stack.progress import Progress
from local_stack.services import Services, service_environment
from local_stack.settings import Settings
from local_stack.supervisor import Supervisor
from local_stack.threads import in_thread

EXTERNAL_SECONDS = 10.0
PROVISION_SECONDS = 120.0
READY_SECONDS = 60.0
HOPELESS_RESTARTS = 3
# Together below the 30 s within which everything has stopped: API, then scorers and sink, then the servers.
STOP_SECONDS = 8.0

Result = TypeVar("Result")


class Stack:
    """All parts over one data folder. `start` may fail half-way: `stop` ends whatever there is by then."""

    def __init__(self, settings: Settings, inherited: Mapping[str, str], progress: Progress) -> None:
        self.settings = settings
        self.data: Path = settings.data
        self.key_file = self.data / "secrets" / "api-key"
        self.environment: dict[str, str] = {}
        self.kafka: Kafka | None = None
        self.postgres: Postgres | None = None
        self.processes: dict[str, Process] = {}
        self.supervisor = Supervisor(progress.say)
        self._inherited = inherited
        self._progress = progress
        host = "127.0.0.1" if settings.api_host in ("0.0.0.0", "::") else settings.api_host
        self.api_port = settings.api_port or self._choose_api_port()
        self.api_url = f"http://{host}:{self.api_port}"

    async def start(self) -> None:
        """Everything up to an API that says it is ready. Raises PartFailed."""
        for name in ("kafka", "postgres", "provision", *self._scorer_names(), "sink", "api"):
            self._progress.change(name, State.WAITING)
        bootstrap, postgres = await self._start_servers()
        address = (self.settings.api_host, self.api_port)
        self.environment = service_environment(
            self._inherited, self.data, bootstrap, postgres, address, self._payload_key()
        )
        services = Services(self.data, self.environment)
        await self._shown("provision", partial(self._provision, services.provision()))
        if secret.recall(self.key_file) is None:  # before the API starts, so that it knows the key at once
            secret.store(self.key_file, await in_thread(lambda: api.make_key(self.environment)))
        scorers = [services.scorer(slot) for slot in range(self.settings.scorers)]
        for process in (*scorers, services.sink()):
            await self._shown(process.name, partial(self._launch, process))
        await self._shown("api", partial(self._start_api, services.api()))

    async def stop(self) -> None:
        """Stops all parts in reverse order; each gets its time to end cleanly, then SIGKILL."""
        await self.supervisor.release()
        services = [name for name in self.processes if name != "api"]
        for names in (["api"], services):
            await _together([p.stop for n in names if (p := self.processes.get(n)) is not None])
        await _together([part.stop for part in (self.kafka, self.postgres) if part is not None])

    def check(self) -> None:
        """Raises PartFailed when a process ends again and again: waiting for it has become useless."""
        process = self.supervisor.hopeless(HOPELESS_RESTARTS)
        if process is not None:
            why = f"ended {HOPELESS_RESTARTS} times; see {process.log}"
            raise PartFailed(process.name, why, process.log_tail())

    async def _start_servers(self) -> tuple[str, dict[str, str]]:
        try:
            async with asyncio.TaskGroup() as group:
                kafka = group.create_task(self._shown("kafka", self._start_kafka))
                postgres = group.create_task(self._shown("postgres", self._start_postgres))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return kafka.result(), postgres.result()

    async def _start_kafka(self) -> str:
        external = self.settings.kafka_bootstrap
        if external is not None:
            if not await in_thread(lambda: wait_until(lambda: answers(external), EXTERNAL_SECONDS)):
                raise PartFailed("kafka", f"no broker answers at {external} (FLOWSERVE_KAFKA_BOOTSTRAP)")
            return external
        tell = partial(self._progress.change, "kafka", State.DOWNLOADING)
        kafka = await in_thread(lambda: build_kafka(self.data, self.settings.kafka_cache, tell))
        self._progress.change("kafka", State.STARTING)
        self.kafka = kafka
        await in_thread(kafka.start)
        self.supervisor.keep(kafka.process, kafka.launch)
        return kafka.bootstrap

    async def _start_postgres(self) -> dict[str, str]:
        if self.settings.postgres_host is not None:
            return {}
        postgres = await in_thread(lambda: build_postgres(self.data))
        self.postgres = postgres
        await in_thread(postgres.start)
        self.supervisor.keep(postgres.process, postgres.launch)
        return postgres.environment()

    async def _provision(self, process: Process) -> None:
        self.processes[process.name] = process
        process.start()
        ended = await in_thread(lambda: process.wait(PROVISION_SECONDS))
        if not ended or process.exit_code != 0:
            process.stop()
            why = f"ended with exit code {process.exit_code}" if ended else "took too long"
            raise PartFailed(process.name, why, process.log_tail())

    async def _launch(self, process: Process) -> None:
        self.processes[process.name] = process
        process.start()
        self.supervisor.keep(process)

    async def _start_api(self, process: Process) -> None:
        await self._launch(process)
        async with httpx.AsyncClient(base_url=self.api_url) as client:
            try:
                await api.wait_ready(client, READY_SECONDS, self.check)
            except PartFailed as error:
                tail = error.log_tail or process.log_tail()
                raise PartFailed(error.part, error.why, tail) from error

    async def _shown(self, name: str, work: Callable[[], Awaitable[Result]]) -> Result:
        self._progress.change(name, State.STARTING)
        try:
            result = await work()
        except Exception:
            self._progress.change(name, State.FAILED)
            raise
        self._progress.change(name, State.READY)
        return result

    def _scorer_names(self) -> list[str]:
        return [f"scorer-{slot}" for slot in range(self.settings.scorers)]

    def _payload_key(self) -> str:
        given = self.settings.payload_key
        return given.get_secret_value() if given else secret.recall_or_make(self.data / "secrets/payload-key")

    def _choose_api_port(self) -> int:
        memory = port_memory(self.data)
        known = memory.recall("api")
        port = first_free([known or 8000, *range(8000, 8100)], is_free)
        memory.remember("api", port)
        return port


async def _together(stops: Sequence[Callable[[float], None]]) -> None:
    await asyncio.gather(*(in_thread(partial(stop, STOP_SECONDS)) for stop in stops))
