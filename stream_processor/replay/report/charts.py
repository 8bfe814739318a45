"""The charts of the page as inline SVG: colours are the page's own, so they follow light and dark."""

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

Figures = dict[str, Any]

# Matplotlib writes a colour as it is given; each of these stands for a variable of the page's style sheet.
_INK, _FAINT = "#010101", "#020202"
_COLOURS = {"baseline": "#030303", "candidate": "#040404"}
_VARIABLES = {
    _INK: "var(--ink)",
    _FAINT: "var(--line)",
    _COLOURS["baseline"]: "var(--baseline)",
    _COLOURS["candidate"]: "var(--candidate)",
}
_WIDTH, _HEIGHT = 5.8, 3.1
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.size": 9.5,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.grid": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def histogram(figures: Figures) -> str:
    """Both distributions on a logarithmic axis, with the candidate's thresholds."""

    def draw(axes: Axes) -> None:
        edges = figures["histogram"]["edges"]
        for name, counts in figures["histogram"]["counts"].items():
            # A step without transactions has no place on a logarithmic axis.
            heights = [count or 0.5 for count in counts]
            filled = name == "candidate"
            if filled:
                axes.stairs(heights, edges, baseline=0.5, fill=True, color=_COLOURS[name], alpha=0.18)
            axes.stairs(heights, edges, baseline=0.5, color=_COLOURS[name], linewidth=1.7, label=name)
        for threshold in ("review", "decline"):
            place = figures["sides"]["candidate"][threshold]
            if place is not None:
                axes.axvline(place, color=_INK, linewidth=0.9, linestyle=(0, (3, 3)))
                axes.annotate(
                    threshold,
                    (place, 1.0),
                    xycoords=("data", "axes fraction"),
                    xytext=(3, -9),
                    textcoords="offset points",
                    fontsize=8,
                )
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.5)
        axes.set_xlim(0, 1)
        axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
        axes.set(xlabel="score", ylabel="transactions")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)

    return _svg("histogram", draw)


def stability(figures: Figures) -> str:
    """Share of both in each part of the baseline's scores."""

    def draw(axes: Axes) -> None:
        parts = figures["shift"]["parts"]
        for offset, name in ((-0.2, "baseline"), (0.2, "candidate")):
            total = sum(part[name] for part in parts)
            shares = [100 * part[name] / total for part in parts]
            places = [number + offset for number in range(len(parts))]
            axes.bar(places, shares, 0.38, color=_COLOURS[name], label=name)
        names = [_up_to(part["up_to"]) for part in parts]
        axes.set_xticks(range(len(parts)), names, rotation=30, ha="right", fontsize=8)
        axes.grid(axis="x", visible=False)
        axes.set(xlabel="score up to", ylabel="% of transactions")
        axes.legend(loc="upper right", ncols=2)
        axes.margins(y=0.18)

    return _svg("stability", draw)


def precision_recall(figures: Figures) -> str:
    """Precision over recall; a better ranking lies further up and to the right."""

    def draw(axes: Axes) -> None:
        for name in figures["sides"]:
            points = figures["quality"][name]["precision_recall"]
            recall, precision = zip(*points, strict=True)
            style: Any = "-" if name == "candidate" else (0, (5, 2))
            axes.plot(recall, precision, color=_COLOURS[name], linewidth=1.8, linestyle=style, label=name)
            made = figures["quality"][name]["decided"]["review_or_decline"]
            if made["precision"] is not None:
                axes.plot(made["recall"], made["precision"], "o", color=_COLOURS[name], markersize=6)
        axes.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        axes.legend(loc="lower left")

    return _svg("curve", draw)


def money(figures: Figures) -> str:
    """Sums side by side: what is held back, and where labels are known what that meant."""
    rows = [("reviewed", "review"), ("declined", "decline")]
    sums = {
        name: {label: figures["money"][name][key]["cents"] for label, key in rows}
        for name in figures["sides"]
    }
    for name in figures["sides"] if "quality" in figures else ():
        known = figures["quality"][name]["money"]
        for key in ("fraud_caught", "fraud_missed", "genuine_declined"):
            sums[name][key.replace("_", " ")] = known[key]["cents"]

    def draw(axes: Axes) -> None:
        names = list(sums["candidate"])
        width = 0.8 / len(sums)
        for order, (name, values) in enumerate(sums.items()):
            places = [row + (order + 0.5) * width - 0.4 for row in range(len(names))]
            heights = [cents / 100 for cents in values.values()]
            axes.barh(places, heights, width * 0.92, color=_COLOURS[name], label=name)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
        axes.set(xlabel=figures["currency"])
        axes.legend(loc="best")

    return _svg("money", draw)


def _svg(name: str, draw: Callable[[Axes], None]) -> str:
    """The chart's SVG element; equal figures give equal text, and no id is that of another chart."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": f"flowserve {name}"}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, count=1, flags=re.S)
    text = re.sub(r'<svg [^>]*?(viewBox="[^"]+")[^>]*>', r'<svg role="img" \1>', text, count=1)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'(id="|url\(#|href="#)', rf"\1{name}-", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, variable)
    return re.sub(r"'[^']*'(, '[^']*')*, sans-serif", "inherit", text)


def _thousands(value: float, _: int | None = None) -> str:
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _up_to(value: float | None) -> str:
    return "more" if value is None else f"{value:.2g}"
