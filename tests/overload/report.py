"""docs/overload.md and its plot, written from what was measured."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

from tests.overload.report_text import HEAD, OPERATIONS

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "flowserve"
from matplotlib import pyplot  # noqa: E402  # after the choice of what it draws with

_DOCS = Path(__file__).parents[2] / "docs"
_NOTHING = "Not measured yet: `python -m tests.overload {name}`.\n"

Figures = dict[str, Any]


def write_report(output: Path) -> None:
    """From the folder of JSON files; a part that is missing there says so."""
    found = {file.stem: json.loads(file.read_text()) for file in sorted(output.glob("*.json"))}
    parts = [HEAD]
    for name, title, text in (
        ("curve", "Goodput over offered load", _curve),
        ("flood", "Beside a direct producer at twenty times the rate", _flood),
        ("life", "Rolling restart", _life),
        ("scale", "Scorers: one, three, two", _life),
        ("history", "Any process dies, with a month of history behind it", _history),
    ):
        figures = found.get(name)
        body = text(figures) + _where(figures) if figures else _NOTHING.format(name=name)
        parts.append(f"## {title}\n\n{body}")
    parts.append(OPERATIONS)
    (_DOCS / "overload.md").write_text("\n".join(parts))
    if "curve" in found:
        _plot(found["curve"])


def _where(figures: Figures) -> str:
    before, after = figures["load_average"]
    return (
        f"\nMeasured {figures['written_at']} on {figures['cores']} cores: "
        f"load average {before} before it and {after} after it.\n"
    )


def _curve(figures: Figures) -> str:
    points = figures["points"]
    peak = max(point["goodput"] for point in points)
    rows = [
        [
            point["name"],
            point["offered"],
            f"{point['goodput']} ({100 * point['goodput'] / peak:.0f} %)",
            point["refused"],
            point["answered_202"],
            point["given_up"],
            *(_pair(point, name) for name in ("p", "refused_p", "queue_p")),
            ", ".join(f"{name} {share}" for name, share in point["cpu"].items()),
        ]
        for point in points
    ]
    head = (
        "Load | Offered/s | Goodput/s (of peak) | 503/s | 202/s | Given up/s | 200 p50, p99 | 503 p50, p99 "
        "| Kafka to decision p50, p99 | Cores used"
    )
    recovery, log = figures["recovery_seconds"], figures["log"]
    normal = "not within the stretch" if recovery is None else f"after {recovery:g} s"
    return f"""\
Capacity: {figures["capacity"]} answers a second ({figures["callers"]} callers in a closed loop),
{figures["capacity_after"]} when measured again at the end. Where the two differ, other work took more or less
of the cores meanwhile: shares are of the first, and stretches can be compared only roughly.
Callers give up after {figures["budget_seconds"]:g} s. Times are milliseconds.

![Goodput over offered load](overload.svg)

{_table(head, rows)}
After the load fell from 3x to 0.5x all was normal again {normal}.
Of {log["refused"]:,} refused requests {log["refused_and_published"]} are on the log. Of {log["accepted"]:,}
accepted ones {log["accepted_and_missing"]} are missing there, and {log["twice"]} are there twice.
{log["unknown"]:,} callers were told that Kafka had not confirmed in time.
"""


def _flood(figures: Figures) -> str:
    rows = [
        [
            stretch["name"],
            stretch["offered"],
            stretch["direct_per_second"],
            f"{100 * stretch['share_answered']:.1f} %",
            stretch["refused"],
            stretch["answered_202"],
            stretch["given_up"],
            _pair(stretch, "p"),
        ]
        for stretch in figures["stretches"]
    ]
    head = (
        "Stretch | REST/s | Direct/s | REST answered 200 in 2 s | 503/s | 202/s | Given up/s "
        "| 200 p50, p99 ms"
    )
    options = f"--rate {figures['rest_per_second']:g} --quota {figures['quota_bytes_per_second']}"
    return f"""\
REST callers send {figures["rest_per_second"]:g} a second. One direct producer, under a name of its own,
offers {figures["offered_per_second"]:g}.
The quota on its name is {figures["quota_bytes_per_second"]:,} bytes a second. The command:
`python -m tests.overload flood {options}`.

{_table(head, rows)}"""


def _life(figures: Figures) -> str:
    stops = ", ".join(
        f"`{stop['name']}` {stop['seconds']:g} s (code {stop['code']})" for stop in figures["stops"]
    )
    codes = ", ".join(f"{code}: {count}" for code, count in sorted(figures["codes"].items()))
    least = figures["least_in_a_window"]
    worst = "the run was shorter" if least is None else f"{least:,}"
    return f"""\
{figures["asked"]:,} requests in {figures["seconds"]:g} s; {len(figures["failed"])} failed for a caller who
repeats after `Retry-After` or a broken line. From SIGTERM to the end: {stops}.
Answers on the way: {codes}; broken lines: {figures["broken_lines"]}.
Longest time without a decision: {figures["longest_without_progress"]:g} s.
Decided in the worst window of 30 s: {worst}.
"""


def _history(figures: Figures) -> str:
    rows = [
        [
            f"`{death['name']}`",
            death["seconds"],
            death["worst_lag"],
            death.get("again_seconds", "–"),
            death["answers_meanwhile"],
        ]
        for death in figures["deaths"]
    ]
    head = (
        "SIGKILL to | Lag < 1 s again after, s | Worst lag on the way, s | Delivered again, s of traffic "
        "| Answers meanwhile"
    )
    return f"""\
{figures["history"]:,} transactions of {figures["customers"]:,} customers over {figures["days"]} days lie
behind it, written by `flowserve replay --into-live`; each partition has a snapshot. REST callers ask for half
of the capacity, which is {figures["capacity"]} answers a second. Then one process at a time is killed, and
started as `make up` does: two APIs, two scorers, one sink, Kafka and PostgreSQL. The lag is that of
decisions; of rows where the sink or PostgreSQL dies.

{_table(head, rows)}"""


def _pair(point: Figures, name: str) -> str:
    values = [point[f"{name}50"], point[f"{name}99"]]
    return "–" if None in values else f"{values[0]:g}, {values[1]:g}"


def _table(head: str, rows: Sequence[Sequence[object]]) -> str:
    lines = [f"| {head} |", "|" + "---|" * len(head.split(" | "))]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)]) + "\n"


def _plot(figures: Figures) -> None:
    points = figures["points"][:-1]
    offered = [point["offered"] for point in points]
    figure, axes = pyplot.subplots(figsize=(6, 3.5), layout="constrained")
    axes.plot(offered, offered, color="0.8", linestyle="--", label="offered")
    for name, label in (
        ("goodput", "answered 200 in time"),
        ("refused", "refused with 503"),
        ("given_up", "given up"),
    ):
        axes.plot(offered, [point[name] for point in points], marker="o", label=label)
    axes.set(xlabel="offered, requests a second", ylabel="requests a second", ylim=(0, None))
    axes.legend()
    figure.savefig(_DOCS / "overload.svg", metadata={"Date": None})
    pyplot.close(figure)
