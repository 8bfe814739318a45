"""What a redrive would do with each letter: put it back, or leave it for a reason that is said before."""

from collections import Counter
from dataclasses import dataclass, field

from cli.dead_letters.filters import Filters
from cli.dead_letters.letter import Letter
from cli.dead_letters.log import LetterLog, Note
from schemas.problems import Refusal
from stream_processor.pipeline.admit import admit, partition_of
from stream_processor.pipeline.clients import ClientBook
from stream_processor.pipeline.envelope import read_envelope
from stream_processor.pipeline.state import Draft, PartitionState

REDRIVEN = "redriven already"
REPEAT = "another letter of the same record"


@dataclass(frozen=True)
class Terms:
    """By what letters are judged. `most` redrives of a record, `again` also those that a note speaks of."""

    clients: ClientBook
    partitions: int
    now_ms: int
    most: int
    again: bool


@dataclass
class Plan:
    """Offsets to put back by partition, in log order, and how many letters stay by reason."""

    chosen: dict[int, list[int]] = field(default_factory=dict)
    left: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many go back."""
        return sum(len(offsets) for offsets in self.chosen.values())


@dataclass(frozen=True, slots=True)
class _Again:
    """The request as it would lie on its topic: the scorer's own rules judge it."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def make_plan(log: LetterLog, filters: Filters, terms: Terms) -> Plan:
    """Reads every letter that is meant. Raises what Kafka raises."""
    plan = Plan()
    for partition in filters.partitions(log.partitions):
        reasons: dict[int, str | None] = {}
        sources: set[tuple[int, int]] = set()
        async for entry in log.read(partition, filters):
            if isinstance(entry, Note):
                if entry.letter_offset in reasons and not terms.again:
                    reasons[entry.letter_offset] = REDRIVEN
            elif entry.source in sources:
                reasons[entry.offset] = REPEAT
            else:
                sources.add(entry.source)
                reasons[entry.offset] = why_not(entry, terms)
        plan.chosen[partition] = [offset for offset, reason in reasons.items() if reason is None]
        plan.left.update(reason for reason in reasons.values() if reason is not None)
    return plan


def why_not(letter: Letter, terms: Terms) -> str | None:
    """The reason to leave a letter where it is; None for one that can go back."""
    if letter.bytes_gone:
        return "its bytes were not kept"
    if letter.redrives >= terms.most:
        return f"redriven {terms.most} times before, and refused every time"
    again = _Again(
        partition_of(letter.key or b"", terms.partitions),
        0,
        terms.now_ms,
        letter.key,
        letter.value,
        letter.theirs,
    )
    envelope = read_envelope(again, 0)
    try:
        terms.clients.check(envelope)
        # Currencies are the model's to know, and the last thing that is looked at.
        admit(again, envelope, Draft(PartitionState()), {}, terms.partitions)
    except Refusal as refusal:
        return None if refusal.code == "unsupported_currency" else f"would be refused again: {refusal.code}"
    return None
