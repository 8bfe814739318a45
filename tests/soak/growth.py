"""Whether something grows: a line through the samples of one process."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

HOUR = 3_600.0


@dataclass(frozen=True)
class Growth:
    """Medians of the first and the last fifth, and the slope of the best line, an hour."""

    first: float
    last: float
    per_hour: float


def growth(points: Sequence[tuple[float, float]]) -> Growth:
    """Of (seconds, value) in the order of time; needs ten of them or more."""
    part = max(2, len(points) // 5)
    first, last = (median(value for _, value in some) for some in (points[:part], points[-part:]))
    slope = linear_regression([at for at, _ in points], [value for _, value in points]).slope
    return Growth(round(first, 1), round(last, 1), round(slope * HOUR, 1))
