"""What waits for its label in one partition: scored transactions, and the reports about them."""

from collections.abc import Iterable
from typing import NamedTuple

from flowserve_ml.features.definitions import HORIZON_SECONDS, LABEL_DELAY_SECONDS
from stream_processor.pipeline.unlabelled import Unlabelled, UnlabelledRows


class Published(NamedTuple):
    """Whatever was due at `due_until` (seconds) and lies below request offset `below` is published."""

    due_until: int
    below: int


Reports = dict[int, tuple[tuple[int, bool], ...]]
"""By 64 bits of the transaction's id: (reported_at in seconds, is_fraud) in the order of `feedback`."""

NOTHING_PUBLISHED = Published(-(2**62), 0)

REPLAYED_OFFSETS = 1 << 47
"""Offsets from here on are no requests': a warm-up gives them to what it folds. It publishes what is due, and
whoever owns the partition afterwards the rest, so `due_until` alone tells what of it is published."""


def due_at(entry: Unlabelled) -> int:
    """The second at which the label is final: a report counts until then, that second included."""
    return entry.at + LABEL_DELAY_SECONDS


class Labels:
    """A fold over the partition's `predictions` and `feedback`."""

    def __init__(
        self, unlabelled: UnlabelledRows | None = None, reports: Reports | None = None, feedback_end: int = 0
    ) -> None:
        self.unlabelled = unlabelled if unlabelled is not None else UnlabelledRows()
        self._reports = reports if reports is not None else {}
        self.feedback_end = feedback_end

    def content(self) -> tuple[dict[int, bytes], Reports, int]:
        """What another `Labels` is made of to be equal to this one."""
        return self.unlabelled.content(), self._reports.copy(), self.feedback_end

    def scored(self, entries: Iterable[Unlabelled]) -> None:
        """Transactions were decided; the label of each is due seven days after it."""
        self.unlabelled.add(entries)

    def reported(self, prediction: int, reported_at: int, is_fraud: bool) -> None:
        """A report arrived, perhaps before its transaction; `reported_at` is the broker's second."""
        self._reports[prediction] = (*self._reports.get(prediction, ()), (reported_at, is_fraud))

    def due(self, until: int, published: Published, most: int) -> list[tuple[Unlabelled, bool]]:
        """Takes out `most` transactions whose label is due at `until`, with their labels, oldest first.

        Those that a former owner of the partition has published are dropped.
        """
        found: list[tuple[Unlabelled, bool]] = []
        last = until - LABEL_DELAY_SECONDS
        while len(found) < most and (entries := self.unlabelled.take(last, most - len(found))):
            for entry in entries:
                label = self._label(entry) if entry.prediction in self._reports else False
                waited = published.below <= entry.offset < REPLAYED_OFFSETS
                if due_at(entry) > published.due_until or waited:
                    found.append((entry, label))
        return found

    def put_back(self, entries: list[tuple[Unlabelled, bool]]) -> None:
        """They could not be published after all."""
        self.scored(entry for entry, _ in entries)
        for entry, is_fraud in entries:
            if is_fraud:
                self._reports[entry.prediction] = ((entry.at, True),)

    def forget(self, before: int) -> None:
        """Drops reports up to `before` whose transactions never came."""
        late = [key for key, reports in self._reports.items() if reports[-1][0] <= before - HORIZON_SECONDS]
        for key in late:
            del self._reports[key]

    def _label(self, entry: Unlabelled) -> bool:
        """Fraud iff the last report that came in time says so; a later one does not change the terminal.

        One that is older than the horizon was of a transaction before it that had the same id.
        """
        due = due_at(entry)
        reports = [
            is_fraud
            for reported_at, is_fraud in self._reports.pop(entry.prediction)
            if due - HORIZON_SECONDS < reported_at <= due
        ]
        return bool(reports) and reports[-1]
