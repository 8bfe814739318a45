"""The tour: a stack of its own, load through both doors, a killed scorer, and the account."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from cli.demo.account import Account, read_back, scored_before, settle
from cli.demo.fault import kill_and_time
from cli.demo.load import RestLoad, Transaction, call_rest, write_kafka
from cli.demo.report import Tour, print_report
from flowserve_ml.generate import transactions
from local_stack.api import make_key
from local_stack.errors import PartFailed
from local_stack.folder import erase, prepare
from local_stack.progress import progress_for
from local_stack.settings import Settings
from local_stack.stack import Stack
from schemas.settings import ProcessSettings

REST, KAFKA, CLIENTS = 2_000, 50_000, 16


def run_demo(inherited: Mapping[str, str]) -> int:
    """0 when everything adds up, 1 when something does not or a part failed."""
    settings = Settings(data_dir=Path(".flowserve/demo"))
    erase(settings.data)
    prepare(settings.data)
    try:
        code = asyncio.run(_run(settings, inherited))
    except PartFailed as error:
        print(error, file=sys.stderr)
        return 1
    erase(settings.data)
    return code


async def _run(settings: Settings, inherited: Mapping[str, str]) -> int:
    console, starting = Console(), progress_for(sys.stdout)
    stack = Stack(settings, inherited, starting)
    try:
        await stack.start()
        starting.close()
        key = await asyncio.to_thread(make_key, stack.environment)
        async with httpx.AsyncClient(
            base_url=stack.api_url, headers={"Authorization": f"Bearer {key}"}, timeout=35
        ) as client:
            tour, account = await _tour(stack, client, console)
        print_report(console, tour, account)
        return 1 if account.faults(REST + KAFKA) or tour.rest.failed else 0
    finally:
        await stack.stop()


async def _tour(stack: Stack, client: httpx.AsyncClient, console: Console) -> tuple[Tour, Account]:
    now = datetime.now(UTC)
    rest = list(transactions(REST, 200, 400, 1, now))
    kafka = list(transactions(KAFKA, 2_000, 4_000, 2, now))
    sent = {transaction["transaction_id"] for transaction in (*rest, *kafka)}
    before = await scored_before(client)
    console.print(f"\n{REST:,} transactions over REST ({CLIENTS} clients), {KAFKA:,} straight into Kafka")
    began = time.monotonic()
    load, recovery = await _drive(stack, client, console, rest, kafka)
    account = await settle(client, len(sent), before)
    seconds = time.monotonic() - began
    await read_back(client, account, sent)
    return Tour(load, KAFKA, recovery, seconds), account


async def _drive(
    stack: Stack,
    client: httpx.AsyncClient,
    console: Console,
    rest: list[Transaction],
    kafka: list[Transaction],
) -> tuple[RestLoad, float]:
    """Both doors at once; half-way through the Kafka load the scorer is killed."""
    columns = (TextColumn("{task.description:12}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    settings = ProcessSettings(kafka_bootstrap=stack.environment["FLOWSERVE_KAFKA_BOOTSTRAP"])
    half_way = asyncio.Event()
    with Progress(*columns, console=console) as progress:
        bars = {
            name: progress.add_task(name, total=total) for name, total in (("REST", REST), ("Kafka", KAFKA))
        }

        def advance(name: str) -> Callable[[], None]:
            def step() -> None:
                progress.advance(bars[name])
                if progress.tasks[bars["Kafka"]].completed >= KAFKA / 2:
                    half_way.set()

            return step

        async def kill() -> float:
            await half_way.wait()
            return await kill_and_time(stack.processes["scorer-0"], settings)

        load, _, recovery = await asyncio.gather(
            call_rest(client, rest, CLIENTS, advance("REST")),
            write_kafka(settings, kafka, advance("Kafka")),
            kill(),
        )
    return load, recovery
