"""How well scores rank frauds first: average precision over rows and precision among a day's top cards."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TOP_CARDS = 100


class RankedRows:
    """Rows sorted once by score, so that their average precision under many weights is cheap."""

    def __init__(self, scores: Floats, is_fraud: Flags) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._frauds = is_fraud[self._order].astype(float)
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))  # equal scores count at once

    def average_precision(self, weights: Floats | None = None) -> float:
        """Sum over the distinct scores of (recall step) x precision; NaN if no fraud has weight."""
        weight = np.ones(len(self._order)) if weights is None else weights[self._order]
        hits = np.cumsum(self._frauds * weight)[self._ends]
        flagged = np.cumsum(weight)[self._ends]
        if not hits[-1]:
            return float("nan")
        precision = np.divide(hits, flagged, out=np.zeros_like(hits), where=flagged > 0)
        return float((np.diff(hits, prepend=0.0) * precision).sum() / hits[-1])


@dataclass(frozen=True, slots=True)
class CardDay:
    """The cards of one day: highest score, whether any of the day's rows is a fraud, and the card itself."""

    scores: Floats
    frauds: Flags
    cards: npt.NDArray[np.int64]

    def precision(self, weights: Floats | None = None) -> tuple[float, float, float]:
        """Share of frauds among the TOP_CARDS highest: with ties in the worst, expected and best order."""
        weight = np.ones(len(self.cards)) if weights is None else weights
        room = min(float(TOP_CARDS), float(weight.sum()))
        if not room:
            return (float("nan"),) * 3
        order = np.argsort(-self.scores, kind="stable")
        last = order[np.searchsorted(np.cumsum(weight[order]), room)]
        above, tied = self.scores > self.scores[last], self.scores == self.scores[last]
        sure, left = (weight * self.frauds)[above].sum(), room - weight[above].sum()
        bad, all_tied = (weight * self.frauds)[tied].sum(), weight[tied].sum()
        expected = left * bad / all_tied
        worst, best = max(0.0, left - (all_tied - bad)), min(left, bad)
        return float((sure + worst) / room), float((sure + expected) / room), float((sure + best) / room)


def card_days(
    customers: npt.NDArray[np.int32], days: npt.NDArray[np.int64], scores: Floats, is_fraud: Flags
) -> list[CardDay]:
    """One entry per day, in order."""
    result = []
    for day in np.unique(days):
        today = days == day
        cards, place = np.unique(customers[today], return_inverse=True)
        highest, frauds = np.zeros(len(cards)), np.zeros(len(cards), dtype=bool)
        np.maximum.at(highest, place, scores[today])
        np.logical_or.at(frauds, place, is_fraud[today])
        result.append(CardDay(highest, frauds, cards.astype(np.int64)))
    return result
