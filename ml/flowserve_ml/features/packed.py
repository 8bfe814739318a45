"""`CustomerHistory` folded on its packed bytes: unpacking and packing cost more than one transaction does.

Takes the common case only, a transaction that is the customer's latest, and gives exactly what unpacking,
`forget`, `observe` or `restore`, and packing give; a property test holds the two together. Any other case is
None, and the caller unpacks.
"""

from bisect import bisect_right
from struct import Struct
from typing import Final

from flowserve_ml.features.customer import (
    _7_DAYS,
    _14_DAYS,
    _30_DAYS,
    _PACKED,
    _REBASE,
    _ROW_BYTES,
    CustomerHistory,
)
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

NOTHING_PACKED: Final = CustomerHistory().pack()
"""The history of a customer who is not known yet."""

_HEAD: Final = _PACKED.size
_WHOLE, _REAL = Struct("<q").pack, Struct("<d").pack
_WHOLE_AT = Struct("<q").unpack_from

Pieces = tuple[bytes, ...]
"""Joined they are the packed history that follows."""

Observed = tuple[tuple[float, ...], float, float, int, Pieces, int]
"""CUSTOMER_FEATURES; last_ratio, mean_sum and mean_count after it; the pieces; where the history ended."""


def observed(packed: bytes, t: int, cents: int, forget: int) -> Observed | None:
    """`forget`, then `observe` of `CustomerHistory`, for a transaction at second `t` that is not late."""
    before, mean_sum, mean_count, last_time, _, dropped, rows, anomalies = _PACKED.unpack_from(packed)
    if t < last_time or rows >= MAX_REMEMBERED_ROWS:
        return None
    if last_time <= forget or t - last_time >= HORIZON_SECONDS:
        mean_sum, mean_count = 0.0, 0
    amount = cents / 100
    if mean_count < PRIOR_ROWS:
        usual = (mean_sum + PRIOR_MEAN) / (mean_count + 1)
    else:
        usual = max(mean_sum / mean_count, MIN_MEAN)
    ratio = amount / usual
    mean_sum += min(amount, CAP_RATIO * usual)
    mean_count += 1

    totals_at = _HEAD + rows * _ROW_BYTES
    ratios_at = totals_at + rows * _ROW_BYTES
    view = memoryview(packed)
    times = view[_HEAD:totals_at].cast("q")
    gone = bisect_right(times, forget) if rows and times[0] <= forget else 0
    from_30 = bisect_right(times, t - _30_DAYS, gone)
    from_7 = bisect_right(times, t - _7_DAYS, from_30)
    from_1 = bisect_right(times, t - DAY_SECONDS, from_7)
    # The total before row n is the total of row n - 1, and lies right before it.
    totals_before = totals_at - _ROW_BYTES
    total = cents + (_WHOLE_AT(packed, totals_before + rows * _ROW_BYTES)[0] if rows else before)
    sum_30 = total - (_WHOLE_AT(packed, totals_before + from_30 * _ROW_BYTES)[0] if from_30 else before)
    sum_7 = total - (_WHOLE_AT(packed, totals_before + from_7 * _ROW_BYTES)[0] if from_7 else before)
    sum_1 = total - (_WHOLE_AT(packed, totals_before + from_1 * _ROW_BYTES)[0] if from_1 else before)
    count_1, count_7, count_30 = rows - from_1 + 1, rows - from_7 + 1, rows - from_30 + 1
    anomalies_at = ratios_at + rows * _ROW_BYTES
    largest = 0.0
    if from_7 < rows:
        largest = max(view[ratios_at + from_7 * _ROW_BYTES : anomalies_at].cast("d"))
    recent = 0
    if anomalies:
        anomaly_times = view[anomalies_at : anomalies_at + anomalies * _ROW_BYTES].cast("q")
        recent = anomalies - bisect_right(anomaly_times, max(t - _14_DAYS, forget))
    head = (before, mean_sum, mean_count, t, ratio, dropped, rows, anomalies)
    pieces = _appended(packed, head, gone, total)
    if pieces is None:
        return None
    features = (
        float(count_1),
        sum_1 / (100 * count_1),
        float(count_7),
        sum_7 / (100 * count_7),
        float(count_30),
        sum_30 / (100 * count_30),
        ratio,
        largest,
        float(recent),
    )
    return features, ratio, mean_sum, mean_count, pieces, anomalies_at + anomalies * _ROW_BYTES


def restored(
    packed: bytes, t: int, cents: int, ratio: float, mean_sum: float, mean_count: int, forget: int
) -> tuple[Pieces, int] | None:
    """`forget`, then `restore` of `CustomerHistory`: the pieces, and where the history ended in `packed`."""
    before, _, _, last_time, _, dropped, rows, anomalies = _PACKED.unpack_from(packed)
    if t < last_time or rows >= MAX_REMEMBERED_ROWS:
        return None
    totals_at = _HEAD + rows * _ROW_BYTES
    gone = 0
    if rows and _WHOLE_AT(packed, _HEAD)[0] <= forget:
        gone = bisect_right(memoryview(packed)[_HEAD:totals_at].cast("q"), forget)
    total = cents + (_WHOLE_AT(packed, totals_at + (rows - 1) * _ROW_BYTES)[0] if rows else before)
    head = (before, mean_sum, mean_count, t, ratio, dropped, rows, anomalies)
    pieces = _appended(packed, head, gone, total)
    return None if pieces is None else (pieces, totals_at + (2 * rows + anomalies) * _ROW_BYTES)


_Head = tuple[int, float, int, int, float, int, int, int]


def _appended(packed: bytes, head: _Head, gone: int, total: int) -> Pieces | None:
    """Without the first `gone` rows, and with a last one of `total`; `head` counts the rows of before."""
    before, mean_sum, mean_count, t, ratio, dropped, rows, anomalies = head
    totals_at = _HEAD + rows * _ROW_BYTES
    ratios_at = totals_at + rows * _ROW_BYTES
    anomalies_at = ratios_at + rows * _ROW_BYTES
    end = anomalies_at + anomalies * _ROW_BYTES
    skipped = gone * _ROW_BYTES
    forgotten = 0
    if gone:
        before = _WHOLE_AT(packed, totals_at + skipped - _ROW_BYTES)[0]
        if before > _REBASE:
            return None
        if anomalies:
            ratios = memoryview(packed)[ratios_at : ratios_at + skipped].cast("d")
            forgotten = sum(1 for each in ratios if each > ANOMALY_RATIO)
    unusual = ratio > ANOMALY_RATIO
    kept = (rows - gone + 1, anomalies - forgotten + unusual)
    return (
        _PACKED.pack(before, mean_sum, mean_count, t, ratio, dropped, *kept),
        packed[_HEAD + skipped : totals_at],
        _WHOLE(t),
        packed[totals_at + skipped : ratios_at],
        _WHOLE(total),
        packed[ratios_at + skipped : anomalies_at],
        _REAL(ratio),
        packed[anomalies_at + forgotten * _ROW_BYTES : end],
        _WHOLE(t) if unusual else b"",
    )
