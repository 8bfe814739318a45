"""The progress display: a live table on a terminal, one line for each event everywhere else."""

import json
from time import monotonic
from typing import IO, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local_stack.board import Board, State
from local_stack.summary import Summary

MARKS = {
    State.WAITING: ("·", "dim"),
    State.DOWNLOADING: ("↓", "cyan"),
    State.STARTING: ("…", "yellow"),
    State.READY: ("✓", "green"),
    State.FAILED: ("✗", "red"),
}


class Progress(Protocol):
    """What the stack tells its user."""

    def change(self, name: str, state: State, note: str = "") -> None:
        """A part has another state, or the same with another note."""

    def say(self, text: str) -> None:
        """A line that stays."""

    def up(self, summary: Summary) -> None:
        """Everything works."""

    def close(self) -> None:
        """Nothing changes any more; `say` still works."""


class PlainProgress:
    """One line for each change of state; notes alone are not worth a line."""

    def __init__(self, output: IO[str]) -> None:
        self._output = output
        self._board = Board()

    def change(self, name: str, state: State, note: str = "") -> None:
        if self._board.change(name, state, note) and state is not State.WAITING:
            self.say(self._board.line(name))

    def say(self, text: str) -> None:
        print(text, file=self._output, flush=True)

    def up(self, summary: Summary) -> None:
        self.say(summary.text())

    def close(self) -> None:
        """Nothing is held back."""


class JsonProgress:
    """One JSON object a line: `part` and `state` for each change, `said` for a line, `up` in the last."""

    def __init__(self, output: IO[str]) -> None:
        self._output = output
        self._board = Board()

    def change(self, name: str, state: State, note: str = "") -> None:
        if self._board.change(name, state, note) and state is not State.WAITING:
            row = next(each for each in self._board.rows if each.name == name)
            self._print({"part": name, "state": state, "note": note, "seconds": row.seconds(monotonic())})

    def say(self, text: str) -> None:
        self._print({"said": text})

    def up(self, summary: Summary) -> None:
        self._print(summary.facts())

    def close(self) -> None:
        """Nothing is held back."""

    def _print(self, told: dict[str, object]) -> None:
        print(json.dumps(told, ensure_ascii=False), file=self._output, flush=True)


class LiveProgress:
    """A table that is drawn again several times a second until `close`."""

    def __init__(self, console: Console) -> None:
        self._board = Board()
        self._console = console
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._table)
        self._live.start()

    def change(self, name: str, state: State, note: str = "") -> None:
        self._board.change(name, state, note)

    def say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)  # never wrapped: a curl line must stay pasteable

    def up(self, summary: Summary) -> None:
        self.say(summary.text())

    def close(self) -> None:
        self._live.stop()

    def _table(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for row in self._board.rows:
            mark, style = MARKS[row.state]
            seconds = f"{row.seconds(monotonic()):.1f} s" if row.since is not None else ""
            table.add_row(Text(mark, style), row.name, Text(row.state, style), seconds, Text(row.note, "dim"))
        return Group(table)


def progress_for(output: IO[str], as_json: bool = False) -> Progress:
    """The display that suits where the output goes, or the one for programs."""
    if as_json:
        return JsonProgress(output)
    return LiveProgress(Console(file=output)) if output.isatty() else PlainProgress(output)
