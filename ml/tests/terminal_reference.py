"""The terminal's features by definition: all rows, one pass, nothing kept. Written apart from the fold."""

from collections.abc import Iterable

DAY = 86_400
MATURITY = 7 * DAY + 3_600
HORIZON = 45 * DAY

Row = tuple[int, bool, bool, int]
"""Second, fraud, ordinary, source: the arguments of `TerminalHistory.add`."""


def view_by_definition(rows: Iterable[Row], t: int) -> tuple[float, ...]:
    seen = [row for row in set(rows) if t - HORIZON < row[0] <= t - MATURITY]
    genuine = max((second for second, fraud, _, _ in seen if not fraud), default=None)
    run = [row for row in seen if row[1] and (genuine is None or row[0] > genuine)]
    since = 45.0 if genuine is None else (t - genuine) / DAY
    if run:
        return 1.0, (t - min(run)[0]) / DAY, float(sum(plain for _, _, plain, _ in run)), since
    return (-1.0 if genuine is None else 0.0), -1.0, 0.0, since
