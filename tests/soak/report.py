"""docs/soak.md and its plot, written from what was sampled."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from tests.soak.growth import growth

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "flowserve"
from matplotlib import pyplot  # noqa: E402  # after the choice of what it draws with

_DOCS = Path(__file__).parents[2] / "docs"
_WARM_SECONDS = 300
_KINDS = (("memory_mb", "memory, MB"), ("descriptors", "descriptors"), ("connections", "connections"))
_DEFECTS = {
    "lost": "lost",
    "duplicated": "twice",
    "wrong_answers": "wrong",
    "wrong_state": "state different",
    "committed_ahead": "committed ahead",
}
_HEAD = """\
# Soak: what grows while it runs

Written by `make soak` (and again, from `build/soak/`, by `python -m tests.soak --report`); not by hand.

Two APIs, two scorers and two sinks are under load at half of what one API answers at most, beside a direct
producer. Every two minutes one process is restarted or killed; after each such stretch the independent
verifier of [reliability.md](reliability.md) holds log, rows and answers against a single thread. Number 0 of
each kind lives through it all: its curves are the ones to look at. Growth is the slope of the best line
through all samples after the first five minutes, five seconds apart, up to a stretch that broke off.
"""
Figures = dict[str, Any]
Series = dict[str, list[Figures]]


def write_report(figures: Figures) -> None:
    """From the figures of one soak."""
    series: Series = defaultdict(list)
    end = min((run["at"] for run in figures["runs"] if run["error"]), default=float("inf"))
    for sample in figures["samples"]:
        if sample["at"] < end:
            series[sample["name"]].append(sample)
    parts = [_HEAD, _account(figures), _grown(figures, series), _stretches(figures)]
    (_DOCS / "soak.md").write_text("\n".join(parts))
    _plot(figures, series)


def _account(figures: Figures) -> str:
    runs, capacity = figures["runs"], figures["capacity"]
    records, calls = (sum(run[name] for run in runs) for name in ("records", "calls"))
    defects = ", ".join(f"{title} {sum(run[name] for run in runs)}" for name, title in _DEFECTS.items())
    before, after = figures["load_average"]
    clean = sum(run["clean"] for run in runs)
    return f"""\
## Account

{figures["seconds"] / 60:.0f} minutes, {len(runs)} stretches, {clean} of them clean. Capacity:
{capacity} answers a second of one API; the soak asked for {capacity / 2:.0f} a second over REST, and a
direct producer for {figures["kafka_per_second"]:g}. {records:,} records were decided, {calls:,} REST calls
made: {defects}.

Measured {figures["written_at"]} on {figures["cores"]} cores that other work used too: load average
{before} before it and {after} after it.
"""


def _grown(figures: Figures, series: Series) -> str:
    lines = [
        "## What grew",
        "",
        "![Memory, descriptors and connections over time](soak.svg)",
        "",
        "| Process | MB, first and last fifth | an hour | Descriptors | an hour | Connections | an hour |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in sorted(name for name in series if name.endswith("-0")):
        cells = []
        for kind, _ in _KINDS:
            points = [(each["at"], each[kind]) for each in series[name] if each["at"] >= _WARM_SECONDS]
            if len(points) < 10:
                cells.append("too short | –")
                continue
            found = growth(points)
            cells.append(f"{found.first:g}, {found.last:g} | {found.per_hour:+g}")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _remembered(figures, series)])


def _remembered(figures: Figures, series: Series) -> str:
    """A scorer remembers 45 days of each customer, so its memory follows the traffic: by how much?"""
    points = [(each["at"], each["memory_mb"]) for each in series["scorer-0"] if each["at"] >= _WARM_SECONDS]
    if len(points) < 10:
        return ""
    per_second = sum(run["records"] for run in figures["runs"]) / figures["seconds"] / 2
    each = growth(points).per_hour * 1_048_576 / (per_second * 3_600)
    return f"""\
A scorer remembers 45 days of event time ({per_second:.0f} new transactions a second here for each of the
two), so its memory follows the traffic until that is full: {each:.0f} bytes for each of its transactions in
this soak. APIs and sinks remember nothing.
"""


def _stretches(figures: Figures) -> str:
    lines = [
        "## Stretches",
        "",
        "| At, s | Restart | Records | Lost | Twice | Wrong | State | Ahead | Recovery, s | p99 ms |",
        "|" + "---|" * 10,
    ]
    for run in figures["runs"]:
        defects = " | ".join(str(run[name]) for name in _DEFECTS)
        recovery = ", ".join(f"{seconds:g}" for seconds in run["recoveries"]) or "–"
        lines.append(
            f"| {run['at']:.0f} | {run['fault']} | {run['records']:,} | {defects} | {recovery} "
            f"| {run['p99_before'] or '–'}, {run['p99_during'] or '–'} |"
        )
        lines += [
            f"\n{text}\n"
            for text in [
                run["error"].splitlines()[0] if run["error"] else "",
                *run["exceptions"][:3],
                *run["complaints"][:3],
            ]
            if text
        ]
    stopped = [
        f"`{name}` in the stretch of {run['at']:.0f} s, code {code}"
        for run in figures["runs"]
        for name, code in run["ends"].items()
        if code > 0
    ]
    lines += ["", f"Stopped by itself, and started anew: {', '.join(stopped) or 'nothing'}."]
    return "\n".join(lines) + "\n"


def _plot(figures: Figures, series: Series) -> None:
    figure, rows = pyplot.subplots(3, 1, figsize=(8, 8), sharex=True, layout="constrained")
    colours = dict(zip(sorted(series), pyplot.rcParams["axes.prop_cycle"].by_key()["color"], strict=False))
    for axes, (kind, label) in zip(rows, _KINDS, strict=True):
        for name, samples in sorted(series.items()):
            for life in _lives(samples):
                axes.plot(
                    [each["at"] / 60 for each in life],
                    [each[kind] for each in life],
                    color=colours[name],
                    linewidth=1.6 if name.endswith("-0") else 0.8,
                    label=name if life[0] is samples[0] else None,
                )
        for run in figures["runs"]:
            axes.axvline(run["at"] / 60, color="0.9", zorder=0)
        axes.set(ylabel=label, ylim=(0, None))
    rows[0].legend(ncols=3, fontsize="small")
    rows[-1].set(xlabel="minutes; a line where each stretch with its restart begins")
    figure.savefig(_DOCS / "soak.svg", metadata={"Date": None})
    pyplot.close(figure)


def _lives(samples: Sequence[Figures]) -> list[list[Figures]]:
    """The samples of each start of a process."""
    lives: dict[int, list[Figures]] = defaultdict(list)
    for sample in samples:
        lives[sample["start"]].append(sample)
    return list(lives.values())
