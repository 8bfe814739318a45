"""The state of one partition: a fold over `predictions`, and the draft in which a batch is decided."""

from collections.abc import Iterable
from typing import Protocol

from flowserve_ml.features.customer import last_time
from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS
from flowserve_ml.features.terminal import ordinary
from schemas.erasure import ERASURE
from schemas.outcomes import FOLD_VERSION, Fold
from schemas.topics import MOST_REQUEST_DAYS
from stream_processor.pipeline.declines import Declines
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.labels import REPLAYED_OFFSETS, Labels
from stream_processor.pipeline.memory import NOTHING, CustomerMemory, restored
from stream_processor.pipeline.unlabelled import Unlabelled

WAITING_SECONDS = (MOST_REQUEST_DAYS + 1) * DAY_SECONDS
"""So long a request may wait before it is decided; one day of it is slack."""


class UnknownFoldVersion(Exception):
    """The log holds a fold of another version: run the version that wrote it, or rebuild from `requests`."""


def horizon(mark: int, received_ms: int) -> int:
    """Nothing at or before this second is remembered when a request is decided.

    After a silence the broker's clock counts and not the mark, which stood still: a worker that never
    stopped then forgets what a rebuild would no longer read.
    """
    return max(mark, received_ms // 1_000) - HORIZON_SECONDS


def unlabelled_of(fold: Fold) -> Unlabelled:
    """What the label of a scored transaction will be joined with."""
    plain = ordinary(fold.ratio, fold.cents)
    return Unlabelled(fold.at, fold.offset, fold.client_id, fold.terminal_id, fold.prediction, plain)


class Memories(Protocol):
    """Where a draft looks for a customer and puts it back: the partition's state, or another draft."""

    mark: int
    declines: Declines

    def packed(self, key: str) -> bytes | None:
        """The customer's memory as `CustomerMemory.pack` gives it, or None for an unknown customer."""
        ...

    def put(self, key: str, packed: bytes) -> None:
        """Replaces the customer's memory."""
        ...

    def scored(self, entries: Iterable[Unlabelled]) -> None:
        """Transactions were decided and wait for their labels."""
        ...


class PartitionState:
    """Everything known of one partition.

    next: the first request offset that is not decided. log_end: the first offset of the partition's
    `predictions` that is not folded. mark: the event-time high-water mark, seconds since 1970 UTC.
    received_ms: when the broker received the last decided request; it tells one log from another.
    customers: their memories, packed; a draft unpacks those that it needs. erasures_asked, erasures_done: by
    customer, when the broker received the request to forget the customer, in milliseconds.
    declines: how often the model wanted to decline of late.
    """

    def __init__(self) -> None:
        self.next = 0
        self.log_end = 0
        self.mark = 0
        self.received_ms = 0
        self.customers: dict[str, bytes] = {}
        self.erasures_asked: dict[str, int] = {}
        self.erasures_done: dict[str, int] = {}
        self.labels = Labels()
        self.declines = Declines()

    def packed(self, key: str) -> bytes | None:
        """The customer's memory, or None for an unknown customer."""
        return self.customers.get(key)

    def put(self, key: str, packed: bytes) -> None:
        """Replaces the customer's memory."""
        self.customers[key] = packed

    def scored(self, entries: Iterable[Unlabelled]) -> None:
        """Transactions were decided and wait for their labels."""
        self.labels.scored(entries)

    def ask_erasure(self, key: str, asked_ms: int) -> None:
        """A request to forget a customer was read; one that was done already is passed over."""
        if asked_ms > self.erasures_done.get(key, 0):
            self.erasures_asked[key] = asked_ms

    def apply(self, folds: Iterable[tuple[int, Fold]]) -> list[bool]:
        """Folds records of the log, each with its offset, in order.

        False for a repeat, whose first record has already counted. Raises UnknownFoldVersion; what came
        before that record is folded.
        """
        draft = Draft(self)
        try:
            return [self._apply(fold, log_offset, draft) for log_offset, fold in folds]
        finally:
            draft.commit()

    def _apply(self, fold: Fold, log_offset: int, draft: "Draft") -> bool:
        if fold.version != FOLD_VERSION:
            raise UnknownFoldVersion(f"fold version {fold.version} at offset {log_offset}")
        self.log_end = log_offset + 1
        if not fold.run:
            if fold.offset < self.next:
                return False
            self.next = fold.offset + 1
            self.received_ms = fold.received_ms
        elif fold.offset != REPLAYED_OFFSETS | log_offset:
            return False  # a warm-up writes each record for one place: elsewhere it is a repeat
        if fold.run == ERASURE:
            self._erase(key_of(fold.client_id, fold.customer_id), fold.received_ms, draft)
        elif fold.client_id:
            self._restore(fold, log_offset, draft)
            draft.scored((unlabelled_of(fold),))
            if not fold.run:
                draft.declines.note(fold.received_ms, bool(fold.declined))
        # The records of a warm-up follow younger ones where something was decided before it.
        draft.mark = max(draft.mark, fold.mark)
        return True

    def _restore(self, fold: Fold, log_offset: int, draft: "Draft") -> None:
        key, limit = key_of(fold.client_id, fold.customer_id), horizon(draft.mark, fold.received_ms)
        packed = draft.closed(key)
        after = restored(packed, fold, log_offset, limit) if packed is not None else None
        if after is not None:
            draft.put(key, after)
            return
        memory = draft.open(key)
        memory.forget(limit)
        memory.restore(fold, log_offset)

    def _erase(self, key: str, asked_ms: int, draft: "Draft") -> None:
        draft.put(key, NOTHING)
        self.erasures_done[key] = asked_ms
        if self.erasures_asked.get(key, 0) <= asked_ms:
            self.erasures_asked.pop(key, None)

    def decided(self, next_offset: int, received_ms: int, results: int) -> None:
        """A batch is durable: `results` records on the log, requests below `next_offset` decided."""
        self.next = next_offset
        self.received_ms = received_ms
        self.log_end += results

    def forget_idle(self) -> None:
        """Drops the customers with nothing left within the horizon: memory is bounded."""
        limit = self.mark - HORIZON_SECONDS
        idle = [key for key, packed in self.customers.items() if last_time(packed) <= limit]
        for key in idle:
            del self.customers[key]
        long_done = (limit - WAITING_SECONDS) * 1_000
        self.erasures_done = {key: at for key, at in self.erasures_done.items() if at > long_done}


class Draft:
    """Changes on top of a state; nothing reaches the state before `commit`.

    A memory is changed as packed bytes (`closed`, then `put`), or opened: then it stays open, since most
    that need it once need it again, and it is packed at the commit.
    """

    def __init__(self, base: Memories) -> None:
        self._base = base
        self._changed: dict[str, bytes] = {}
        self._opened: dict[str, CustomerMemory] = {}
        self._scored: list[Unlabelled] = []
        self.mark = base.mark
        self.declines = base.declines.copy()

    def knows(self, key: str) -> bool:
        """Whether anything is remembered of the customer."""
        return key in self._changed or key in self._opened or self._base.packed(key) is not None

    def packed(self, key: str) -> bytes | None:
        """The customer as this draft sees it."""
        memory = self._opened.get(key)
        return memory.pack() if memory is not None else self._unopened(key)

    def closed(self, key: str) -> bytes | None:
        """The customer's packed memory, empty for an unknown customer; None if it is open here."""
        if key in self._opened:
            return None
        packed = self._unopened(key)
        return packed if packed is not None else NOTHING

    def put(self, key: str, packed: bytes) -> None:
        """Replaces the customer's memory in this draft."""
        if key in self._opened:
            del self._opened[key]
        self._changed[key] = packed

    def scored(self, entries: Iterable[Unlabelled]) -> None:
        """Transactions were decided; they wait for their labels once the draft is committed."""
        self._scored.extend(entries)

    def open(self, key: str) -> CustomerMemory:
        """The customer's memory, to be changed in this draft only; a new one for an unknown customer."""
        memory = self._opened.get(key)
        if memory is None:
            packed = self._unopened(key)
            memory = CustomerMemory.unpack(packed) if packed is not None else CustomerMemory()
            self._opened[key] = memory
        return memory

    def commit(self) -> None:
        """Puts the changes into the state (or the draft) below."""
        for key, packed in self._changed.items():
            self._base.put(key, packed)
        for key, memory in self._opened.items():
            self._base.put(key, memory.pack())
        self._base.scored(self._scored)
        self._base.mark = self.mark
        self._base.declines = self.declines

    def _unopened(self, key: str) -> bytes | None:
        packed = self._changed.get(key)
        return packed if packed is not None else self._base.packed(key)
