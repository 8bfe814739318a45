"""Which labels are due, and never more of them at once than were asked for."""

from flowserve_ml.features.definitions import HORIZON_SECONDS, LABEL_DELAY_SECONDS
from stream_processor.pipeline.labels import NOTHING_PUBLISHED, REPLAYED_OFFSETS, Labels, Published
from stream_processor.pipeline.unlabelled import Unlabelled
from tests.support.records import NOW


def scored(count: int) -> list[Unlabelled]:
    return [Unlabelled(NOW + place, place, "default", "t-1", place, False) for place in range(count)]


def due(labels: Labels, published: Published, most: int) -> list[int]:
    """Their offsets."""
    found = labels.due(NOW + 100 + LABEL_DELAY_SECONDS, published, most)
    return [entry.offset for entry, _ in found]


def test_no_more_are_taken_than_asked_for_though_some_were_published_before() -> None:
    labels = Labels()
    labels.scored(scored(8))
    published = Published(NOW + LABEL_DELAY_SECONDS, 1)
    assert due(labels, published, 2) == [1, 2]
    assert due(labels, published, 3) == [3, 4, 5]
    assert due(labels, published, 3) == [6, 7]


def test_of_a_warm_up_the_time_alone_tells_what_is_published() -> None:
    labels = Labels()
    labels.scored([entry._replace(offset=REPLAYED_OFFSETS | entry.offset) for entry in scored(2)])
    assert due(labels, Published(NOW + LABEL_DELAY_SECONDS, 0), 9) == [REPLAYED_OFFSETS | 1]


def test_what_could_not_be_published_waits_again_with_its_label() -> None:
    labels = Labels()
    labels.scored(scored(2))
    labels.reported(1, NOW + 5, True)
    until = NOW + 100 + LABEL_DELAY_SECONDS
    taken = labels.due(until, NOTHING_PUBLISHED, 9)
    assert [fraud for _, fraud in taken] == [False, True]
    assert labels.due(until, NOTHING_PUBLISHED, 9) == []
    labels.put_back(taken)
    assert labels.due(until, NOTHING_PUBLISHED, 9) == taken


def test_a_report_whose_transaction_never_came_is_kept_as_long_as_the_horizon() -> None:
    labels = Labels()
    for reported_at, is_fraud in ((NOW - 5, False), (NOW - 3, False), (NOW, True)):
        labels.reported(1, reported_at, is_fraud)
    labels.forget(NOW + HORIZON_SECONDS - 1)
    assert labels.content()[1] == {1: ((NOW - 5, False), (NOW - 3, False), (NOW, True))}
    labels.forget(NOW + HORIZON_SECONDS)
    assert labels.content()[1] == {}


def test_a_report_about_an_earlier_transaction_of_the_same_id_is_no_report_about_this_one() -> None:
    due_at = NOW + LABEL_DELAY_SECONDS
    for age, is_fraud in ((HORIZON_SECONDS, False), (HORIZON_SECONDS - 1, True)):
        labels = Labels()
        labels.reported(0, due_at - age, True)
        labels.scored(scored(1))
        ((_, label),) = labels.due(due_at, NOTHING_PUBLISHED, 9)
        assert label is is_fraud
