"""What is remembered of one customer, and the features that follow from it.

The scorer folds live transactions with `observe` and rebuilds the same state from its log with `restore`;
mostly it does both on the packed bytes, in `packed`: what changes here changes there.
"""

from array import array
from bisect import bisect_right
from itertools import pairwise
from struct import Struct

import numpy as np

from flowserve_ml.features.definitions import (
    ANOMALY_RATIO,
    CAP_RATIO,
    DAY_SECONDS,
    HORIZON_SECONDS,
    MAX_REMEMBERED_ROWS,
    MIN_MEAN,
    PRIOR_MEAN,
    PRIOR_ROWS,
)

_NEVER = -(2**62)
_REBASE = 2**53  # totals start again from zero above this, so that 64 bits always suffice
_7_DAYS = 7 * DAY_SECONDS
_14_DAYS = 14 * DAY_SECONDS
_30_DAYS = 30 * DAY_SECONDS
_FEW_ROWS = 32  # below, a loop is quicker than numpy's overhead

# before, mean_sum, mean_count, last_time, last_ratio, dropped, number of rows, number of anomalies
_PACKED = Struct("<qdqqdqII")
_ROW_BYTES = 8


def last_time(packed: bytes) -> int:
    """The latest second that a packed history remembers, without unpacking it."""
    found: int = _PACKED.unpack_from(packed)[3]
    return found


class CustomerHistory:
    """Rows of one customer in time order (same second: log order) and the running mean of past amounts.

    `mean_sum`, `mean_count` and `last_ratio` belong into the record of each decided event: with them
    `restore` needs no look further back than the horizon. State equals a fold in log order only if `forget`
    is called at the same points of the log, live and in recovery: best before every event.
    """

    __slots__ = (
        "anomaly_times",
        "before",
        "dropped",
        "last_ratio",
        "last_time",
        "mean_count",
        "mean_sum",
        "ratios",
        "times",
        "totals",
    )

    def __init__(self) -> None:
        self.times = array("q")
        self.totals = array("q")  # cents up to and including each row: any window's sum is one subtraction
        self.before = 0  # the total before the oldest row
        self.ratios = array("d")
        self.anomaly_times = array("q")  # times of the rows above ANOMALY_RATIO: counting them is a bisection
        self.mean_sum = 0.0
        self.mean_count = 0
        self.last_time = _NEVER
        self.last_ratio = 0.0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CustomerHistory):
            return NotImplemented
        return self._compared() == other._compared()

    __hash__ = None  # type: ignore[assignment]  # mutable

    @property
    def cents(self) -> list[int]:
        """The amounts of the rows, base currency."""
        return [total - earlier for earlier, total in pairwise([self.before, *self.totals])]

    def observe(self, t: int, cents: int) -> tuple[float, ...]:
        """Fold a transaction at second `t` of `cents` (base currency) and return its CUSTOMER_FEATURES.

        Windows are (t - w, t], the transaction itself included; the ratio, the largest ratio and the
        anomalies look at earlier rows only. A late transaction gets the windows as of its own time.
        """
        if t - self.last_time >= HORIZON_SECONDS:
            self._restart_mean()
        amount = cents / 100
        usual = self.usual_amount()
        ratio = amount / usual
        times, totals = self.times, self.totals
        end = bisect_right(times, t)
        anomalies = self.anomaly_times
        recent_anomalies = 0
        if anomalies:
            recent_anomalies = bisect_right(anomalies, t) - bisect_right(anomalies, t - _14_DAYS)
        from_30 = bisect_right(times, t - _30_DAYS, 0, end)
        from_7 = bisect_right(times, t - _7_DAYS, from_30, end)
        from_1 = bisect_right(times, t - DAY_SECONDS, from_7, end)
        total = cents + (totals[end - 1] if end else self.before)
        sum_1 = total - (totals[from_1 - 1] if from_1 else self.before)
        sum_7 = total - (totals[from_7 - 1] if from_7 else self.before)
        sum_30 = total - (totals[from_30 - 1] if from_30 else self.before)
        count_1, count_7, count_30 = end - from_1 + 1, end - from_7 + 1, end - from_30 + 1
        largest = max(self.ratios[from_7:end]) if from_7 < end else 0.0

        self.mean_sum += min(amount, CAP_RATIO * usual)
        self.mean_count += 1
        self._remember(t, cents, ratio, end)
        return (
            float(count_1),
            sum_1 / (100 * count_1),
            float(count_7),
            sum_7 / (100 * count_7),
            float(count_30),
            sum_30 / (100 * count_30),
            ratio,
            largest,
            float(recent_anomalies),
        )

    def restore(self, t: int, cents: int, ratio: float, mean_sum: float, mean_count: int) -> None:
        """Fold an already decided transaction: its `last_ratio` and the mean as they stood after it."""
        self.mean_sum = mean_sum
        self.mean_count = mean_count
        self._remember(t, cents, ratio, bisect_right(self.times, t))

    def usual_amount(self) -> float:
        """Running mean of the past amounts in major units, eased in from PRIOR_MEAN."""
        if self.mean_count < PRIOR_ROWS:
            return (self.mean_sum + PRIOR_MEAN) / (self.mean_count + 1)
        return max(self.mean_sum / self.mean_count, MIN_MEAN)

    def forget(self, before: int) -> None:
        """Drop rows with time <= `before` (mark - HORIZON_SECONDS), and the mean with the last of them."""
        if self.times and self.times[0] <= before:
            self._drop_oldest(bisect_right(self.times, before))
        if self.last_time <= before:
            self._restart_mean()

    def pack(self) -> bytes:
        """Everything in 56 bytes and 24 for each row (8 more for an anomaly), for `unpack`."""
        head = _PACKED.pack(
            self.before,
            self.mean_sum,
            self.mean_count,
            self.last_time,
            self.last_ratio,
            self.dropped,
            len(self.times),
            len(self.anomaly_times),
        )
        columns = (self.times, self.totals, self.ratios, self.anomaly_times)
        return head + b"".join([column.tobytes() for column in columns])

    @classmethod
    def unpack(cls, packed: bytes) -> tuple["CustomerHistory", int]:
        """A history of its own from what `pack` gave, and where in `packed` it ended."""
        history = cls.__new__(cls)
        (
            history.before,
            history.mean_sum,
            history.mean_count,
            history.last_time,
            history.last_ratio,
            history.dropped,
            rows,
            anomalies,
        ) = _PACKED.unpack_from(packed)
        size, first = rows * _ROW_BYTES, _PACKED.size
        end = first + 3 * size + anomalies * _ROW_BYTES
        history.times = array("q", packed[first : first + size])
        history.totals = array("q", packed[first + size : first + 2 * size])
        history.ratios = array("d", packed[first + 2 * size : first + 3 * size])
        history.anomaly_times = array("q", packed[first + 3 * size : end])
        return history, end

    def _remember(self, t: int, cents: int, ratio: float, position: int) -> None:
        self.times.insert(position, t)
        self.totals.insert(position, cents + (self.totals[position - 1] if position else self.before))
        if len(self.totals) - position > _FEW_ROWS:
            np.frombuffer(self.totals, dtype=np.int64)[position + 1 :] += cents
        else:
            for later in range(position + 1, len(self.totals)):
                self.totals[later] += cents
        self.ratios.insert(position, ratio)
        if ratio > ANOMALY_RATIO:
            self.anomaly_times.insert(bisect_right(self.anomaly_times, t), t)
        self.last_ratio = ratio
        if t > self.last_time:
            self.last_time = t
        if len(self.times) > MAX_REMEMBERED_ROWS:
            self._drop_oldest(1)
            self.dropped += 1

    def _drop_oldest(self, count: int) -> None:
        anomalies = sum(1 for ratio in self.ratios[:count] if ratio > ANOMALY_RATIO)
        self.before = self.totals[count - 1]
        del self.times[:count], self.totals[:count], self.ratios[:count], self.anomaly_times[:anomalies]
        if self.before > _REBASE:
            self.totals = array("q", [total - self.before for total in self.totals])
            self.before = 0

    def _compared(self) -> tuple[object, ...]:
        """What makes two histories equal: totals may differ by what was forgotten before."""
        names = ("times", "cents", "ratios", "mean_sum", "mean_count", "last_time", "last_ratio", "dropped")
        return tuple(getattr(self, name) for name in names)

    def _restart_mean(self) -> None:
        self.mean_sum = 0.0
        self.mean_count = 0
