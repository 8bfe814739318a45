"""Each goal as a bar: how far above or below it the figure came."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from benchmarks.figures import Figure, Goal

PLOT = Path("docs/performance.svg")
_REACHED, _MISSED = "#2b7a5b", "#b5533c"
_MOST = 4.0


def score(figure: Figure, goal: Goal) -> float:
    """1 is the goal, more is better, whichever way the figure counts."""
    value = figure.ratio(goal.floor) if goal.floor else figure.median
    return value / goal.bound if goal.kind == "at least" else goal.bound / value


def plot(figures: Sequence[Figure], path: Path = PLOT) -> None:
    """Writes the plot."""
    bars = [(figure, goal) for figure in figures for goal in figure.goals][::-1]
    scores = [score(figure, goal) for figure, goal in bars]
    mpl.rcParams["svg.hashsalt"] = "flowserve"  # equal figures make equal files
    drawing, axes = plt.subplots(figsize=(9, 0.36 * len(bars) + 1.2))
    colours = [_REACHED if value >= 1 else _MISSED for value in scores]
    axes.barh([_name(*bar) for bar in bars], [min(value, _MOST) for value in scores], color=colours)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xlim(0, _MOST)
    axes.set_xlabel(f"the goal is 1; to the right is better (cut off at {_MOST:g})")
    axes.tick_params(axis="y", labelsize=8)
    drawing.tight_layout()
    drawing.savefig(path, metadata={"Date": None})
    plt.close(drawing)


def _name(figure: Figure, goal: Goal) -> str:
    return f"{figure.title}, against {goal.floor}" if goal.floor else figure.title
