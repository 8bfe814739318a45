"""One thing that was looked at, and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "look", "bad"]


@dataclass(frozen=True)
class Check:
    """`ok`; `look`: works, but somebody should look; `bad`: does not work. `todo` says what helps."""

    part: str
    state: State
    detail: str
    todo: str = ""


Look = Callable[[], Awaitable[list[Check]]]


async def looked(part: str, look: Look, todo: str, seconds: float) -> list[Check]:
    """What a look finds. One that fails or takes longer than `seconds` is bad, whatever the reason."""
    try:
        async with asyncio.timeout(seconds):
            return await look()
    except TimeoutError:
        return [Check(part, "bad", f"no answer within {seconds:g} s", todo)]
    except Exception as error:
        why = str(error).splitlines()[0] if str(error) else ""
        return [Check(part, "bad", f"{type(error).__name__}{': ' if why else ''}{why}", todo)]
