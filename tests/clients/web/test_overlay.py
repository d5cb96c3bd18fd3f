from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page

from tests.clients.web.conftest import Opener, until
from tests.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
WATCH = """
  globalThis.mouths = [];
  globalThis.captions = [];
  globalThis.lit = [];
  addEventListener("oncue.mouth", ({ detail }) => globalThis.mouths.push(detail.open));
  new MutationObserver(() => {
    const text = document.querySelector(".caption.on")?.textContent;
    const word = document.querySelector(".caption.on .lit")?.textContent;
    if (text && text !== globalThis.captions.at(-1)) globalThis.captions.push(text);
    if (word && word !== globalThis.lit.at(-1)) globalThis.lit.push(word);
  }).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""What comes and goes, written down in the page: a test that only looks now and then may miss it."""


async def emit(page: Page, detail: dict[str, Any]) -> None:
    """As obs-browser hands on an `emit_event` that came over obs-websocket."""
    await page.evaluate("(detail) => dispatchEvent(new CustomEvent('oncue', { detail }))", detail)


async def test_a_line_in_the_address_is_spoken_with_captions_and_a_mouth_that_closes(
    opened: Opener, served: Running
) -> None:
    page = await opened(f"{served.url}/overlay?mouth=on&text=Somebody+is+here.&hold=0.1", script=WATCH)
    await until(page, "lit.length > 0")
    assert await page.evaluate("captions") == ["Somebody is here."]
    await until(page, "!oncue.player.busy && mouths.length > 3")
    await until(page, "getComputedStyle(document.documentElement).getPropertyValue('--oncue-mouth') === '0.000'")
    assert max(await page.evaluate("mouths")) > 0.1
    await until(page, "document.querySelector('.caption.on') === null")


async def test_lines_that_obs_hands_on_are_spoken_one_after_another(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay?lang=zh", script=WATCH)
    spoken = (
        "for (const text of ['One.', 'Two.', 'Three.']) oncue.obey({ type: 'speak', text }); return oncue.queue.length;"
    )
    assert await page.evaluate(f"() => {{ {spoken} }}") == 2
    await until(page, "captions.length === 3 && !oncue.player.busy")
    assert await page.evaluate("captions") == ["One.", "Two.", "Three."]
    assert await page.locator(".overlay-label").text_content() == "AI生成"


async def test_an_interruption_comes_before_what_waits(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay", script=WATCH)
    await emit(page, {"type": "speak", "text": "This one is long, and it will not be heard to its end."})
    await emit(page, {"type": "speak", "text": "Waiting."})
    await until(page, "oncue.performance.current?.heard > 2000")
    await emit(page, {"type": "speak", "text": "Now.", "interrupt": True})
    await until(page, "captions.at(-1) === 'Now.' && !oncue.player.busy")
    assert await page.evaluate("[oncue.queue.length, captions.includes('Waiting.')]") == [0, False]


async def test_the_background_is_transparent_and_the_label_is_always_there(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay?captions=off&label=bl", script=WATCH)
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    assert await page.locator(".overlay-label[data-corner=bl]").is_visible()


async def test_it_shows_along_what_the_studio_in_the_same_browser_speaks(opened: Opener, served: Running) -> None:
    studio = await opened(served.url)
    await studio.context.add_init_script(WATCH)
    page = await studio.context.new_page()
    await page.goto(f"{served.url}/overlay?source=studio")
    await until(page, "globalThis.oncue")
    line = studio.locator("textarea.row-text").first
    await line.fill("Here and there.")
    await line.press("Enter")
    await until(page, "lit.length > 0")
    assert await page.evaluate("captions") == ["Here and there."]
    await until(page, "mouths.some((open) => open > 0.1) && mouths.at(-1) === 0")
    assert await page.evaluate("oncue.session === undefined")


async def test_only_pages_of_named_origins_may_speak_through_it(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay", script=WATCH)
    told = "(origin) => dispatchEvent(new MessageEvent('message', { origin, data: { type: 'speak', text: 'Hi.' } }))"
    await page.evaluate(told, "https://attacker.test")
    assert await page.evaluate("oncue.counter") == 0
    await page.evaluate(told, served.url)
    assert await page.evaluate("oncue.counter") == 1


async def test_a_refused_line_does_not_hold_up_the_next(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay", script=WATCH)
    await emit(page, {"type": "speak", "text": "Hi.", "voice": "nobody"})
    await emit(page, {"type": "speak", "text": "Hello."})
    await until(page, "captions.includes('Hello.')")


async def test_axe_finds_nothing_serious_in_the_overlay(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/overlay?text=Hello&mouth=on&hold=60", script=WATCH, bypass_csp=True)
    await until(page, "document.querySelector('.caption.on') !== null")
    await page.add_script_tag(path=AXE_FILE_PATH)
    found = await page.evaluate("axe.run()")
    assert [rule["id"] for rule in found["violations"] if rule["impact"] in {"serious", "critical"}] == []
