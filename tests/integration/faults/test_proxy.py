"""The proxy between a client and an echo: every kind of weather does what it says."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.servers import Proxied


@pytest.fixture
async def proxy(tmp_path: Path, inherited: Mapping[str, str]) -> AsyncIterator[Proxied]:
    talking: set[asyncio.Task[None] | None] = set()

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.current_task())
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    proxied = Proxied("echo", tmp_path, server.sockets[0].getsockname()[1], inherited)
    await proxied.start()
    yield proxied
    proxied.process.kill()  # which ends every connection to the server
    await asyncio.gather(*(task for task in talking if task is not None))
    server.close()


async def said(proxy: Proxied, data: bytes, seconds: float = 5) -> bytes:
    """What comes back, up to the end of the connection or of the patience."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    heard = b""
    try:
        writer.write(data)
        async with asyncio.timeout(seconds):
            while len(heard) < len(data) and (chunk := await reader.read(65_536)):
                heard += chunk
    except (ConnectionError, TimeoutError):
        pass
    finally:
        writer.close()
    return heard


async def test_in_fine_weather_everything_passes(proxy: Proxied) -> None:
    data = bytes(range(256)) * 4_000
    assert await said(proxy, data) == data


async def test_latency_is_paid_in_both_directions(proxy: Proxied) -> None:
    await proxy.tell(latency_ms=150)
    began = time.monotonic()
    assert await said(proxy, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.3


async def test_a_blackhole_swallows_until_the_weather_clears(proxy: Proxied) -> None:
    await proxy.tell(blackhole=True)
    assert await said(proxy, b"hello", seconds=0.5) == b""
    await proxy.clear()
    assert await said(proxy, b"hello") == b"hello"


async def test_a_connection_is_cut_after_so_many_bytes_and_a_new_one_is_whole(proxy: Proxied) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    await proxy.tell(cut_after=3)
    writer.write(b"abcdefgh")
    heard = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(5):
            while chunk := await reader.read(100):
                heard += chunk
    assert heard in (b"", b"abc")
    writer.close()
    assert await said(proxy, b"hello") == b"hello"


async def test_a_reset_ends_every_connection(proxy: Proxied) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    await proxy.tell(reset=True)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
