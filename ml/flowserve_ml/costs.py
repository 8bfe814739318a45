"""What decisions cost, and the thresholds that follow: change the costs, and no model needs training."""

import math
from dataclasses import dataclass

from flowserve_ml.policy import DECIMALS, Policy


@dataclass(frozen=True, slots=True)
class Costs:
    """Major units of the base currency: of a review, of a genuine customer declined, of a fraud approved;
    `found_in_review` is the share of reviewed frauds that the analyst recognises.

    Raises ValueError if no cost is positive, or if under these costs nothing would be worth a review.
    """

    review: float
    false_decline: float
    missed_fraud: float
    found_in_review: float

    def __post_init__(self) -> None:
        costs = (self.review, self.false_decline, self.missed_fraud)
        if not all(0 < cost < math.inf for cost in costs) or not 0 < self.found_in_review <= 1:
            raise ValueError(f"costs must be above 0 and found_in_review at most 1, not {self}")
        self.policy()

    def policy(self) -> Policy:
        """The decision of least expected cost for a fraud probability p.

        Approving costs p x missed_fraud, a review costs itself and what it overlooks, declining costs
        (1 - p) x false_decline; the thresholds lie where two of these are equal.
        """
        overlooked = self.missed_fraud * (1 - self.found_in_review)
        review = self.review / (self.missed_fraud - overlooked)
        decline = (self.false_decline - self.review) / (self.false_decline + overlooked)
        if not 0 < review < decline:
            raise ValueError(
                f"under {self} nothing is worth a review (from {review:.4f}, decline from {decline:.4f}): "
                "lower the cost of a review or raise the others"
            )
        return Policy(review=round(review, DECIMALS), decline=round(decline, DECIMALS))
