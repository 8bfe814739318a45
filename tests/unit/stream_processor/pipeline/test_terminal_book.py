"""The book of terminals: whose rows are the same, how far a partition is published, and what is dropped."""

from flowserve_ml.features.definitions import HORIZON_SECONDS, MATURITY_SECONDS, SLACK_SECONDS
from schemas.terminal_history import VERSION, Matured
from stream_processor.pipeline.labels import NOTHING_PUBLISHED, Published
from stream_processor.pipeline.terminals import TerminalBook
from tests.support.records import NOW


def matured(partition: int, offset: int, at: int = NOW, fraud: bool = True, terminal: str = "t-1") -> Matured:
    return Matured(VERSION, "default", terminal, at, fraud, True, partition, offset, at + 100, offset)


def frauds(book: TerminalBook) -> float:
    """Ordinary ones of the terminal's run."""
    return book.view("default", "t-1", NOW + MATURITY_SECONDS)[2]


def test_rows_of_one_second_count_once_for_each_place_in_each_partition() -> None:
    book = TerminalBook()
    for partition, offset in ((0, 5), (1, 5), (0, 6), (0, 5), (1, 5)):
        book.add(matured(partition, offset))
    assert (len(book), frauds(book)) == (1, 3.0)


def test_a_row_is_known_again_by_its_partition_above_the_48_bits_of_its_offset() -> None:
    book = TerminalBook()
    book.add(matured(3, 5))
    book.fold("default\0t-1", NOW, True, True, 3 << 48 | 5)  # as a snapshot of another day has it
    assert frauds(book) == 1.0


def test_how_far_a_partition_is_published_only_goes_forward() -> None:
    book = TerminalBook()
    assert book.published(1) == NOTHING_PUBLISHED
    for offset in (3, 7, 5):
        book.add(matured(1, offset, NOW + offset))
    assert book.published(1) == Published(NOW + 107, 7)
    assert book.published(0) == NOTHING_PUBLISHED


def test_settling_drops_the_terminals_that_nobody_can_see_any_more_and_keeps_the_others() -> None:
    book = TerminalBook()
    book.add(matured(0, 1, NOW, fraud=False, terminal="t-old"))
    book.add(matured(0, 2, NOW + 1))
    book.settle(NOW + HORIZON_SECONDS + SLACK_SECONDS - 1)
    assert len(book) == 2
    book.settle(NOW + HORIZON_SECONDS + SLACK_SECONDS)
    assert [key for key, _ in book.content()[0]] == ["default\0t-1"]
