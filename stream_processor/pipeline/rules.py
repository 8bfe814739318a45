"""What a batch is decided by beside the state: the model, the limits, and who may ask."""

from dataclasses import dataclass

from flowserve_ml.runtime import Model
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.declines import DeclineLimit
from stream_processor.pipeline.terminals import TerminalBook


@dataclass(frozen=True)
class Rules:
    """Swapped between batches, never within one."""

    model: Model
    terminals: TerminalBook
    partitions: int
    reply_partitions: int
    clients: ClientBook
    decline_limit: DeclineLimit | None = None
