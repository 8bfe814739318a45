"""What commands print: tables for people, JSON for programs; and a sentence where something does not go."""

import json
import sys
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from cli.database import UsageError
from cli.kafka import KafkaUnavailable
from flowserve_client import FlowServeError
from flowserve_ml.errors import ArtifactError, InputError

DONE, FAILED, USAGE, NOT_ALL, INTERRUPTED = 0, 1, 2, 3, 130

COLOURS = {"approve": "green", "review": "yellow", "decline": "red", "ok": "green", "look": "yellow"}
_WIDE = 200


class Failed(Exception):
    """A command cannot go on; the message says why and what to do."""


def carry_out(name: str, act: Callable[[], int]) -> int:
    """The command's exit code; what people can mend is one sentence on standard error."""
    try:
        return act()
    except UsageError as error:
        return _sorry(name, error, USAGE)
    except (Failed, KafkaUnavailable, FlowServeError, InputError, ArtifactError, OSError) as error:
        return _sorry(name, error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Fits the terminal; into a file or a pipe every cell is whole."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table)


def print_json(value: object) -> None:
    """One document, or one line of a stream of them."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("[", "\\[")
    colour = COLOURS.get(text) or ("red" if text == "bad" else None)
    return f"[{colour}]{text}[/]" if colour else text


def _sorry(name: str, error: Exception, code: int) -> int:
    print(f"flowserve {name}: {error}", file=sys.stderr)
    return code
