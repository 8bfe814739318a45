"""Writes docs/reliability.md from the JSON files of a campaign."""

import platform
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from local_stack.jars import CHECKSUMS
from tests.faults.results import read
from tests.faults.rows import ROWS, Row

FILE = Path(__file__).parents[2] / "docs" / "reliability.md"
_LIBRARIES = (
    "aiokafka",
    "faust-streaming",
    "asyncpg",
    "fastapi",
    "uvicorn",
    "onnxruntime",
    "numpy",
    "msgspec",
)
_DEFECTS = ("lost", "duplicated", "wrong_answers", "wrong_state", "committed_ahead")

Fault = dict[str, Any]

_HEAD = """\
# Reliability: what was broken on purpose, and what came of it

Written by `make faults` (and again, from `build/faults/`, by `python -m tests.faults --report`); not by hand.
While traffic runs through REST and Kafka at once and somebody reads all the time, one fault is injected.
Then an independent verifier reads the raw logs, folds the requests in one thread, and holds every outcome,
feature, row and answer against that. It shares no code with what decides and stores.

- **Lost**: confirmed or accepted, and no outcome, row, answer or final label. **Twice**: two scored outcomes
  or rows of one transaction. **Wrong**: an outcome, row or answer that differs. **State**: a feature that is
  not the single thread's. **Ahead**: looks at which Kafka held a commit beyond the last durable decision.
- **Again**: results that were written twice on the log (the first counts), of all records. **Recovery**:
  the most seconds from the kill, or the end of an outage, until nothing waited for a second (sink: rows).
- **p99**: milliseconds of calls that were answered 200, worst run; **during** is from the fault to recovery.
- A seed fixes traffic and choices (victims, passes, moments), not how the machine interleaves them.
"""
_MATRIX = "| Row | Fault | What must hold | Outcome |"
_FIGURES = (
    "| Fault | While traffic runs, … | Times | Records | Kills | Lost | Twice | Wrong | State | Ahead "
    "| Again | Recovery worst | p99 before | during | after | Memory MB | Answers to POST |"
)


def write_report(output: Path) -> None:
    """From the folder of JSON files. Raises FileNotFoundError where there are none."""
    faults = list(read(output))
    if not faults:
        raise FileNotFoundError(f"no results in {output}: run `make faults` first")
    parts = [
        _HEAD,
        _account(faults),
        _matrix(faults),
        _table(faults),
        _exceptions(faults),
        _stops(faults),
        _earlier(),
    ]
    FILE.write_text("\n".join(part for part in parts if part))


def _account(faults: Sequence[Fault]) -> str:
    runs = [run for fault in faults for run in fault["runs"]]
    counted = (*_DEFECTS, "records", "kills", "redelivered", "calls")
    sums = {name: sum(run[name] for run in runs) for name in counted}
    looks = sum(run["commit_looks"] for run in runs)
    broken = [f"{run['fault']} #{run['repeat']}" for run in runs if run["error"]]
    last = max(fault["written_at"] for fault in faults)
    forms, seeds, products = (
        ", ".join(sorted(set().union(*(fault[name] for fault in faults))))
        for name in ("forms", "seeds", "products")
    )
    at_work, at_points = (
        [
            seconds
            for run in runs
            if run["fault"].startswith("proc.") == named
            for seconds in run["again_seconds"]
        ]
        for named in (False, True)
    )
    loads = [load for fault in faults for load in fault["loads"]]
    minutes = sum(run["seconds"] for run in runs) / 60
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"""\
## Account

{len(faults)} faults, injected {_times(runs)} times in {len(runs)} runs of {minutes:.0f} minutes;
form {forms}, seed {seeds}, until {last}.
Product {products} (a hash of its code, tables and model).
Written {datetime.now(UTC):%Y-%m-%d}. Apache Kafka {_kafka_version()} (one node), PostgreSQL 18,
Python {platform.python_version()}, {libraries};
{platform.system()} on {_cores()} cores that other work used too (load average
{min(loads, default=0):g} to {max(loads, default=0):g}): times say more of that than of FlowServe. Three APIs,
three scorers, two sinks.

| Records | REST calls | Kills | Lost | Twice | Wrong | State | Ahead | Looks | Again | Broke off |
|---|---|---|---|---|---|---|---|---|---|---|
| {sums["records"]:,} | {sums["calls"]:,} | {sums["kills"]} | {sums["lost"]} | {sums["duplicated"]} \
| {sums["wrong_answers"]} | {sums["wrong_state"]} | {sums["committed_ahead"]} | {looks:,} \
| {_percent(sums["redelivered"], sums["records"])} | {", ".join(broken) or 0} |

What a killed scorer had decided and not yet committed is delivered again, to be found decided: half a
second of traffic, or one batch where it catches up. As the first look after a kill saw it, by the time at
which the requests had come: {_median(at_work)} s in the middle and {_worst(at_work)} s at most where it was
at work ({len(at_work)} kills); {_median(at_points)} s and {_worst(at_points)} s where a named point killed it
between a batch and its commit, or moments after its start ({len(at_points)} kills).
"""


def _matrix(faults: Sequence[Fault]) -> str:
    lines = ["## Every row of the matrix", "", _MATRIX, "|---|---|---|---|"]
    for row in ROWS:
        outcome = _outcome(row, [fault for fault in faults if fault["row"] == row.name])
        lines.append(f"| {row.name} | {row.title} | {row.holds} | {outcome} |")
    return "\n".join(lines) + "\n"


def _outcome(row: Row, faults: Sequence[Fault]) -> str:
    words = []
    for fault in faults:
        dirty = sum(not _clean(run) for run in fault["runs"])
        done = f"{_times(fault['runs'])} times" + (f", {dirty} runs not clean" if dirty else ", all clean")
        words.append(f"`{fault['name']}`: {fault['not_injected'] or done}")
    if row.elsewhere:
        words.append("tests: " + ", ".join(f"`{name}`" for name in row.elsewhere))
    if row.limits:
        words.append(row.limits)
    return "; ".join(words) or "not done in this campaign"


def _table(faults: Sequence[Fault]) -> str:
    lines = ["## Figures", "", _FIGURES, "|" + "---|" * 17]
    for fault in faults:
        runs = fault["runs"]
        if runs:
            lines.append("| " + " | ".join(_cells(fault, runs)) + " |")
    return "\n".join(lines) + "\n"


def _cells(fault: Fault, runs: Sequence[dict[str, Any]]) -> list[str]:
    def total(name: str) -> int:
        return sum(run[name] for run in runs)

    memory: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for run in runs:
        memory |= Counter({role: round(size) for role, size in run["peak_mb"].items()})
        codes += Counter({code: n for code, n in run["codes"].items() if not code.startswith("GET")})
    return [
        f"{fault['row']} `{fault['name']}`",
        fault["what"],
        str(_times(runs)),
        f"{total('records'):,}",
        str(total("kills")),
        *(str(total(name)) for name in _DEFECTS),
        _percent(total("redelivered"), total("records")),
        _worst(seconds for run in runs for seconds in run["recoveries"]),
        *(_worst(run[name] for run in runs) for name in ("p99_before", "p99_during", "p99_after")),
        ", ".join(f"{role} {size}" for role, size in sorted(memory.items())),
        ", ".join(f"{code}: {number}" for code, number in sorted(codes.items())),
    ]


def _exceptions(faults: Sequence[Fault]) -> str:
    found = [
        f"- `{run['fault']}` #{run['repeat']}: {text}"
        for fault in faults
        for run in fault["runs"]
        for text in [run["error"], *run["exceptions"][:3], *run["complaints"][:3]]
        if text
    ]
    return "\n".join(["## What was not clean", "", *(found or ["Nothing."])]) + "\n"


def _stops(faults: Sequence[Fault]) -> str:
    """Ends that neither the fault nor a signal of the campaign asked for; a supervisor starts it anew."""
    found = [
        f"- `{run['fault']}`: `{name}` with code {code}"
        for fault in faults
        for run in fault["runs"]
        for name, code in run["ends"].items()
        if code > 0
    ]
    lines = ["## Processes that stopped by themselves", "", *(found or ["None."])]
    return "\n".join(lines) + "\n"


def _earlier() -> str:
    """Reports that were kept, each under its date."""
    kept = sorted(FILE.parent.glob("reliability-*.md"), reverse=True)
    links = [f"- [{file.stem.removeprefix('reliability-')}]({file.name})" for file in kept]
    return "\n".join(["## Earlier campaigns", "", *links]) + "\n" if links else ""


def _clean(run: dict[str, Any]) -> bool:
    return not (any(run[name] for name in _DEFECTS) or run["error"] or run["exceptions"] or run["complaints"])


def _times(runs: Sequence[dict[str, Any]]) -> int:
    """How often the fault was injected up to recovery."""
    return sum(len(run["recoveries"]) for run in runs)


def _worst(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{max(known):g}" if known else "–"


def _median(values: Sequence[float]) -> str:
    return f"{median(values):g}" if values else "–"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def _cores() -> int:
    return len(Path("/proc/cpuinfo").read_text().split("processor\t")) - 1


def _kafka_version() -> str:
    found = re.search(r"kafka_2\.13-([\d.]+)\.jar", CHECKSUMS.read_text())
    return found.group(1) if found else "unknown"
