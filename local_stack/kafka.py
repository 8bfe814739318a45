"""Apache Kafka, one node (KRaft: broker and controller in one process), on a folder and a port of its own."""

import asyncio
import base64
import subprocess
import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from local_stack.errors import PartFailed
from local_stack.proc import wait_until
from local_stack.process import Process
from schemas.kafka_ends import started

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ANSWER_SECONDS = 2.0

# The broker session is short because after a SIGKILL the controller refuses the new broker until the session
# of the old one has run out. The idle interval is long because records that say nothing, two a second, were a
# third of what a broker costs that nobody uses.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.enable=true
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=10000
metadata.max.idle.interval.ms=5000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
"""

LOGGING = """\
Configuration:
  Appenders:
    Console: {name: STDOUT, PatternLayout: {pattern: "[%d] %p %m (%c)%n"}}
  Loggers:
    Root: {level: WARN, AppenderRef: [{ref: STDOUT}]}
"""
# What runs for a second gains nothing from the optimizing compiler.
_FOR_A_MOMENT = "-XX:TieredStopAtLevel=1"


class Kafka:
    """A broker whose folder, ports and data outlive it: it may be stopped, killed and started again.

    `data` is the stack's data folder; the broker uses `data/kafka` and `data/logs/kafka.log`. `properties` go
    above ours, such as more listeners and an authorizer.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        controller_port: int,
        java: Path,
        jars: Sequence[Path],
        environment: Mapping[str, str],
        properties: Mapping[str, str] | None = None,
    ) -> None:
        data = data.absolute()
        self._extra = "".join(f"{name}={value}\n" for name, value in (properties or {}).items())
        self.port = port
        self.controller_port = controller_port
        self._folder = data / "kafka"
        self._environment = dict(environment)
        class_path = ":".join(str(jar) for jar in jars)
        self._java = [
            str(java),
            "-Xms128m",
            "-Xmx512m",
            f"-Dlog4j2.configurationFile={self._folder / 'log4j2.yaml'}",
            "-cp",
            class_path,
        ]
        self.process = Process(
            "kafka",
            [*self._java, "kafka.Kafka", str(self._properties)],
            self._environment,
            data / "logs" / "kafka.log",
            folder=self._folder,
            pid_file=data / "run" / "kafka.pid",
        )

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process.alive

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def start(self, seconds: float = START_SECONDS) -> None:
        """Formats a fresh folder, starts the broker and waits until it answers. Raises PartFailed."""
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        """As `start`, without the wait."""
        if self.alive:
            return
        logs = self._folder / "log"
        self._folder.mkdir(parents=True, exist_ok=True)
        names = {"port": self.port, "controller_port": self.controller_port, "logs": logs}
        self._properties.write_text(PROPERTIES.format(**names) + self._extra)
        (self._folder / "log4j2.yaml").write_text(LOGGING)
        if not (logs / "meta.properties").exists():
            self._format()
        self.process.start()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Waits until the broker answers and knows itself as a member. Raises PartFailed when it does not."""
        if wait_until(lambda: not self.alive or answers(self.bootstrap), seconds) and self.alive:
            return
        code = self.process.exit_code
        why = f"did not answer within {seconds:.0f} s" if code is None else f"ended with exit code {code}"
        tail = self.process.log_tail()
        self.process.kill()
        raise PartFailed("kafka", why, tail)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """A clean stop, by SIGKILL when it takes longer than so many seconds."""
        self.process.stop(seconds)

    def kill(self) -> None:
        self.process.kill()

    def pause(self) -> None:
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        java, *options = self._java
        command = [java, _FOR_A_MOMENT, *options, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        command += [f"--cluster-id={cluster}", "--config", str(self._properties)]
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=START_SECONDS
        )
        if done.returncode != 0:
            tail = (done.stdout + done.stderr).splitlines()[-20:]
            raise PartFailed("kafka", "its data folder could not be formatted", tail)


def answers(bootstrap: str) -> bool:
    """Whether a broker at this address negotiates versions and has at least one broker in its cluster."""
    result: list[bool] = []
    # In a thread, because the caller may already run an event loop (an async test, the supervisor).
    thread = threading.Thread(target=lambda: result.append(asyncio.run(_answers(bootstrap))))
    thread.start()
    thread.join()
    return result == [True]


async def _answers(bootstrap: str) -> bool:
    host, port = bootstrap.rsplit(":", 1)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()  # a cheap look first: a refused connection would cost the client a second
            client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=1000)
            async with started(client):
                return bool((await client.describe_cluster())["brokers"])
    except (OSError, KafkaError, TimeoutError):
        return False
