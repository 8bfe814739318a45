"""A headless browser for the module; for each test a page that fails it on any complaint of the browser."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.console.chromium import chromium
from tests.e2e.console.page import Console
from tests.support.stack import RunningStack

# A page that is right is right at once; the bound is for a machine that is busy with other tests.
expect.set_options(timeout=30_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; its sandbox cannot work where tests run as root."""
    async with async_playwright() as playwright:
        yield await playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=False)


@pytest_asyncio.fixture(loop_scope="module")
async def console(browser: Browser, running: RunningStack) -> AsyncIterator[Console]:
    """Nobody is signed in yet."""
    context = await browser.new_context(base_url=running.url, viewport={"width": 1280, "height": 900})
    made = Console(await context.new_page(), running)
    yield made
    await context.close()
    assert made.complaints == []
