"""`up`: starts the stack, sends a first transaction, says where everything is, stays until told to stop."""

import asyncio
import json
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic

import httpx

from local_stack import api, secret
from local_stack.board import State
from local_stack.errors import PartFailed
from local_stack.folder import prepare
from local_stack.lock import Lock
from local_stack.pidfile import end_orphans
from local_stack.progress import Progress
from local_stack.settings import Settings
from local_stack.stack import Stack
from local_stack.summary import Summary

FIRST = "first transaction"
DECISION_SECONDS = 60.0
ADDRESSES = (
    "FLOWSERVE_KAFKA_BOOTSTRAP",
    "FLOWSERVE_API_HOST",
    "FLOWSERVE_API_PORT",
    "FLOWSERVE_DATA_DIR",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGPASSWORD",
    "PGDATABASE",
)


async def up(settings: Settings, inherited: Mapping[str, str], progress: Progress) -> None:
    """Returns after a clean stop by SIGINT or SIGTERM. Raises PartFailed, everything stopped by then."""
    prepare(settings.data)
    lock = Lock(settings.data / "up.lock")
    lock.take()
    try:
        for name in end_orphans(settings.data / "run"):
            progress.say(f"{name}: left over from a run that was killed; ended")
        await _run(Stack(settings, inherited, progress), progress, _stop_signal())
    finally:
        lock.release()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _run(stack: Stack, progress: Progress, stop: asyncio.Event) -> None:
    starting = asyncio.create_task(_start(stack, progress))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await stopping
    finally:
        progress.close()
        starting.cancel()
        stopping.cancel()
        began = monotonic()
        progress.say("stopping ...")
        await stack.stop()
        progress.say(f"stopped after {monotonic() - began:.1f} s")


async def _start(stack: Stack, progress: Progress) -> None:
    began = monotonic()
    await stack.start()
    progress.change(FIRST, State.STARTING)
    transaction = api.first_transaction(datetime.now(UTC))
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=api.WAIT_SECONDS + 5) as client:
        try:
            key, prediction = await api.key_and_decision(
                client, stack.environment, stack.key_file, transaction, DECISION_SECONDS, stack.check
            )
        except PartFailed:
            progress.change(FIRST, State.FAILED)
            raise
    progress.change(FIRST, State.READY)
    progress.close()
    known = addresses(stack) | {"FLOWSERVE_API_KEY": key}
    secret.store(stack.data / "secrets" / "addresses.json", json.dumps(known, indent=1))
    progress.up(Summary(stack.api_url, stack.data, known, transaction, prediction, monotonic() - began))


def addresses(stack: Stack) -> dict[str, str]:
    """What a command beside the running stack needs in its environment to use it."""
    return {name: stack.environment[name] for name in ADDRESSES if name in stack.environment}
