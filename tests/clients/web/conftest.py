"""A headless Chromium on the studio page: Debian's, with no profile, no sandbox (tests may run as root) and no network but loopback.

Browser and server are one for a file, for both take long to start; what a test does happens in a context of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from shutil import which
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from tests import programs
from tests.conftest import SCRIPTED, Running

PATIENCE_S = 240.0
"""Far more than anything here takes; how fast it is, is not what these tests ask."""
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)

Opener = Callable[..., Awaitable[Page]]


async def until(page: Page, expression: str) -> Any:
    """The expression's value as soon as it is true; the page's own policy lets nobody wait inside it."""
    async with asyncio.timeout(PATIENCE_S):
        while not (value := await page.evaluate(expression)):
            await asyncio.sleep(0.02)
    return value


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    program = next(filter(None, map(which, programs.PROGRAMS["chromium"])), None)
    if program is None:
        pytest.skip(programs.reason("chromium"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=list(_FLAGS), timeout=1000 * PATIENCE_S
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A server with the scripted model in a thread."""
    config = Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path_factory.mktemp("voices")))
    pool = engine_pool(config, process=False)
    await pool.start()
    server = Server(config, pool)
    async with listening(server) as url:
        yield Running(server, url)
    await pool.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser) -> AsyncIterator[Opener]:
    """Opens an address in a context of its own; what a page throws fails the test."""
    thrown: list[str] = []
    contexts = []

    async def open_page(url: str, *, ready: bool = True, script: str = "", **options: Any) -> Page:
        context = await browser.new_context(
            **({"locale": "en-US", "viewport": {"width": 1320, "height": 860}} | options)
        )
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE_S)
        await context.add_init_script(script)
        page = await context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        await page.goto(url)
        if ready:
            await until(page, "globalThis.oncue?.session?.state === 'ready'")
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert not thrown


@pytest_asyncio.fixture(loop_scope="module")
async def studio(opened: Opener, served: Running) -> Page:
    """The studio page, ready to speak."""
    return await opened(served.url)
