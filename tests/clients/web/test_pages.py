from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page

from tests.clients.web.conftest import Opener, until
from tests.conftest import Running
from tests.films import make

pytestmark = pytest.mark.asyncio(loop_scope="module")


SCENE = {
    "characters": {"ada": {}, "bo": {"pan": 0.5}},
    "cues": {"knock": None},
    "choices": {"answer": {"options": ["open", "wait"], "default": "wait"}},
    "beats": [
        {
            "id": "one",
            "lines": [
                {"id": "a1", "who": "ada", "text": "Who is there?"},
                {"id": "a2", "who": "ada", "text": "Come in.", "cue": "knock", "when": {"answer": "open"}},
                {"id": "b2", "who": "bo", "text": "I can wait.", "cue": "knock", "when": {"answer": "wait"}},
            ],
        }
    ],
}
"""What is chosen is heard only after a cue, however slow the machine that clicks is."""
AXE = Path(AXE_FILE_PATH).read_text("utf-8")


async def accessible(page: Page) -> None:
    await page.evaluate(f"() => {{ {AXE} }}")
    found = await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")
    assert found == []


async def test_a_scene_runs_on_the_page_with_its_clock_its_choice_and_its_cue(opened: Opener, served: Running) -> None:
    page = await opened(f"{served.url}/scene", ready=False)
    await until(page, "globalThis.oncue !== undefined")
    await accessible(page)
    await page.evaluate("(scene) => { oncue.source.value = JSON.stringify(scene); }", SCENE)
    await page.get_by_role("button", name="Run").click()
    await page.get_by_role("button", name="open").click()
    await page.get_by_role("button", name="knock").click()
    await until(page, "document.querySelector('.note').textContent.includes('The scene is over')")
    state = await page.evaluate("[...oncue.plan.places.values()].map(({ line, status }) => [line, status])")
    assert dict(state) == {"a1": "begun", "a2": "begun", "b2": "skipped"}
    assert await page.evaluate("oncue.lines.get('a2').frames.length") > 0
    assert await page.locator(".clip").count() == 2


async def test_a_film_is_dropped_its_lines_are_written_and_it_is_dubbed(
    opened: Opener, served: Running, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    said = {"low": make.phrases_of_arithmetic("low", 100, (1.5, 1.5), seed=3)}
    make.film(film, make.in_turns(said), 5.0, audio_codec="aac")
    page = await opened(f"{served.url}/dub", ready=False)
    await until(page, "globalThis.oncue !== undefined")
    await page.locator(".drop-film input").set_input_files(film)
    await until(page, "document.querySelectorAll('.lines tbody tr').length === 2")
    await accessible(page)
    for number, text in ((1, "Hello there."), (2, "Good day to you.")):
        await page.get_by_label(f"What is said {number}").fill(text)
        await page.get_by_label(f"What is said {number}").press("Tab")
    await page.get_by_role("button", name="End 1").press("ArrowLeft")
    await page.get_by_role("button", name="Hear").first.click()
    await until(page, "document.querySelector('.note.bad') !== null")
    assert "consent" in (await page.locator(".note").text_content() or "")
    await page.get_by_label("Whoever speaks in the film agreed to it.").check()
    await page.get_by_role("button", name="Hear").first.click()
    await until(page, "oncue.sound !== undefined && !oncue.makeButton.disabled")
    await page.get_by_role("button", name="Dub", exact=True).click()
    await until(page, "oncue.blob !== undefined")
    assert await page.evaluate("oncue.blob.size") > 1000
    assert [await cell.text_content() for cell in await page.locator("td.fit").all()] != ["", ""]
