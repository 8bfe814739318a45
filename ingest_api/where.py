"""The conditions of a page, and its statement: fixed text for each of them, values as parameters only."""

from typing import Any


class Where:
    """Collects conditions and numbers their parameters."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self._values: list[Any] = []

    def add(self, condition: str, *values: object) -> None:
        """`condition` holds one `?` for each value."""
        for value in values:
            self._values.append(value)
            condition = condition.replace("?", f"${len(self._values)}", 1)
        self._conditions.append(condition)

    def page(self, select: str, order: str, rows: int) -> tuple[str, list[Any]]:
        """The SQL text and its parameters; `order` ends with `limit`."""
        text = f"{select} where {' and '.join(self._conditions)}{order}${len(self._values) + 1}"
        return text, [*self._values, rows]
