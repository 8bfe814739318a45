"""Runs the collection by newman and reads its report: what was called, what was answered, what failed."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postman.collection import COLLECTION, entries, environment

TOOLS = Path(__file__).parents[2] / ".cache" / "node"
RUN_SECONDS = 120
REQUEST_MS = 15_000


@dataclass(frozen=True)
class Call:
    """One call. `status` is 0 where nothing was answered, `code` is that of a problem or empty."""

    name: str
    method: str
    path: str
    status: int
    body: str
    code: str


@dataclass(frozen=True)
class Report:
    """A whole run: its calls in order, and a paragraph for each failure."""

    calls: tuple[Call, ...]
    failures: tuple[str, ...]


def run(variables: Mapping[str, str], folder: Path) -> Report:
    """Runs the whole collection with the committed environment, filled in; works in `folder`."""
    newman = TOOLS / "node_modules" / "newman" / "bin" / "newman.js"
    assert newman.exists(), "newman is not installed: run make test-postman"
    filled, report = folder / "environment.json", folder / "report.json"
    # By file and not by argument: a command line can be read by every process of the machine.
    filled.write_text(json.dumps(_filled(environment(), variables)))
    command = [str(TOOLS / "bin" / "node"), str(newman), "run", str(COLLECTION)]
    command += ["--environment", str(filled), "--timeout-request", str(REQUEST_MS), "--color", "off"]
    command += ["--reporters", "json", "--reporter-json-export", str(report)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS)
    assert report.exists(), f"newman made no report:\n{done.stdout}{done.stderr}"
    return read(json.loads(report.read_text())["run"])


def read(run: dict[str, Any]) -> Report:
    """From newman's JSON report."""
    calls = tuple(_call(execution) for execution in run["executions"])
    places = {entry.name: entry.place for entry in entries()}
    answers = {call.name: call for call in calls}
    failures = tuple(_failure(failure, places, answers) for failure in run["failures"])
    return Report(calls, failures)


def _filled(empty: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    return {**empty, "values": [{**value, "value": variables[value["key"]]} for value in empty["values"]]}


def _call(execution: dict[str, Any]) -> Call:
    request, response = execution["request"], execution.get("response") or {}
    body = bytes(response.get("stream", {}).get("data", ())).decode(errors="replace")
    return Call(
        execution["item"]["name"],
        request["method"],
        "/" + "/".join(request["url"]["path"]),
        response.get("code", 0),
        body,
        _problem_code(body),
    )


def _problem_code(body: str) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    return str(content.get("code", "")) if isinstance(content, dict) else ""


def _failure(failure: dict[str, Any], places: Mapping[str, str], answers: Mapping[str, Call]) -> str:
    name = failure["source"].get("name", "the collection")
    error = failure["error"]
    what = error.get("test") or failure["at"]
    lines = [f"{places.get(name, name)}", f"    failed:   {what}", f"    because:  {error['message']}"]
    call = answers.get(name)
    if call is not None:
        lines.append(f"    answer:   {call.method} {call.path} -> {call.status} {call.body[:400]}")
    return "\n".join(lines)
