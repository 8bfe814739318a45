"""`flowserve dlq`: carries out what was asked and prints it, for people or as JSON."""

import asyncio
import heapq
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence

from cli.database import DONE, USAGE_ERROR, UsageError
from cli.dead_letters import show
from cli.dead_letters.arguments import Asked, List, Redrive, Show, parse
from cli.dead_letters.letter import Letter
from cli.dead_letters.log import LetterLog, Note, open_log
from cli.dead_letters.plan import Plan, Terms, make_plan
from cli.dead_letters.redrive import redrive
from cli.kafka import KafkaUnavailable, kafka_errors, kafka_settings, open_producer
from schemas.settings import ProcessSettings
from stream_processor.client_list import read_clients
from stream_processor.pipeline.clients import ClientBook

FAILED, NO_SUCH_LETTER, INTERRUPTED = 1, 3, 130
_WIDE = 1_000


def main(arguments: Sequence[str]) -> int:
    """The exit code; what went wrong is a sentence on standard error."""
    try:
        asked = parse(arguments)
        with kafka_errors():
            return asyncio.run(_run(asked, kafka_settings()))
    except (UsageError, KafkaUnavailable) as error:
        print(f"flowserve dlq: {error}", file=sys.stderr)
        return USAGE_ERROR if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        print("\nflowserve dlq: interrupted; the same command goes on", file=sys.stderr)
        return INTERRUPTED


async def _run(asked: Asked, settings: ProcessSettings) -> int:
    async with open_log(settings) as log:
        if isinstance(asked, List):
            return await _list(log, asked)
        if isinstance(asked, Show):
            return await _show(log, asked)
        return await _redrive(log, asked, settings)


async def _list(log: LetterLog, asked: List) -> int:
    newest: list[tuple[int, int, int, Letter]] = []
    redriven: dict[tuple[int, int], int] = {}
    codes: Counter[str] = Counter()
    for partition in asked.filters.partitions(log.partitions):
        async for entry in log.read(partition, asked.filters):
            if isinstance(entry, Note):
                redriven[partition, entry.letter_offset] = entry.at_ms
                continue
            codes[entry.code] += 1
            heapq.heappush(newest, (entry.at_ms, partition, entry.offset, entry))
            if len(newest) > asked.limit > 0:
                heapq.heappop(newest)
    letters = [entry for *_, entry in sorted(newest, key=lambda found: found[:3])]
    if asked.as_json:
        places = [redriven.get((letter.partition, letter.offset)) for letter in letters]
        rows = [show.as_dict(letter, at) for letter, at in zip(letters, places, strict=True)]
        print(show.dump(rows))
        return DONE
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    print(show.table(letters, redriven, width))
    print(f"{len(letters):,} of {codes.total():,} letters. {show.by_code(codes)}", file=sys.stderr)
    return DONE


async def _show(log: LetterLog, asked: Show) -> int:
    letter = await log.find(asked.partition, asked.offset)
    if letter is None:
        where = f"{asked.partition}/{asked.offset}"
        print(f"flowserve dlq: there is no letter {where}; see `flowserve dlq list`", file=sys.stderr)
        return NO_SUCH_LETTER
    print(show.dump(show.as_whole_dict(letter)) if asked.as_json else show.page(letter))
    return DONE


async def _redrive(log: LetterLog, asked: Redrive, settings: ProcessSettings) -> int:
    clients = ClientBook()
    for name, active in (await read_clients(settings)).items():
        clients.note(name, active)
    now_ms = time.time_ns() // 1_000_000
    terms = Terms(clients, log.request_partitions, now_ms, asked.most, asked.again)
    plan = await make_plan(log, asked.filters, terms)
    print(show.plan_text(plan), file=sys.stderr)
    redriven = 0 if asked.dry_run else await _put_back(log, plan, asked.rate, settings)
    if asked.as_json:
        print(show.dump(show.plan_dict(plan, redriven)))
    elif asked.dry_run:
        print("nothing was put back: --dry-run")
    else:
        print(f"redriven {redriven:,}, skipped {plan.left.total():,}")
    return DONE


async def _put_back(log: LetterLog, plan: Plan, rate: float, settings: ProcessSettings) -> int:
    redriven = 0

    def done(count: int) -> None:
        nonlocal redriven
        redriven += count
        if sys.stderr.isatty():
            print(f"\r{redriven:,} of {plan.total:,} put back", end="", file=sys.stderr, flush=True)

    if plan.total:
        try:
            async with open_producer(settings) as producer:
                await redrive(log, plan, producer, rate, done)
        finally:
            if sys.stderr.isatty():
                print(file=sys.stderr)
            if redriven < plan.total:
                print(f"{redriven:,} were put back so far", file=sys.stderr)
    return redriven
