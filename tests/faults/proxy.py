"""`python -m tests.faults.proxy LISTEN TARGET CONTROL KIND`: a TCP proxy on the loopback with bad weather.

LISTEN, TARGET and CONTROL are ports, KIND is `kafka` or `plain`. The control port takes a JSON object a line:
fields of `Weather`; {"reset": true} to cut every connection; {"cut_after": n} to cut each once n more bytes
went to its client; for Kafka {"fail": [api, error code, answers]}. It answers with the weather of now.
"""

import asyncio
import json
import socket
import struct
import sys
from dataclasses import asdict, dataclass, field, replace

from tests.faults.kafka_errors import Frames, Orders

_CHUNK = 16_384
_QUEUE = 64


@dataclass(frozen=True)
class Weather:
    """Milliseconds that each direction takes, bytes a second (0: no bound), and whether nothing passes."""

    latency_ms: float = 0
    bytes_per_second: float = 0
    blackhole: bool = False
    refuse: bool = False


@dataclass(eq=False)
class Link:
    """One client's connection. `left` bytes may still go to the client before it is cut; None: no bound."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    left: int | None = None
    frames: Frames | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def reset(self) -> None:
        """Cuts both sides with RST: what was under way is gone."""
        for writer in (self.client, self.server):
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()


class Proxy:
    """Passes bytes between its clients and one target port."""

    def __init__(self, target: int, kafka: bool) -> None:
        self._target = target
        self._kafka = kafka
        self._orders = Orders()
        self._weather = Weather()
        self._open = asyncio.Event()
        self._open.set()
        self._links: set[Link] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until either side ends."""
        if self._weather.refuse:
            writer.transport.abort()
            return
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(writer, server, frames=Frames(self._orders) if self._kafka else None)
        self._links.add(link)
        link.tasks = [
            asyncio.create_task(self._pass(reader, server, link, False)),
            asyncio.create_task(self._pass(from_server, writer, link, True)),
        ]
        await asyncio.wait(link.tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in link.tasks:
            task.cancel()
        await asyncio.gather(*link.tasks, return_exceptions=True)
        self._links.discard(link)
        writer.close()
        server.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, to_client: bool
    ) -> None:
        """Reads on while earlier bytes are still under way, so that latency does not bound the rate."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUE)
        delivery = asyncio.create_task(self._deliver(under_way, writer, link, to_client))
        loop = asyncio.get_running_loop()
        try:
            while chunk := await reader.read(_CHUNK):
                await under_way.put((loop.time() + self._weather.latency_ms / 1_000, chunk))
        except OSError:
            return
        finally:
            delivery.cancel()

    async def _deliver(
        self,
        under_way: "asyncio.Queue[tuple[float, bytes]]",
        writer: asyncio.StreamWriter,
        link: Link,
        to_client: bool,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await self._open.wait()
            if link.frames is not None and to_client:
                chunk = link.frames.answer(chunk)
            elif link.frames is not None:
                link.frames.request(chunk)
            if to_client and link.left is not None:
                link.left -= len(chunk)
                if link.left < 0:
                    writer.write(chunk[: link.left])
                    await asyncio.sleep(0.01)  # lets the first part of the answer arrive
                    link.reset()
                    return
            writer.write(chunk)
            await writer.drain()
            if self._weather.bytes_per_second:
                await asyncio.sleep(len(chunk) / self._weather.bytes_per_second)

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Obeys one command a line."""
        while line := await reader.readline():
            self._obey(json.loads(line))
            writer.write(json.dumps(asdict(self._weather) | {"to_fail": self._orders.left}).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _obey(self, command: dict[str, object]) -> None:
        if command.pop("reset", False):
            for link in list(self._links):
                link.reset()
        fail = command.pop("fail", None)
        if isinstance(fail, list):
            self._orders.api, self._orders.code, self._orders.left = fail
        cut = command.pop("cut_after", None)
        if isinstance(cut, int):
            for link in self._links:
                link.left = cut
        self._weather = replace(self._weather, **command)  # type: ignore[arg-type]
        if self._weather.blackhole:
            self._open.clear()
        else:
            self._open.set()


async def main(listen: int, target: int, control: int, kafka: bool) -> None:
    """Runs until it is killed."""
    proxy = Proxy(target, kafka)
    servers = [
        await asyncio.start_server(proxy.accept, "127.0.0.1", listen),
        await asyncio.start_server(proxy.control, "127.0.0.1", control),
    ]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    listen, target, control = (int(port) for port in sys.argv[1:4])
    asyncio.run(main(listen, target, control, sys.argv[4] == "kafka"))
