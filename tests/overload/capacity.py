"""How much one API answers at most, as half of it is asked for later."""

from datetime import UTC, datetime

from benchmarks.load.caller import Caller
from benchmarks.load.calls import Calls
from benchmarks.load.target import Target

# Fewer than are let in whatever the pace, so that nobody is refused.
_CALLERS = 48
_WARM_SECONDS, _SECONDS = 5.0, 10.0
_BUDGET_SECONDS = 2.0


async def capacity(target: Target, key: str) -> float:
    """Answers a second to callers in a closed loop, once it is warm."""
    answered = 0
    for number, seconds in enumerate((_WARM_SECONDS, _SECONDS)):
        calls = Calls(f"capacity-{number}", target, key, number, datetime.now(UTC))
        caller = Caller(target, calls, _BUDGET_SECONDS)
        await caller.closed_loop(_CALLERS, seconds)
        await caller.close()
        answered = sum(call.status == 200 for call in caller.done)
    return answered / _SECONDS
