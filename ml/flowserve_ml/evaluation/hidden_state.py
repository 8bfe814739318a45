"""The hidden state of a terminal or card in the simulation: clean (0), or bad since 1 to n days."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def clean(owners: int, days_bad: int) -> Floats:
    """Everyone clean for sure; shape (owners, days_bad + 1), each row the chances of the states."""
    belief = np.zeros((owners, days_bad + 1))
    belief[:, 0] = 1.0
    return belief


def next_day(belief: Floats, chance: float) -> Floats:
    """The belief a day later: anyone turns bad (again) with `chance`, the longest bad ones become clean."""
    later = np.empty_like(belief)
    later[:, 2:] = belief[:, 1:-1]
    later[:, 0] = belief[:, 0] + belief[:, -1]
    later[:, 1] = 0.0
    later *= 1 - chance
    later[:, 1] = chance
    return later


def weigh(belief: Floats, log_ratio: Floats) -> Floats:
    """The belief after evidence that is exp(`log_ratio`) times as likely from a bad one, by owner."""
    weighed = belief.copy()
    weighed[:, 1:] *= np.exp(np.clip(log_ratio, -60, 60))[:, None]
    weighed /= weighed.sum(axis=1, keepdims=True)
    return weighed
