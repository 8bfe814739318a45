"""`flowserve` as a newcomer and an operator use it, on a live stack: score, produce, tail, trace, doctor."""

import asyncio
import csv
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.support import requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def flowserve(stack: RunningStack, *words: str, code: int = 0) -> str:
    """Runs a command; its standard output."""
    environment = {**stack.environment, "FLOWSERVE_API_KEY": stack.key}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli",
        *words,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 180)
    assert process.returncode == code, (out + err).decode()[-3_000:]
    return out.decode()


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


async def test_a_newcomers_file_is_scored_and_one_of_its_rows_traced(
    stack: RunningStack, tmp_path: Path
) -> None:
    file, run = tmp_path / "bank.csv", f"{time.time():.0f}"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["transaction_id", "card", "terminal_id", "amount", "occurred_at"])
        start = datetime(2024, 3, 1, tzinfo=UTC)
        for number in range(120):
            at = (start + timedelta(hours=number)).isoformat()
            writer.writerow([f"{run}-{number}", f"card-{number % 7}", "t-1", "12.50", at])
        writer.writerow([f"{run}-bad", "card-1", "t-1", "lots", start.isoformat()])
    words = ["score", str(file), "--map", "customer_id=card", "--amount-unit", "major", "--as-of-now"]
    found = lines(await flowserve(stack, *words, "--json", code=3))
    assert len(found) == 121
    assert [each["row"] for each in found if each["decision"] == "refused"] == [121]
    again = lines(await flowserve(stack, *words, "--json", code=3))
    assert len(again) == 121

    async with stack.client() as client:
        await requests.row(client, found[0]["prediction"]["prediction_id"])
    (traced,) = lines(await flowserve(stack, "trace", found[0]["prediction"]["request_id"], "--json"))
    assert traced["outcome"] == found[0]["prediction"]
    stops = {stop["name"]: stop for stop in traced["stops"]}
    assert list(stops) == ["request", "on requests", "decision", "on predictions", "reply", "row"]
    assert stops["decision"]["ms"] >= 0
    assert "/" in stops["on predictions"]["where"]
    shown = await flowserve(stack, "trace", f"{run}-0")
    assert "approve, score" in shown or "review, score" in shown or "decline, score" in shown
    await flowserve(stack, "trace", "nobody-knows", code=3)


async def test_what_is_produced_is_seen_by_tail(stack: RunningStack, client: httpx.AsyncClient) -> None:
    customer = f"c-tail-{time.time():.0f}"
    words = ["produce", "--customer", customer, "--terminal", "t-7", "--amount", "1250", "--json"]
    (sent,) = lines(await flowserve(stack, *words))
    outcome = f"/api/v1/requests/{sent['request_id']}"

    async def decided() -> bool:
        answer = await client.get(outcome, headers={"Prefer": "wait=10"})
        return bool(answer.json().get("status") == "scored")

    await until(decided, "what was produced is decided")
    tail = ["--customer", customer, "--last", "1000", "--count", "1", "--json"]
    (asked,) = lines(await flowserve(stack, "tail", "requests", *tail))
    assert (asked["partition"], asked["offset"]) == (sent["partition"], sent["offset"])
    (seen,) = lines(await flowserve(stack, "tail", "predictions", *tail, "--status", "scored"))
    assert seen["value"]["transaction_id"] == sent["transaction_id"]


async def test_doctor_finds_a_healthy_stack_healthy_and_names_the_part_that_is_down(
    stack: RunningStack,
) -> None:
    await flowserve(stack, "doctor")
    stack.leave_down(stack.api)
    stack.api.kill()
    try:
        checks = {
            each["part"]: each for each in json.loads(await flowserve(stack, "doctor", "--json", code=3))
        }
    finally:
        stack.want(stack.api)
    assert checks["api"]["state"] == "bad"
    others = {name: each["state"] for name, each in checks.items() if name != "api"}
    assert "bad" not in others.values(), others
    assert {"kafka", "topics", "timestamps", "scorers", "postgresql", "schema", "model", "disk"} <= set(
        others
    )
