"""A headless Chromium on the studio page: Debian's, with no profile, no sandbox (tests may run as root) and no network but loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from shutil import which
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import Running

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)  # fmt: skip


async def until(page: Page, expression: str, timeout_s: float = 60) -> Any:
    """The expression's value as soon as it is true; the page's own policy lets nobody wait inside it."""
    async with asyncio.timeout(timeout_s):
        while not (value := await page.evaluate(expression)):
            await asyncio.sleep(0.02)
    return value


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """One for each test."""
    program = which("chromium") or which("chromium-browser") or which("google-chrome")
    if program is None:
        pytest.skip("needs chromium, which pip cannot bring")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An English page on a desk; what it throws fails the test."""
    page = await browser.new_page(viewport={"width": 1320, "height": 860}, locale="en-US")
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    assert not thrown


@pytest.fixture
async def studio(page: Page, running: Running) -> Page:
    """The studio page, ready to speak."""
    await page.goto(running.url)
    await until(page, "globalThis.oncue?.session?.state === 'ready'")
    return page
