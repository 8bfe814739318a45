"""A fault of the campaign: its row in the matrix, how it is done, and how often."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.faults.lab import Size
from tests.faults.scene import Scene

Inject = Callable[[Scene], Awaitable[None]]

# In which forms of the campaign a fault takes part; each form has those of the form before it, too.
Tier = Literal["short", "middle", "full"]


@dataclass(frozen=True)
class Fault:
    """`what` completes the sentence "While traffic runs, …". `by` is whose backlog tells of recovery.

    In the full form a run injects it `repeats` times, each time after progress and up to recovery.
    `needs` gives the reason why it cannot be done on this machine, if there is one; with `may_stop` a process
    may complain and stop loudly, to be started anew.
    """

    row: str
    name: str
    what: str
    inject: Inject
    repeats: int = 2
    tier: Tier = "full"
    by: Literal["scorer", "sink"] = "scorer"
    size: Size = field(default_factory=Size)
    small_disk: bool = False
    may_stop: bool = False
    needs: Callable[[], str] = lambda: ""
