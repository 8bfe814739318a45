"""The words of the progress display."""

import io

from local_stack.board import Board, State
from local_stack.progress import PlainProgress, progress_for


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_part_is_ready_after_the_seconds_since_it_left_waiting() -> None:
    clock = Clock()
    board = Board(clock)
    board.change("kafka", State.WAITING)
    clock.now += 50
    board.change("kafka", State.DOWNLOADING, "some.jar")
    clock.now += 2
    board.change("kafka", State.STARTING)
    clock.now += 1.4
    board.change("kafka", State.READY)
    clock.now += 1000
    assert board.line("kafka") == "kafka: ready after 3.4 s"


def test_a_note_alone_is_no_change_of_state() -> None:
    board = Board(Clock())
    assert board.change("kafka", State.DOWNLOADING, "a.jar")
    assert not board.change("kafka", State.DOWNLOADING, "b.jar")
    assert board.line("kafka") == "kafka: downloading (b.jar)"
    assert board.change("kafka", State.STARTING)


def test_parts_stay_in_the_order_in_which_they_were_announced() -> None:
    board = Board(Clock())
    for name in ("kafka", "postgres", "api"):
        board.change(name, State.WAITING)
    board.change("api", State.STARTING)
    board.change("kafka", State.READY)
    assert [row.name for row in board.rows] == ["kafka", "postgres", "api"]


def test_plain_progress_is_one_line_for_each_change() -> None:
    output = io.StringIO()
    progress = PlainProgress(output)
    progress.change("kafka", State.WAITING)
    progress.change("kafka", State.DOWNLOADING, "45 MB")
    progress.change("kafka", State.DOWNLOADING, "one.jar")
    progress.change("kafka", State.FAILED)
    progress.say("a line")
    lines = output.getvalue().splitlines()
    assert lines == ["kafka: downloading (45 MB)", "kafka: failed after 0.0 s", "a line"]


def test_output_that_is_no_terminal_gets_the_plain_display() -> None:
    assert isinstance(progress_for(io.StringIO()), PlainProgress)
