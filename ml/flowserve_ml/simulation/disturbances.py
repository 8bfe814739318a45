"""What real files suffer and a simulation does not: rows that arrive late or twice, and wrong labels."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from flowserve_ml.errors import InputError
from flowserve_ml.simulation.frauds import GENUINE, OTHER_FRAUD
from flowserve_ml.simulator import Transactions

_LATEST_SECONDS = 6 * 3_600
_REPEATED_WITHIN_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Disturbances:
    """Shares of all rows that arrive late and that arrive twice, and of all frauds whose label is wrong.

    Raises InputError for a share outside of 0 to 1, 1 excluded.
    """

    late: float = 0.0
    duplicates: float = 0.0
    label_noise: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) < 1:
                raise InputError(
                    f"{field.name} must be at least 0 and below 1, not {getattr(self, field.name)}"
                )


def mislabelled(transactions: Transactions, share: float, seed: int) -> Transactions:
    """The same with `share` of the frauds never reported and as many genuine transactions reported."""
    rng = np.random.default_rng([seed, 1])
    scenario = transactions.scenario.copy()
    frauds, genuine = np.flatnonzero(scenario != GENUINE), np.flatnonzero(scenario == GENUINE)
    count = min(round(share * len(frauds)), len(genuine))
    scenario[rng.choice(frauds, count, replace=False)] = GENUINE
    scenario[rng.choice(genuine, count, replace=False)] = OTHER_FRAUD
    return replace(transactions, scenario=scenario)


def arrival_order(
    times: npt.NDArray[np.int64], disturbances: Disturbances, seed: int
) -> npt.NDArray[np.intp]:
    """Row numbers in the order of arrival. Late rows come up to six hours after their time, a row that comes
    twice does so within an hour; the others come in time order, as `times` are."""
    rng = np.random.default_rng([seed, 2])
    count = len(times)
    late = rng.random(count) < disturbances.late
    arrival = times + late * rng.integers(1, _LATEST_SECONDS + 1, count)
    again = np.flatnonzero(rng.random(count) < disturbances.duplicates)
    repeated = arrival[again] + rng.integers(0, _REPEATED_WITHIN_SECONDS + 1, len(again))
    numbers = np.concatenate([np.arange(count), again])
    order: npt.NDArray[np.intp] = numbers[np.argsort(np.concatenate([arrival, repeated]), kind="stable")]
    return order
