"""The words of the progress display."""

import io
import json
from pathlib import Path

from local_stack.board import Board, State
from local_stack.progress import PlainProgress, progress_for
from local_stack.summary import Summary


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


def test_progress_for_programs_is_a_json_object_a_line_and_the_last_has_the_addresses() -> None:
    output = io.StringIO()
    progress = progress_for(output, as_json=True)
    progress.change("kafka", State.WAITING)
    progress.change("kafka", State.STARTING)
    progress.change("kafka", State.READY)
    progress.say("a line")
    addresses = {"FLOWSERVE_KAFKA_BOOTSTRAP": "127.0.0.1:9092", "FLOWSERVE_API_KEY": "fs_x"}
    asked, answer = (
        {"transaction_id": "first", "customer_id": "c-first"},
        {"decision": "approve", "score": 0.1},
    )
    progress.up(Summary("http://127.0.0.1:8000", Path("/data"), addresses, asked, answer, 14.52))
    *changes, said, up = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [(each["part"], each["state"]) for each in changes] == [("kafka", "starting"), ("kafka", "ready")]
    assert said == {"said": "a line"}
    assert (up["up"], up["seconds"], up["url"]) == (True, 14.5, "http://127.0.0.1:8000")
    assert (up["addresses"], up["first_decision"]) == (addresses, answer)


def test_output_that_is_no_terminal_gets_the_plain_display() -> None:
    assert isinstance(progress_for(io.StringIO()), PlainProgress)
