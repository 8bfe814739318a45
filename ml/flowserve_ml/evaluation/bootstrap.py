"""Confidence intervals by resampling cards: rows of one card are no independent witnesses."""

import numpy as np
import numpy.typing as npt

from flowserve_ml.evaluation.ranking import CardDay, RankedRows

Floats = npt.NDArray[np.float64]

RESAMPLES = 200
_LEVELS = (2.5, 97.5)
Interval = list[float]
"""Lower and upper end of the 95 % interval."""


def card_weights(cards: int, seed: int) -> list[Floats]:
    """How often each of `cards` cards is drawn, for every resample; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return [
        np.bincount(rng.integers(0, cards, cards), minlength=cards).astype(float) for _ in range(RESAMPLES)
    ]


def precision_interval(
    weeks: list[RankedRows], customers: list[npt.NDArray[np.int32]], weights: list[Floats]
) -> Interval:
    """Of the mean of the weeks' average precision; `customers` are those of each week's rows."""
    return _interval(
        [
            float(
                np.mean(
                    [week.average_precision(drawn[who]) for week, who in zip(weeks, customers, strict=True)]
                )
            )
            for drawn in weights
        ]
    )


def card_precision_interval(days: list[CardDay], weights: list[Floats]) -> Interval:
    """Of the mean of the days' card precision, ties in expected order."""
    return _interval(
        [float(np.mean([day.precision(drawn[day.cards])[1] for day in days])) for drawn in weights]
    )


def _interval(values: list[float]) -> Interval:
    return [round(float(level), 4) for level in np.nanpercentile(values, _LEVELS)]
