"""The console as a person uses it: signs in, follows links, reads. It keeps what the browser complains of."""

import json
from pathlib import Path
from statistics import median
from typing import Any, Literal

from playwright.async_api import ConsoleMessage, Page

from tests.support.stack import RunningStack

ROOT = Path(__file__).parents[3]
AXE = ROOT / ".cache" / "node-console" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "build" / "console"
# What Chromium itself says of an answer that is an error, or of a connection that failed.
_NETWORK = "Failed to load resource"

_LOADING = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const others = performance.getEntriesByType("resource").filter((each) => !each.name.includes("/api/"));
    return {
        first_byte: page.responseStart,
        painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
        loaded: page.loadEventEnd,
        menu: performance.now(),
        files: 1 + others.length,
    };
}"""

Scheme = Literal["light", "dark"]


class Console:
    """`complaints` are of scripts, styles and the security policy; an answer that is an error is none."""

    def __init__(self, page: Page, stack: RunningStack) -> None:
        self.page = page
        self.stack = stack
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(30_000)

    async def sign_in(self, place: str = "/") -> None:
        """With the tests' own key."""
        await self.page.goto(place)
        await self.page.get_by_label("API key").fill(self.stack.key)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.get_by_role("link", name="Score", exact=True).wait_for()

    async def picture(self, name: str) -> None:
        """A screenshot of the whole page, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    async def loading(self, times: int = 5) -> dict[str, float]:
        """Medians of so many loads without a cache, in ms since each began; kept beside the pictures."""
        browser = await self.page.context.new_cdp_session(self.page)
        await browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
        loads = [await self._load() for _ in range(times)]
        found = {name: round(median(load[name] for load in loads), 1) for name in loads[0]}
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / "loading.json").write_text(json.dumps(found, indent=1) + "\n")
        return found

    async def _load(self) -> dict[str, float]:
        await self.page.reload()
        await self.page.get_by_role("link", name="Score", exact=True).wait_for()
        load: dict[str, float] = await self.page.evaluate(_LOADING)
        return load

    async def phone(self) -> None:
        """Narrow; nothing may stick out sideways."""
        await self.page.set_viewport_size({"width": 390, "height": 844})
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= 390

    async def barriers(self) -> list[str]:
        """The serious and critical findings of axe-core, in light and in dark."""
        assert AXE.exists(), "axe-core is not installed: run make test-e2e"
        await self.page.evaluate(AXE.read_text())
        return [*await self._barriers("light"), *await self._barriers("dark")]

    async def _barriers(self, scheme: Scheme) -> list[str]:
        await self.page.emulate_media(color_scheme=scheme)
        found: list[dict[str, Any]] = await self.page.evaluate("axe.run().then((ran) => ran.violations)")
        return [
            f"{scheme}: {each['id']}: {node['target']} {node['failureSummary']}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_NETWORK):
            self.complaints.append(message.text)
