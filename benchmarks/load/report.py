"""What came of an offered load, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.figures import percentile
from benchmarks.load.caller import Call, Caller

_SHARES = (0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
_LATE_SECONDS = 0.05
_MEANING = {
    0: "given up or no connection",
    200: "decided",
    202: "accepted, decided later",
    401: "key refused",
    403: "key may not predict",
    422: "transaction refused",
    429: "rate limit of the key",
    503: "shed: overloaded or not ready",
}


def report(caller: Caller, seconds: float) -> str:
    """Of a caller whose calls were due within so many seconds."""
    return "\n".join(_lines(caller.done, seconds, caller.latest_start))


def _lines(calls: Sequence[Call], seconds: float, latest_start: float) -> Iterator[str]:
    yield f"{len(calls):,} calls in {seconds:g} s, {len(calls) / seconds:,.1f} a second"
    for status, count in sorted(Counter(call.status for call in calls).items()):
        name = f"{status or '-'} {_MEANING.get(status, '')}".strip()
        yield f"  {name:32} {count:>8,}  {count / len(calls):.2%}"
    answered = [call.seconds * 1e3 for call in calls if call.status == 200]
    if answered:
        yield "milliseconds from when a call was due to its decision:"
        yield "  " + "  ".join(f"p{share * 100:g} {percentile(answered, share):.1f}" for share in _SHARES)
    if latest_start > _LATE_SECONDS:
        yield f"A call waited up to {latest_start * 1e3:.0f} ms for its turn: all connections were taken, or"
        yield "this machine was too busy to call in time. That wait is part of the latencies above."
