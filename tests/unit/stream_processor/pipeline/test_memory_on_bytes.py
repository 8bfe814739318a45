"""A memory folded on its bytes gives what unpacking, folding and packing give, and knows when not to."""

import pytest

from schemas.outcomes import FOLD_VERSION, Fold
from stream_processor.pipeline.memory import NOTHING, CustomerMemory, observed, restored
from tests.support.histories import DAY
from tests.support.records import NOW

OFFSET = 9


def at_once(ages: list[int], limit: int) -> CustomerMemory:
    """A memory of one transaction for each age, by way of objects."""
    memory = CustomerMemory()
    for number, age in enumerate(ages):
        memory.forget(limit)
        memory.history.observe(NOW - age, 1_000)
        memory.decided.add(number, -number, NOW - age, number)
    return memory


@pytest.mark.parametrize("ages", [[], [DAY], [40 * DAY, 2 * DAY, 0]])
def test_a_new_transaction_of_a_known_or_an_unknown_customer(ages: list[int]) -> None:
    limit = NOW - 30 * DAY
    memory = at_once(ages, NOW - 45 * DAY)
    found = observed(memory.pack() if ages else NOTHING, 77, 5, NOW, 2_000, OFFSET, limit)
    assert found is not None
    memory.forget(limit)
    features = memory.history.observe(NOW, 2_000)
    memory.decided.add(77, 5, NOW, OFFSET)
    history = memory.history
    assert found == (features, history.last_ratio, history.mean_sum, history.mean_count, memory.pack())


@pytest.mark.parametrize("ages", [[], [DAY], [40 * DAY, 2 * DAY, 0]])
def test_a_transaction_that_the_log_tells_of(ages: list[int]) -> None:
    limit = NOW - 30 * DAY
    memory = at_once(ages, NOW - 45 * DAY)
    fold = Fold(
        FOLD_VERSION, 3, NOW, at=NOW, cents=2_000, prediction=77, ratio=3.0, mean_sum=9.0, mean_count=4
    )
    packed = restored(memory.pack() if ages else NOTHING, fold, OFFSET, limit)
    memory.forget(limit)
    memory.restore(fold, OFFSET)
    assert packed == memory.pack()


def test_a_repeat_and_a_large_memory_are_left_to_the_objects() -> None:
    memory = at_once([DAY, 0], NOW - 45 * DAY)
    assert observed(memory.pack(), 1, 5, NOW, 2_000, OFFSET, 0) is None
    large = at_once(list(range(300, 0, -1)), NOW - 45 * DAY)
    fold = Fold(FOLD_VERSION, 3, NOW, at=NOW, prediction=999)
    assert observed(large.pack(), 999, 5, NOW, 2_000, OFFSET, 0) is None
    assert restored(large.pack(), fold, OFFSET, 0) is None
