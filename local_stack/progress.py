"""The progress display: a live table on a terminal, one plain line for each event everywhere else."""

from time import monotonic
from typing import IO, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local_stack.board import Board, State

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

    def close(self) -> None:
        """Nothing is held back."""


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

    def close(self) -> None:
        self._live.stop()

    def _table(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for row in self._board.rows:
            mark, style = MARKS[row.state]
            seconds = f"{row.seconds(monotonic()):.1f} s" if row.since is not None else ""
            table.add_row(Text(mark, style), row.name, Text(row.state, style), seconds, Text(row.note, "dim"))
        return Group(table)


def progress_for(output: IO[str]) -> Progress:
    """The display that suits where the output goes."""
    return LiveProgress(Console(file=output)) if output.isatty() else PlainProgress(output)
