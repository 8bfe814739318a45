"""The figures as a person reads them."""

from collections.abc import Iterator, Sequence

from benchmarks.figures import Figure, Goal

_HEAD = ("What", "Median", "Rounds", "Floor", "Ratio", "To reach", "")


def number(value: float) -> str:
    """Three digits at least, no more than are known."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _rows(figure: Figure) -> Iterator[tuple[str, ...]]:
    head: tuple[str, ...] = (
        figure.title,
        f"{number(figure.median)} {figure.unit}",
        f"{number(min(figure.rounds))} to {number(max(figure.rounds))}",
    )
    with_goals = {goal.floor for goal in figure.goals}
    for goal in figure.goals:
        yield (
            *head,
            *_against(figure, goal.floor),
            f"{_sign(goal)} {number(goal.bound)}{' ×' if goal.floor else ''}",
            "yes" if figure.reached(goal) else "NO",
        )
        head = ("", "", "")
    for name in figure.floors.keys() - with_goals:
        yield (*head, *_against(figure, name), "", "")
        head = ("", "", "")
    if head[0]:
        yield (*head, "", "", "", "")


def _against(figure: Figure, floor: str) -> tuple[str, str]:
    if not floor:
        return "", ""
    return f"{floor} {number(figure.floor(floor))}", f"{figure.ratio(floor):.2f}"


def _sign(goal: Goal) -> str:
    return "≥" if goal.kind == "at least" else "≤"


def table(figures: Sequence[Figure]) -> str:
    """Markdown, which is readable as it stands."""
    lines = [_HEAD, *(row for figure in figures for row in _rows(figure))]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(_HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"
