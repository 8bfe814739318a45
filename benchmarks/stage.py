"""Where everything plays: one broker and one database for a whole run, and the processes before them."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import Producer

from local_stack.api import make_key
from local_stack.parts import build_kafka, build_postgres, port_memory
from local_stack.process import Process
from local_stack.services import service_environment
from tests.support import logs
from tests.support.waiting import until

PARTITIONS = 12
_PROVISION_SECONDS = 90.0
_KILL_AGAIN_SECONDS = 0.2
# One caller asks for more than one key may ask for, and a slow answer counts as one, not as a 202.
_NO_LIMIT = {"FLOWSERVE_RATE_LIMIT_PER_SECOND": "1000000", "FLOWSERVE_WAIT_SECONDS": "10"}
_MODULES = {"api": "ingest_api", "scorer": "stream_processor.scorer", "sink": "stream_processor.sink"}


class Stage:
    """Use as a context: it leaves nothing behind. `data` is its own folder."""

    def __init__(self, model: Path, short: bool) -> None:
        self.model = model
        self.short = short
        self.data = Path(tempfile.mkdtemp(prefix="benchmark-"))
        self.kafka = build_kafka(self.data)
        self.postgres = build_postgres(self.data)
        self.ports = port_memory(self.data)
        self.api_port = self.ports.get("api")
        self._closing = ExitStack()
        self._processes: list[Process] = []
        self._number = 0

    async def __aenter__(self) -> "Stage":
        self._closing.callback(shutil.rmtree, self.data, ignore_errors=True)
        self._closing.callback(self.postgres.erase)
        self._closing.callback(self.postgres.kill)
        self._closing.callback(self.kafka.kill)
        self._closing.callback(self.clear)
        starts = asyncio.gather(
            asyncio.to_thread(self.kafka.start),
            asyncio.to_thread(self.postgres.start),
            return_exceptions=True,
        )
        try:
            for failure in filter(None, await asyncio.shield(starts)):
                raise failure
        except BaseException:
            # A thread goes on when its caller is cancelled: what it starts later would be left running.
            while not starts.done():
                await asyncio.to_thread(self.kafka.kill)
                await asyncio.to_thread(self.postgres.kill)
                await asyncio.wait([starts], timeout=_KILL_AGAIN_SECONDS)
            await asyncio.to_thread(self._closing.close)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._closing.close)

    @property
    def bootstrap(self) -> str:
        """host:port of Kafka."""
        return self.kafka.bootstrap

    def rounds(self, usual: int) -> int:
        """How often to repeat: once in the short form."""
        return 1 if self.short else usual

    def size(self, usual: int) -> int:
        """How much to do: a fifth in the short form."""
        return usual // 5 if self.short else usual

    def environment(self) -> dict[str, str]:
        """Of FlowServe's processes; nothing of it comes from whoever runs the benchmark."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))
        }
        address = ("127.0.0.1", self.api_port)
        postgres = self.postgres.environment()
        return _NO_LIMIT | service_environment(
            inherited, self.data / "flowserve", self.bootstrap, postgres, address, "benchmark"
        )

    async def fresh(self, partitions: int = PARTITIONS) -> None:
        """Empty topics, empty tables and no snapshots."""
        await logs.delete_topics(self.bootstrap)
        shutil.rmtree(self.data / "flowserve", ignore_errors=True)
        (self.data / "flowserve").mkdir()
        await self.sql("drop schema public cascade; create schema public")
        process = self.python("provision", "stream_processor.provision", _partitions(partitions))
        await until(lambda: not process.alive, "provisioning ends", _PROVISION_SECONDS)
        if process.exit_code:
            raise RuntimeError(f"provisioning failed: {process.log_tail()}")

    def flowserve(self, role: str, partitions: int = PARTITIONS, **settings: str) -> Process:
        """Starts an api, a scorer or a sink; `settings` are FLOWSERVE_* names in lower case."""
        own = {f"FLOWSERVE_{name.upper()}": value for name, value in settings.items()}
        return self.python(role, _MODULES[role], _partitions(partitions) | own)

    def floor(self, name: str, *arguments: str) -> Process:
        """Starts a floor."""
        return self.python(name, f"benchmarks.floors.{name}", {}, *arguments)

    def python(self, name: str, module: str, own: Mapping[str, str], *arguments: str) -> Process:
        """Starts a module; `clear` ends it."""
        self._number += 1
        process = Process(
            name,
            [sys.executable, "-m", module, *arguments],
            {**self.environment(), **own},
            self.data / "logs" / f"{self._number}-{name}.log",
        )
        process.start()
        self._processes.append(process)
        return process

    def clear(self) -> None:
        """Kills all but Kafka and PostgreSQL."""
        while self._processes:
            self._processes.pop().kill()

    async def key(self) -> str:
        """A new API key."""
        return await asyncio.to_thread(make_key, self.environment())

    async def sql(self, statement: str) -> None:
        """Runs a script in the database."""
        connection = await asyncpg.connect(self.postgres.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def new_topic(self, purpose: str, partitions: int) -> str:
        """An empty topic of a floor, and its name: nobody has used it before."""
        self._number += 1
        name = f"floor.{purpose}-{self._number}"
        await self.create(name, partitions)
        return name

    async def create(self, topic: str, partitions: int) -> None:
        """A topic of a floor; one that is there already stays as it is."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            if topic not in await admin.list_topics():
                await admin.create_topics([NewTopic(topic, partitions, 1)])
        finally:
            await admin.close()

    def fill(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> int:
        """Writes (key, value) records as fast as it goes, and waits until Kafka has them; how many."""
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "compression.type": "lz4",
            }
        )
        count = 0
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, value, key)
                    break
                except BufferError:
                    producer.poll(0.1)
            count += 1
            if count % 1_000 == 0:
                producer.poll(0)
        if producer.flush(60):
            raise RuntimeError(f"{topic} could not be filled")
        return count


def _partitions(partitions: int) -> dict[str, str]:
    return {"FLOWSERVE_PARTITIONS": str(partitions)}
