"""What all floors compute: one single-threaded onnxruntime session, and a fold over a plain list."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

os.putenv("ORT_DISABLE_TELEMETRY", "1")  # as in flowserve_ml.runtime

import onnxruntime

_DAY_MS = 86_400_000
_CONSTANTS = np.array([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], np.float32)

History = list[list[int]]
"""[day, transactions, sum of amounts] of the last 30 days with transactions."""


class Scorer:
    """The session over the floors' model."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            model.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def rows(self, rows: Sequence[Sequence[float]] | Sequence[float]) -> list[float]:
        """Probabilities of feature rows, 9 numbers each; one flat row will do."""
        return self._run(np.asarray(rows, np.float32).reshape(-1, len(_CONSTANTS)))

    def amounts(self, amounts: Sequence[float]) -> list[float]:
        """Probabilities of rows that are constant but for the amount."""
        rows = np.tile(_CONSTANTS, (len(amounts), 1))
        rows[:, 0] = amounts
        return self._run(rows)

    def _run(self, rows: npt.NDArray[np.float32]) -> list[float]:
        probabilities: list[float] = self._session.run(["probabilities"], {"X": rows})[0][:, 1].tolist()
        return probabilities


def fold(history: History | None, transaction: dict[str, Any]) -> tuple[History, list[float]]:
    """The customer's history with this transaction, and its 9 features: counts and means of 1, 7, 30 days."""
    day, amount = transaction["occurred_at"] // _DAY_MS, transaction["amount"]
    history = [entry for entry in history if entry[0] > day - 30] if history else []
    features = [amount, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7, 0.8]
    for number, days in enumerate((1, 7, 30)):
        count = total = 0
        for on, transactions, amounts in history:
            if on > day - days:
                count += transactions
                total += amounts
        features[1 + 2 * number] = float(count)
        features[2 + 2 * number] = total / count if count else 0.0
    if history and history[-1][0] == day:
        history[-1] = [day, history[-1][1] + 1, history[-1][2] + amount]
    else:
        history.append([day, 1, amount])
    return history, features


class Batches:
    """Scores decoded transactions, either with constant features or with a plain dict that nothing keeps."""

    def __init__(self, model: Path, stateful: bool) -> None:
        self._scorer = Scorer(model)
        self._histories: dict[str, History] | None = {} if stateful else None

    def score(self, transactions: Sequence[dict[str, Any]]) -> list[float]:
        """One probability for each."""
        histories = self._histories
        if histories is None:
            return self._scorer.amounts([transaction["amount"] for transaction in transactions])
        rows = []
        for transaction in transactions:
            customer = transaction["customer_id"]
            histories[customer], features = fold(histories.get(customer), transaction)
            rows.append(features)
        return self._scorer.rows(rows)
