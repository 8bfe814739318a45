"""How often each score occurred on judged transactions, so that other thresholds need no scoring again."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import ArtifactError
from flowserve_ml.policy import DECIMALS, Policy

SCORES_FILE = "scores.json"
STEPS = 10**DECIMALS
"""Scores are counted in steps of a threshold's last decimal, rounded down: so no threshold cuts a step."""

Counts = Mapping[str, Mapping[str, int]]
"""Transactions by kind (`genuine` or the scenario of the fraud) and by score in steps, as text."""

_GENUINE = "genuine"
_EDGES = np.arange(STEPS + 1) / STEPS


def count_scores(
    scores: npt.NDArray[np.float64], scenario: npt.NDArray[np.int8], names: tuple[str, ...]
) -> Counts:
    """Counts of parallel arrays of shape (n,); `names` are those of the scenarios' codes."""
    steps = np.searchsorted(_EDGES, scores, side="right") - 1
    return {
        names[code]: {
            str(step): count for step, count in sorted(Counter(steps[scenario == code].tolist()).items())
        }
        for code in np.unique(scenario)
    }


def rates_at(counts: Counts, policy: Policy) -> dict[str, Any]:
    """Shares of transactions that are reviewed and declined, the frauds among them, and the share of each
    kind of fraud that is either; None where there are no such transactions."""
    review, decline = round(policy.review * STEPS), round(policy.decline * STEPS)
    everything = _between(counts, 0, STEPS + 1)
    reviewed, declined = _between(counts, review, decline), _between(counts, decline, STEPS + 1)
    return {
        "review_share": _share(reviewed.total(), everything.total(), 6),
        "decline_share": _share(declined.total(), everything.total(), 6),
        "review_precision": _share(reviewed.total() - reviewed[_GENUINE], reviewed.total()),
        "decline_precision": _share(declined.total() - declined[_GENUINE], declined.total()),
        "recall_by_scenario": {
            name: _share(reviewed[name] + declined[name], everything[name])
            for name in counts
            if name != _GENUINE
        },
    }


def read_counts(folder: Path) -> dict[str, Counts]:
    """Counts by the weeks that were judged, from a model folder; none if it has no SCORES_FILE.

    Raises ArtifactError if the file is damaged.
    """
    path = folder / SCORES_FILE
    try:
        document = json.loads(path.read_bytes())
        return {
            weeks: {
                kind: {str(int(step)): int(count) for step, count in steps.items()}
                for kind, steps in kinds.items()
            }
            for weeks, kinds in document.items()
        }
    except FileNotFoundError:
        return {}
    except (AttributeError, TypeError, ValueError) as error:
        raise ArtifactError(f"{path} does not count scores: {error}; restore it or remove it") from None


def _between(counts: Counts, first: int, end: int) -> Counter[str]:
    return Counter(
        {
            kind: sum(count for step, count in steps.items() if first <= int(step) < end)
            for kind, steps in counts.items()
        }
    )


def _share(part: int, whole: int, digits: int = 4) -> float | None:
    return round(part / whole, digits) if whole else None
