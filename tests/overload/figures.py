"""What came of one stretch of load."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load.caller import Call, Caller


@dataclass
class Point:
    """Rates are per second; times are milliseconds from the intended start of a call.

    `share` is the offered load in shares of the measured capacity. `given_up` had no answer in the budget.
    """

    name: str
    share: float
    offered: float
    goodput: float
    answered_202: float
    refused: float
    given_up: float
    other: dict[str, int]
    p50: float | None
    p99: float | None
    refused_p50: float | None
    refused_p99: float | None
    latest_start: float
    without_retry_after: int
    queue_p50: float | None = None
    queue_p99: float | None = None
    cpu: dict[str, float] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest rank, or None of nothing."""
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1) if ranked else None


def point(name: str, share: float, seconds: float, caller: Caller) -> Point:
    """Of all calls of a caller, which were intended within so many seconds."""
    codes = Counter(call.status for call in caller.done)
    took = {
        status: [call.seconds * 1_000 for call in caller.done if call.status == status and not call.unknown]
        for status in (200, 503)
    }
    unknown = sum(call.unknown for call in caller.done)
    codes[503] -= unknown
    rest = {str(code): count for code, count in codes.items() if code not in (0, 200, 202, 503)}
    rest |= {"503 publish_unknown": unknown} if unknown else {}
    return Point(
        name=name,
        share=share,
        offered=round(len(caller.done) / seconds, 1),
        goodput=round(codes[200] / seconds, 1),
        answered_202=round(codes[202] / seconds, 1),
        refused=round(codes[503] / seconds, 1),
        given_up=round(codes[0] / seconds, 1),
        other=rest,
        p50=percentile(took[200], 0.5),
        p99=percentile(took[200], 0.99),
        refused_p50=percentile(took[503], 0.5),
        refused_p99=percentile(took[503], 0.99),
        latest_start=round(caller.latest_start * 1_000, 1),
        without_retry_after=caller.without_retry_after,
    )


def recovered_after(calls: Sequence[Call], began: float, normal_ms: float) -> float | None:
    """Seconds from `began` to the first second with nothing but answers 200 and a p99 that is normal."""
    seconds: dict[int, list[Call]] = {}
    for call in calls:
        seconds.setdefault(int(call.intended - began), []).append(call)
    for second, those in sorted(seconds.items()):
        worst = percentile([call.seconds * 1_000 for call in those], 0.99)
        if worst is not None and worst <= normal_ms and all(call.status == 200 for call in those):
            return float(second)
    return None
