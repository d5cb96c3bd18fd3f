"""The pictures of docs/clients: the page and the overlay while they speak, with the bundled model.

    python -m tests.clients.web.pictures docs/clients

Take them on a machine with nothing else to do: the read-outs are in them. It needs Chromium, like the tests beside it.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, Page, async_playwright

from oncue.server.lifecycle import child_server
from tests import programs
from tests.clients.web.conftest import _FLAGS, PATIENCE_S, until

LINE = "The lights go down, and for a moment nobody breathes."
SCRIPT = "Mira: The lights go down, and for a moment nobody breathes.\nTheo: Did you hear that? Somebody is still in the house.\nMira: Stay close to me, and do not say a word."
SCRIPT_ZH = "林：灯光暗下来，一时间没有人敢呼吸。\n梅：你听见了吗？还是只有风声？\n林：嘘……有人来了。"
SCENE = "html { background: linear-gradient(165deg, #24324d, #6d5568 62%, #c4876a) !important; }"
"""What a game or a camera would be behind the overlay."""


async def opened(browser: Browser, url: str, **options: Any) -> Page:
    context = await browser.new_context(**({"locale": "en-US", "viewport": {"width": 1320, "height": 860}} | options))
    context.set_default_timeout(1000 * PATIENCE_S)
    page = await context.new_page()
    await page.goto(url)
    return page


async def studio(browser: Browser, url: str, **options: Any) -> Page:
    page = await opened(browser, url, **options)
    await until(page, "globalThis.oncue?.session?.state === 'ready'")
    return page


async def say(page: Page) -> None:
    line = page.locator("textarea.row-text").first
    await line.fill(LINE)
    await line.press("Enter")
    await until(page, "oncue.performance.current?.heard > 40000")


async def perform(page: Page, script: str) -> None:
    await page.click("#paste")
    await page.fill("#paste-text", script)
    await page.click("#paste-apply")
    await page.click("#speak-all")
    await until(page, "oncue.performance.current?.heard > 40000")


async def take(folder: Path, url: str, browser: Browser) -> None:
    page = await studio(browser, url)
    await perform(page, SCRIPT)
    await page.screenshot(path=folder / "studio-light.png")

    page = await studio(browser, url, locale="zh-CN", color_scheme="dark")
    await perform(page, SCRIPT_ZH)
    await page.screenshot(path=folder / "studio-dark.png")

    page = await studio(browser, url, viewport={"width": 390, "height": 844}, device_scale_factor=2)
    await say(page)
    await page.screenshot(path=folder / "studio-phone.png")

    page = await opened(
        browser, f"{url}/overlay?mouth=on&text={quote(LINE)}", viewport={"width": 1280, "height": 360}, bypass_csp=True
    )
    await page.add_style_tag(content=SCENE)
    await until(
        page,
        "document.querySelector('.caption.on .lit') && oncue.performance.current?.heard > 30000"
        " && getComputedStyle(document.documentElement).getPropertyValue('--oncue-mouth') > 0.4",
    )
    await page.screenshot(path=folder / "overlay.png")


async def main(folder: Path) -> None:
    """All four, from a server of its own."""
    program = next(filter(None, map(which, programs.PROGRAMS["chromium"])), None)
    assert program is not None, programs.reason("chromium")
    async with child_server() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=list(_FLAGS), timeout=1000 * PATIENCE_S
        )
        await take(folder, url, browser)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
