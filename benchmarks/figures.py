"""A figure: what was measured in each round, what its floors did in the same rounds, and its goals."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["at least", "at most"]


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest rank: the least value that at least `share` (0 to 1) of all do not exceed.

    Raises ValueError for no values.
    """
    if not values:
        raise ValueError("a percentile of nothing")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True)
class Goal:
    """`bound` is for the figure itself, or for its ratio to the floor of this name."""

    kind: Kind
    bound: float
    floor: str = ""


@dataclass(frozen=True)
class Figure:
    """One value for each round, of a floor too: round n of both ran one after the other."""

    name: str
    title: str
    unit: str
    rounds: list[float]
    goals: list[Goal] = field(default_factory=list)
    floors: dict[str, list[float]] = field(default_factory=dict)
    better: Literal["more", "less"] = "more"

    @property
    def median(self) -> float:
        """Of the rounds."""
        return statistics.median(self.rounds)

    def floor(self, name: str) -> float:
        """The median of a floor."""
        return statistics.median(self.floors[name])

    def ratio(self, name: str) -> float:
        """The median of the rounds' ratios to a floor: what slows both down in one round cancels out."""
        return statistics.median(
            own / floor for own, floor in zip(self.rounds, self.floors[name], strict=True)
        )

    def reached(self, goal: Goal) -> bool:
        """Whether the median meets it."""
        value = self.ratio(goal.floor) if goal.floor else self.median
        return value >= goal.bound if goal.kind == "at least" else value <= goal.bound
