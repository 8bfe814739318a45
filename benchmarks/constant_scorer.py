"""The scorer's delivery alone: the real worker, transport, actors and log, around constant features.

Only in this process the pure pipeline (`decide`) is replaced by what the stateless floors do with a batch:
decode, one model call on rows that are constant but for the amount, and a small answer. It takes the
scorer's own settings.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from flowserve_ml.features.definitions import FEATURES
from stream_processor.pipeline.decide import DecidedBatch
from stream_processor.pipeline.envelope import Record
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.rules import Rules
from stream_processor.pipeline.state import Draft, PartitionState
from stream_processor.scorer import actor
from stream_processor.scorer.__main__ import main

_AMOUNT = FEATURES.index("amount")
_CONSTANTS = np.linspace(0.0, 0.8, len(FEATURES))
_decode, _encode = msgspec.json.decode, msgspec.json.encode


def decide(records: Sequence[Record], state: PartitionState, rules: Rules, now_ms: int) -> DecidedBatch:
    """A score for every record, and nothing to remember."""
    transactions = [_decode(record.value or b"") for record in records]
    rows = np.tile(_CONSTANTS, (len(transactions), 1))
    rows[:, _AMOUNT] = [transaction["amount"] for transaction in transactions]
    scores = rules.model.score(rows).tolist()
    return DecidedBatch(
        [
            _result(record, transaction["transaction_id"], score)
            for record, transaction, score in zip(records, transactions, scores, strict=True)
        ],
        Draft(state),
        [],
    )


def _result(record: Record, transaction_id: str, score: float) -> Result:
    value = _encode({"transaction_id": transaction_id, "score": score})
    return Result(record, "scored", record.key, value, [], None, None, 0)


if __name__ == "__main__":
    actor.decide = decide  # type: ignore[attr-defined]  # imported there, not part of it
    main()
