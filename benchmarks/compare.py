"""This run against the last committed one. Ratios are compared, because machines and their moods differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure

LIMIT = 0.15
_HEAD = "Against the last committed results:"


@dataclass(frozen=True)
class Change:
    """`worse` is relative: 0.2 is a fifth worse than before, and a negative one better."""

    figure: str
    against: str
    before: float
    now: float
    worse: float

    @property
    def flagged(self) -> bool:
        """More than LIMIT, in either direction: what got so much better needs an explanation too."""
        return abs(self.worse) > LIMIT


def changes(before: Sequence[Figure], now: Sequence[Figure]) -> Iterator[Change]:
    """Of each ratio to a floor that both runs have, and of the value of each figure without a floor."""
    known = {figure.name: figure for figure in before}
    for figure in now:
        old = known.get(figure.name)
        if old is None:
            continue
        for floor in figure.floors.keys() & old.floors.keys():
            yield _change(figure, floor, old.ratio(floor), figure.ratio(floor))
        if not figure.floors:
            yield _change(figure, "", old.median, figure.median)


def _change(figure: Figure, against: str, before: float, now: float) -> Change:
    grown = now / before - 1 if before else 0.0
    return Change(figure.title, against, before, now, grown if figure.better == "less" else -grown)


def report(found: Sequence[Change]) -> str:
    """One line for each that is flagged."""
    lines = [
        f"{'WORSE' if change.worse > 0 else 'better'} by {abs(change.worse):.0%}: {change.figure}"
        + (f" against {change.against}" if change.against else " (no floor: it depends on the machine)")
        + f", {change.before:.3g} before, {change.now:.3g} now"
        for change in found
        if change.flagged
    ]
    if not lines:
        return f"{_HEAD} {len(found)} compared, none differs by more than {LIMIT:.0%}."
    return "\n".join([_HEAD, *lines])
