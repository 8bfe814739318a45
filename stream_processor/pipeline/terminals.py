"""Every terminal's matured history, as a fold over `terminal-history`; one book serves all partitions."""

from flowserve_ml.features.terminal import UNSEEN_TERMINAL, TerminalHistory
from schemas.terminal_history import Matured
from stream_processor.pipeline.keys import key_of
from stream_processor.pipeline.labels import NOTHING_PUBLISHED, Published

_PARTITION_SHIFT = 48


class TerminalBook:
    """Order and repeats of the records do not matter: the history of a terminal is a fold over a set."""

    def __init__(self) -> None:
        self._terminals: dict[str, TerminalHistory] = {}
        self._published: dict[int, Published] = {}

    def __len__(self) -> int:
        return len(self._terminals)

    def add(self, matured: Matured) -> None:
        """Folds one record."""
        source = matured.partition << _PARTITION_SHIFT | matured.offset
        key = key_of(matured.client_id, matured.terminal_id)
        self.fold(key, matured.at, matured.fraud, matured.ordinary, source)
        published = Published(matured.due_until, matured.below)
        if published > self._published.get(matured.partition, NOTHING_PUBLISHED):
            self._published[matured.partition] = published

    def fold(self, key: str, at: int, fraud: bool, ordinary: bool, source: int) -> None:
        """Folds one matured transaction of the terminal of this key."""
        history = self._terminals.get(key)
        if history is None:
            history = self._terminals[key] = TerminalHistory()
        history.add(at, fraud, ordinary, source)

    def view(self, client_id: str, terminal_id: str, at: int) -> tuple[float, ...]:
        """The terminal's features as of second `at`."""
        history = self._terminals.get(key_of(client_id, terminal_id))
        return history.view(at) if history is not None else UNSEEN_TERMINAL

    def published(self, partition: int) -> Published:
        """How far a partition's transactions are published, as its records say."""
        return self._published.get(partition, NOTHING_PUBLISHED)

    def content(self) -> tuple[list[tuple[str, TerminalHistory]], dict[int, Published]]:
        """Every history, still the book's own, and how far the partitions are published."""
        return list(self._terminals.items()), self._published.copy()

    def resume(self, terminals: dict[str, TerminalHistory], published: dict[int, Published]) -> None:
        """Takes over what another book had."""
        self._terminals, self._published = terminals, published

    def settle(self, mark: int) -> None:
        """Folds for good what every transaction from now on sees, and drops terminals with nothing left."""
        for key, history in list(self._terminals.items()):
            history.settle(mark)
            if history.empty:
                del self._terminals[key]
