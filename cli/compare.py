"""`flowserve compare`: the report on what a replay changes against another one, or against live."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.compare_arguments import LIVE, PRINTED, RUN, Comparison, parse
from cli.console import print_json
from cli.database import DONE, USAGE_ERROR, UsageError, run_connected
from stream_processor.provision.connection import Connection
from stream_processor.replay.report.elements import percent
from stream_processor.replay.report.figures import Figures
from stream_processor.replay.report.from_database import read_live, read_run
from stream_processor.replay.report.from_file import read_table
from stream_processor.replay.report.scored import ReportError, ScoredTable, between
from stream_processor.replay.report.write import write_report

FAILED = 1

_READ_SECONDS = 600


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 written, 1 there is nothing to compare or the database said no, 2 wrong use."""
    try:
        asked = parse(arguments)
    except UsageError as error:
        return _sorry(str(error), USAGE_ERROR)
    if all(source.endswith(".parquet") for source in asked.sources):
        return asyncio.run(_compare(asked, None))
    return asyncio.run(run_connected(lambda connection: _compare(asked, connection), _READ_SECONDS))


async def _compare(asked: Comparison, connection: "Connection | None") -> int:
    try:
        sides: list[ScoredTable] = []
        for source in asked.sources:
            sides.append(await _read(source, asked, connection, sides))
        candidate, baseline = sides[0], sides[1] if len(sides) > 1 else None
        file = None if asked.json == PRINTED else asked.json
        figures = write_report(candidate, baseline, asked.output, file, datetime.now(UTC))
    except ReportError as error:
        return _sorry(str(error), FAILED)
    except OSError as error:
        return _sorry(f"{error.filename or asked.output}: {error.strerror or error}", FAILED)
    if asked.json == PRINTED:
        print_json(figures)
        return DONE
    print(_summary(figures))
    for path in (asked.output, file):
        if path is not None:
            print(f"written: {path}")
    return DONE


async def _read(
    source: str, asked: Comparison, connection: "Connection | None", before: Sequence[ScoredTable]
) -> ScoredTable:
    """One side; live rows that are compared with something are read for the range of that."""
    if connection is None or source.endswith(".parquet"):
        return between(read_table(Path(source)), asked.first, asked.end)
    if source != LIVE:
        run = await read_run(connection, asked.client, source.removeprefix(RUN))
        return between(run, asked.first, asked.end)
    first, end = asked.first, asked.end
    if first is None and end is None and before:
        times = before[0].table["occurred_at"].dropna()
        if len(times):
            first = times.min().to_pydatetime()
            end = times.max().to_pydatetime() + timedelta(microseconds=1)
    return await read_live(connection, asked.client, first, end)


def _summary(figures: Figures) -> str:
    compared = figures["compared"]["transactions"]
    if "flips" not in figures:
        return f"{compared:,} scored transactions"
    flipped = figures["flips"]["flipped"]
    return (
        f"{compared:,} transactions compared: {flipped:,} decisions change ({percent(flipped, compared)}), "
        f"PSI {figures['shift']['psi']:.4f}"
    )


def _sorry(sentence: str, code: int) -> int:
    print(f"flowserve compare: {sentence}", file=sys.stderr)
    return code
