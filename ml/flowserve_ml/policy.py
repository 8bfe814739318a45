"""From a score to a decision; thresholds come from the manifest, apart from the model."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Decision = Literal["approve", "review", "decline"]

DECIMALS = 4
"""Of a threshold: it is read and compared by people."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Scores from `review` on are looked at by a person, from `decline` on they are refused.

    Raises ValueError unless 0 < review < decline <= 1.
    """

    review: float
    decline: float

    def __post_init__(self) -> None:
        if not 0 < self.review < self.decline <= 1:
            raise ValueError(
                f"thresholds must satisfy 0 < review < decline <= 1, not {self.review}, {self.decline}"
            )

    def decide(self, score: float) -> Decision:
        """The decision for a probability of fraud; raises ValueError for anything that is none."""
        if not 0 <= score <= 1:
            raise ValueError(f"a score is a probability between 0 and 1, not {score}")
        if score >= self.decline:
            return "decline"
        return "review" if score >= self.review else "approve"

    def decisions(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
        """`decide` of each, for a whole history at once; a test holds the two together."""
        if not ((scores >= 0) & (scores <= 1)).all():
            raise ValueError("scores are probabilities between 0 and 1")
        found = np.full(len(scores), "approve", dtype=object)
        found[scores >= self.review] = "review"
        found[scores >= self.decline] = "decline"
        return found
