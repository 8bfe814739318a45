"""What goes wrong with a part: one error that says which part, why, and how its log ended."""

from collections.abc import Sequence


class PartFailed(Exception):
    """A part (kafka, postgres, scorer ...) did not do what was asked of it.

    `part` is its name, `why` one sentence that says what to do where that is known, `log_tail` the last
    lines of its log, oldest first (may be empty).
    """

    def __init__(self, part: str, why: str, log_tail: Sequence[str] = ()) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part
        self.why = why
        self.log_tail = tuple(log_tail)

    def __str__(self) -> str:
        return "\n".join([f"{self.part}: {self.why}", *(f"  | {line}" for line in self.log_tail)])
