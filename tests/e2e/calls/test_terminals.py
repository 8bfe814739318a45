"""What a terminal learned from labels reaches the next transaction there, whoever decides it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support import requests
from tests.support.stack import RunningStack
from tests.support.waiting import until


async def test_a_transaction_whose_label_is_final_is_seen_by_the_next_one_at_its_terminal(
    stack: RunningStack, client: httpx.AsyncClient
) -> None:
    nine_days_ago = datetime.now(UTC) - timedelta(days=9)
    terminal = f"t-{requests.body()['transaction_id']}"
    occurred_at = nine_days_ago.strftime("%Y-%m-%dT%H:%M:%SZ")
    first = await requests.scored(client, requests.body(terminal_id=terminal, occurred_at=occurred_at))
    assert first["features"]["terminal_last_label"] == -1

    async def learned() -> bool:
        answer = await requests.scored(client, requests.body(terminal_id=terminal))
        return bool(answer["features"]["terminal_last_label"] == 0)

    await until(learned, "the terminal knows a genuine transaction", every=1)

    stack.scorer.kill()
    stack.revive()
    await requests.answers_at_once(client)
    after = await requests.scored(client, requests.body(terminal_id=terminal))
    assert after["features"]["terminal_last_label"] == 0
    assert after["features"]["terminal_since_genuine"] == pytest.approx(9, abs=0.1)
