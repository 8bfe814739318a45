"""What waits for its label in one partition: scored transactions, and the reports about them."""

from heapq import heappop, heappush
from typing import NamedTuple

from flowserve_ml.features.definitions import HORIZON_SECONDS, LABEL_DELAY_SECONDS


class Waiting(NamedTuple):
    """A scored transaction. `at` in seconds since 1970 UTC, `offset` of its request, 64 bits of its id."""

    at: int
    offset: int
    client_id: str
    terminal_id: str
    prediction: int
    ordinary: bool


class Progress(NamedTuple):
    """Whatever was due at `due_until` (seconds) and lies below request offset `below` is published."""

    due_until: int
    below: int


NOTHING_PUBLISHED = Progress(-(2**62), 0)


def due_at(waiting: Waiting) -> int:
    """The second at which the label is final: a report counts until then, that second included."""
    return waiting.at + LABEL_DELAY_SECONDS


class Labels:
    """A fold over the partition's `predictions` and `feedback`."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._reports: dict[int, tuple[tuple[int, bool], ...]] = {}
        self.feedback_end = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def scored(self, waiting: Waiting) -> None:
        """A transaction was decided; its label is due seven days after it."""
        heappush(self._waiting, waiting)

    def reported(self, prediction: int, reported_at: int, is_fraud: bool) -> None:
        """A report arrived, perhaps before its transaction; `reported_at` is the broker's second."""
        self._reports[prediction] = (*self._reports.get(prediction, ()), (reported_at, is_fraud))

    def due(self, until: int, published: Progress, most: int) -> list[tuple[Waiting, bool]]:
        """Takes out `most` transactions whose label is due at `until`, with their labels, oldest first.

        Those that a former owner of the partition has published are dropped.
        """
        found: list[tuple[Waiting, bool]] = []
        while len(found) < most and self._waiting and due_at(self._waiting[0]) <= until:
            entry = heappop(self._waiting)
            label = self._label(entry)
            done = due_at(entry) <= published.due_until and entry.offset < published.below
            if not done:
                found.append((entry, label))
        return found

    def put_back(self, entries: list[tuple[Waiting, bool]]) -> None:
        """They could not be published after all."""
        for entry, is_fraud in entries:
            heappush(self._waiting, entry)
            if is_fraud:
                self._reports[entry.prediction] = ((entry.at, True),)

    def forget(self, before: int) -> None:
        """Drops reports up to `before` whose transactions never came."""
        late = [key for key, reports in self._reports.items() if reports[-1][0] <= before - HORIZON_SECONDS]
        for key in late:
            del self._reports[key]

    def _label(self, entry: Waiting) -> bool:
        """Fraud iff the last report that came in time says so; a later one does not change the terminal."""
        reports = [
            is_fraud
            for reported_at, is_fraud in self._reports.pop(entry.prediction, ())
            if reported_at <= due_at(entry)
        ]
        return bool(reports) and reports[-1]
