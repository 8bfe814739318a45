"""History from one Parquet file into another with scores, and what a longer history costs in memory."""

import asyncio
from pathlib import Path

from benchmarks.figures import Figure, Goal
from benchmarks.replay import OPTIONS, Ran, make_history, replay
from benchmarks.stage import Stage

_DAYS = (92, 184)
"""Both beyond the horizon of 45 days."""
_SHORT_DAYS = (60,)


async def files(stage: Stage) -> list[Figure]:
    """One run over each length, beside an idle Kafka: a replay makes way for live requests that wait."""
    await stage.fresh()
    ran = [await _run(stage, days) for days in (_SHORT_DAYS if stage.short else _DAYS)]
    longest = ran[-1]
    flat = [Goal("at most", 1.1, "half the history")] if len(ran) > 1 else []
    return [
        Figure(
            "replay",
            "Replay, Parquet to scored Parquet",
            "transactions/s",
            [one.per_second for one in ran],
            [Goal("at least", 40_000)],
        ),
        Figure(
            "replay-memory",
            f"Replay, most memory, {longest.transactions:,} transactions",
            "MB",
            [longest.most_mb],
            flat,
            {"half the history": [ran[0].most_mb]},
            "less",
        ),
        Figure(
            "replay-cpu",
            "Replay, CPU",
            "µs/transaction",
            [one.processor / one.transactions * 1e6 for one in ran],
            better="less",
        ),
    ]


async def _run(stage: Stage, days: int) -> Ran:
    source, output = Path(stage.data / f"{days}.parquet"), Path(stage.data / f"{days}-scored.parquet")
    count = await asyncio.to_thread(make_history, days, source)
    words = [str(source), *OPTIONS, "--output", str(output)]
    return await asyncio.to_thread(replay, words, stage.environment(), count)
