"""The console in a real browser against the live stack, from the first sign-in to a broker that is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.e2e.console.page import Console
from tests.support import requests
from tests.support.connecting import connect
from tests.support.stack import RunningStack

pytestmark = pytest.mark.asyncio(loop_scope="module")

# It takes a fraction of one second; the bound is for a machine that is busy with other tests.
LOADED_MS = 3_000


@asynccontextmanager
async def traffic(stack: RunningStack) -> AsyncIterator[None]:
    """Some forty a second, every tenth of them far beyond what its customer usually pays."""

    async def send() -> None:
        async with stack.client() as client:
            for number in range(10_000):
                amount = 900_000 if number % 10 == 9 else 1_000 + number * 37 % 4_000
                body = requests.body(amount=amount, terminal_id=f"t-{number % 7}")
                await client.post("/api/v1/predict", json=body)
                await asyncio.sleep(0.02)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()


async def test_a_wrong_key_is_refused_with_what_it_lacks(console: Console) -> None:
    page = console.page
    await page.goto("/")
    await page.get_by_label("API key").fill("password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("46 characters")
    await page.get_by_label("API key").fill("fs_" + "x" * 43)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("unknown, revoked or expired")
    assert await console.barriers() == []
    await console.picture("sign-in")


async def test_the_page_of_the_api_has_every_route_and_needs_nothing_from_elsewhere(console: Console) -> None:
    page = console.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto("/docs")
    await expect(page.get_by_text("/api/v1/predict/batch")).to_be_visible()
    await page.get_by_text("/api/v1/predict", exact=True).click()
    await expect(page.get_by_role("button", name="Try it out")).to_be_visible()
    address = page.url.partition("/docs")[0]
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    await console.picture("docs")


async def test_an_empty_installation_says_so_and_loads_at_once(console: Console) -> None:
    page = console.page
    await console.sign_in()
    await expect(page.get_by_text("Nothing was asked in the last ten minutes")).to_be_visible()
    await expect(page.get_by_text("All well")).to_be_visible()
    await console.picture("empty")
    loading = await console.loading()
    print(f"the console loads: {loading}")
    assert 0 < loading["loaded"] < LOADED_MS
    assert "fs_" not in page.url


async def test_figures_move_while_transactions_come(console: Console, stack: RunningStack) -> None:
    page = console.page
    await console.sign_in()
    tile = page.locator(".tile", has_text="Decisions").locator(".tile-value")
    async with traffic(stack):
        await expect(page.locator(".flagged li").nth(4)).to_be_visible(timeout=30_000)
        before = await tile.inner_text()
        await expect(tile).not_to_have_text(before)
        await console.picture("busy")
        assert await console.barriers() == []
        await console.picture("busy-dark")
        await console.phone()
        await console.picture("narrow")


async def test_a_declined_transaction_leads_to_its_trace(console: Console) -> None:
    page = console.page
    await console.sign_in()
    await page.locator(".flagged a").first.press("Enter")
    await expect(page.locator(".way li")).to_have_count(5)
    await expect(page.locator(".way")).to_contain_text("offset")
    await expect(page.locator(".reasons li").first).to_contain_text("times what this customer usually pays")
    await expect(page.locator(".chart canvas")).to_have_count(2)
    await page.get_by_role("button", name="It was fraud").click()
    await expect(page.get_by_text("Kafka has confirmed it")).to_be_visible()
    await console.picture("request")
    assert await console.barriers() == []
    await console.phone()
    await console.picture("request-narrow")


async def test_the_form_scores_and_says_what_is_wrong_with_a_field(console: Console) -> None:
    page = console.page
    await console.sign_in("/#/score")
    await page.get_by_label("Amount").fill("12.50")
    await page.get_by_role("button", name="Score it").click()
    await expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    assert await console.barriers() == []
    await console.picture("score-wrong")
    await page.get_by_label("Amount").fill("1250")
    await page.get_by_role("button", name="Score it").click()
    await expect(page.get_by_text("Answered in")).to_be_visible()
    await console.picture("score")
    await page.get_by_role("link", name="Follow its way").click()
    await expect(page.locator(".way li")).to_have_count(5)


async def test_the_model_shows_its_card(console: Console) -> None:
    page = console.page
    await console.sign_in("/#/model")
    await expect(page.get_by_role("heading", name="How good it is")).to_be_visible()
    assert await console.barriers() == []
    await console.picture("model")


async def replayed(stack: RunningStack) -> None:
    """A stored run, as `flowserve replay rows` leaves it, that reviews three which were approved."""
    connection = await connect(stack.postgres.environment())
    try:
        await connection.execute(
            """insert into replays (run_id, client_id, source, model_version, state, plan, transactions, done,
                   scored) select 'stricter', 'default', 'rows', 'next', 'finished', '{}', n, n, n
               from (select count(*) n from predictions where status = 'scored') all_of_them"""
        )
        await connection.execute(
            """insert into replay_predictions (run_id, place, client_id, input_row, request_id, prediction_id,
                   status, decision, score, body)
               select 'stricter', n, 'default', n, request_id, prediction_id, status,
                   case when n <= 3 then 'review' else decision end, score, body
               from (select *, row_number() over (order by score) n
                     from predictions where status = 'scored') ordered"""
        )
    finally:
        await connection.close()


async def test_a_replay_is_compared_with_what_was_decided_live(console: Console, stack: RunningStack) -> None:
    page = console.page
    await console.sign_in("/#/replays")
    await expect(page.get_by_text("No history was run again yet")).to_be_visible()
    await replayed(stack)
    await page.reload()
    await page.get_by_role("link", name="stricter").click()
    await expect(page.get_by_text("would be decided otherwise")).to_contain_text("3 of")
    assert await console.barriers() == []
    await console.picture("replay")


async def test_a_database_that_is_down_is_named_and_comes_back_by_itself(
    console: Console, stack: RunningStack
) -> None:
    await console.sign_in()
    await asyncio.to_thread(stack.postgres.stop_immediate)
    try:
        await expect(console.page.locator("#banner")).to_contain_text("PostgreSQL is down")
        await console.picture("database-down")
    finally:
        await asyncio.to_thread(stack.postgres.start)
    stack.revive()
    await expect(console.page.get_by_text("All well")).to_be_visible(timeout=60_000)


async def test_a_broker_that_is_down_is_named_and_comes_back_by_itself(
    console: Console, stack: RunningStack
) -> None:
    await console.sign_in()
    await asyncio.to_thread(stack.kafka.kill)
    try:
        await expect(console.page.locator("#banner")).to_contain_text("Kafka is down")
        assert await console.barriers() == []
        await console.picture("broker-down")
    finally:
        await asyncio.to_thread(stack.kafka.start)
    await stack.ready()
    await expect(console.page.get_by_text("All well")).to_be_visible(timeout=60_000)
