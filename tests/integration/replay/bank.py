"""A stranger's file, the replay of it in this process, and the table that comes of it."""

import io
import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from rich.console import Console

from cli.replay_arguments import parse
from flowserve_ml.errors import ArtifactError, InputError
from flowserve_ml.simulation.recipe import Recipe
from flowserve_ml.simulator import Transactions, simulate
from stream_processor.replay.history import ReplayError
from stream_processor.replay.run import replay
from stream_processor.replay.settings import ReplaySettings

Row = dict[str, Any]
CARD = "4111111111111111"


def row(number: int = 1, **changes: object) -> Row:
    """A row under our own names."""
    return {
        "transaction_id": f"tx-{number}",
        "customer_id": f"c-{number % 5}",
        "terminal_id": f"t-{number % 3}",
        "amount": 1_000 + number,
        "occurred_at": f"2026-03-{1 + number % 28:02d}T12:00:00Z",
        **changes,
    }


def rows(*changes: Row) -> list[Row]:
    """One row for each set of changes."""
    return [row(number, **fields) for number, fields in enumerate(changes, start=1)]


def write(path: Path, content: Iterable[Row]) -> Path:
    """The rows as CSV, Parquet or JSON lines, by the file's name; what a row lacks is missing."""
    listed = list(content)
    names = list({name: None for entry in listed for name in entry})
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(entry) + "\n" for entry in listed))
    elif path.suffix == ".csv":
        lines = [[str(entry.get(name, "")) for name in names] for entry in listed]
        path.write_text("".join(",".join(line) + "\n" for line in [names, *lines]))
    else:
        table = pa.table({name: [entry.get(name) for entry in listed] for name in names})
        pa.parquet.write_table(table, path)
    return path


@cache
def simulated() -> Transactions:
    """Some 3,000 transactions over 60 days, with frauds."""
    recipe = Recipe(
        customers=30, terminals=40, days=60, bad_terminals_per_day=1, lost_cards_per_day=1, reach=30.0
    )
    return simulate(recipe, date(2026, 3, 1), seed=3)


def bank_columns() -> dict[str, pa.Array]:
    """The simulated transactions as a bank may have them: whole numbers for ids, major units, naive times."""
    made = simulated()
    return {
        "ID": pa.array([1_000 + 3 * number for number in range(len(made))]),
        "CUST": pa.array(made.customers.tolist()),
        "TERM": pa.array(made.terminals.tolist()),
        "AMT": pa.array(made.cents / 100),
        "WHEN": pa.array(made.times.astype("datetime64[s]")),
        "LABEL": pa.array(made.is_fraud.astype("int8")),
    }


BANK_OPTIONS = (
    *("--map", "transaction_id=ID", "--map", "customer_id=CUST", "--map", "terminal_id=TERM"),
    *("--map", "amount=AMT", "--map", "occurred_at=WHEN", "--map", "is_fraud=LABEL"),
    *("--amount-unit", "major", "--label-delay", "7d"),
)


async def replayed(*words: object) -> str:
    """What the command says. Raises what it cannot do."""
    said = io.StringIO()
    await replay(parse([str(word) for word in words]), ReplaySettings(), Console(file=said))
    return said.getvalue()


async def refusal(*words: object) -> str:
    """Why the command does not do it; whatever it began, it wrote nothing."""
    try:
        await replayed(*words)
    except (ReplayError, InputError, ArtifactError) as error:
        return str(error)
    raise AssertionError("it was not refused")


def read(path: Path) -> list[Row]:
    """The scored table, row by row."""
    found: list[Row] = pa.parquet.read_table(path).to_pylist()
    return found


async def scores_of(path: Path, *words: object) -> list[Row]:
    """The scored table of a file."""
    output = path.with_name(path.name + ".scores.parquet")
    await replayed(path, *words, "--output", output)
    return read(output)
