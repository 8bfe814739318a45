"""Features and model alone, in one process and without any Kafka: what is left when all around it is free."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from benchmarks.figures import Figure
from benchmarks.floors.score import Batches
from benchmarks.stage import Stage
from benchmarks.traffic import Asked, traffic
from flowserve_ml.features.customer import CustomerHistory
from flowserve_ml.features.terminal import UNSEEN_TERMINAL
from flowserve_ml.features.vector import feature_row
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder

_ROUNDS = 3
_RECORDS, _CUSTOMERS, _AT_ONCE = 100_000, 10_000, 500


async def features_and_model(stage: Stage) -> list[Figure]:
    """FlowServe's features and model, and those of the floors, over the same transactions."""
    asked = traffic("alone", stage.size(_RECORDS), _CUSTOMERS, datetime.now(UTC), repeats=0)
    model = Model.load(current_folder(Path("ml/models")))
    own: list[float] = []
    floor: list[float] = []
    for _ in range(stage.rounds(_ROUNDS)):
        floor.append(_floor(asked, Batches(stage.model, stateful=True)))
        own.append(_own(asked, model))
    return [
        Figure("alone", "Features and model alone", "transactions/s", own, floors={"simpler features": floor})
    ]


def _own(asked: Sequence[Asked], model: Model) -> float:
    histories: dict[str, CustomerHistory] = {}
    began = time.perf_counter()
    for first in range(0, len(asked), _AT_ONCE):
        rows = []
        for one in asked[first : first + _AT_ONCE]:
            history = histories.get(one.customer_id)
            if history is None:
                history = histories[one.customer_id] = CustomerHistory()
            rows.append(feature_row(history, UNSEEN_TERMINAL, one.at, one.amount))
        model.score(np.array(rows)).tolist()
    return len(asked) / (time.perf_counter() - began)


def _floor(asked: Sequence[Asked], batches: Batches) -> float:
    parsed = [orjson.loads(one.plain()) for one in asked]
    began = time.perf_counter()
    for first in range(0, len(parsed), _AT_ONCE):
        batches.score(parsed[first : first + _AT_ONCE])
    return len(asked) / (time.perf_counter() - began)
