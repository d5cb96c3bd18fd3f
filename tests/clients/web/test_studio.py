from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import av
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page

from oncue.clients.client import Client
from oncue.server.audio.labels import aigc
from oncue.server.audio.wav import wav
from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import child_server, listening
from tests.clients.web.conftest import Opener, until
from tests.conftest import SCRIPTED, Running
from tests.sounds import good_recording

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXT = "Did you hear that, or was it only the wind in the trees?"
SPOKEN = Path(__file__).resolve().parents[3] / "docs" / "voices" / "otto.ogg"
MP3_FRAME = 576
"""Samples of a frame at 24 kHz: how much a streamed MP3 may be longer than what is in it."""
LONG = f"{TEXT} {TEXT} {TEXT}"
PLAYED = """() => {
  const { take } = oncue.shown;
  return { consumed: oncue.player.lastConsumed, received: take.length, promised: take.done?.samples, target: take.target,
           underruns: oncue.player.underruns, ahead: oncue.player.mostAheadS, kind: oncue.player.kind };
}"""
WATCH = """() => {
  globalThis.lit = [];
  new MutationObserver(() => {
    const word = document.querySelector("#spoken .lit")?.textContent;
    if (word && word !== globalThis.lit.at(-1)) globalThis.lit.push(word);
  }).observe(document.querySelector("#spoken"), { subtree: true, attributes: true, childList: true });
}"""


async def say(page: Page, text: str) -> None:
    """Type a line and press Enter."""
    line = page.locator("textarea.row-text").first
    await line.fill(text)
    await line.press("Enter")


async def ended(page: Page) -> dict[str, Any]:
    """Until everything was heard; what was played."""
    await until(page, "!oncue.player.busy && oncue.shown.take?.ended === true")
    played: dict[str, Any] = await page.evaluate(PLAYED)
    return played


async def held_until_here(page: Page, text: str) -> dict[str, Any]:
    """Say a line while the audio thread stands still, and let it run when all is here: no machine is too slow for that."""
    await page.evaluate("oncue.player.context.suspend()")
    await page.evaluate("() => { oncue.player.unlock = () => {}; }")
    await say(page, text)
    await until(page, "oncue.shown.take?.ended === true")
    await page.evaluate("oncue.player.context.resume()")
    return await ended(page)


async def test_a_line_that_is_here_in_time_is_heard_to_its_last_sample_without_an_underrun(studio: Page) -> None:
    played = await held_until_here(studio, "Did you hear that?")
    assert played["kind"] == "worklet"
    assert played["consumed"] == played["received"] == played["promised"] > 24_000
    assert played["underruns"] == 0
    assert await studio.locator("#underruns").text_content() == "0"


async def test_a_long_line_never_waits_in_the_page_for_more_than_the_credit(studio: Page) -> None:
    await say(studio, LONG)
    played = await ended(studio)
    assert played["consumed"] == played["received"] == played["promised"] > 24_000 * 5
    assert 0.5 < played["ahead"] <= 2.5
    assert str(played["underruns"]) == await studio.locator("#underruns").text_content()


async def test_words_light_up_in_the_order_of_the_line(studio: Page) -> None:
    await studio.evaluate(WATCH)
    await say(studio, "One two three four five six.")
    await ended(studio)
    lit = await studio.evaluate("lit")
    words = await studio.evaluate("oncue.shown.take.words.map(({ text }) => text)")
    assert len(lit) >= len(words) - 1  # a slow machine may draw no frame while a short word sounds
    assert lit == [word for word in words if word in lit]


async def test_dragging_the_end_moves_the_end_of_a_line_that_plays(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    natural = await studio.evaluate("oncue.shown.take.planned")
    handle = await studio.locator(".end-handle").bounding_box()
    assert handle is not None
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + 40
    await studio.mouse.move(x, y)
    await studio.mouse.down()
    await studio.mouse.move(x + 60, y, steps=4)
    await studio.mouse.up()
    await until(studio, "oncue.shown.take.target !== null")
    played = await ended(studio)
    assert played["consumed"] == played["target"] > natural * 1.02
    assert (await studio.locator("#off").text_content()) == "0"


async def test_the_end_is_moved_with_the_keyboard_too(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    natural = await studio.evaluate("oncue.shown.take.planned")
    await studio.locator(".end-handle").focus()
    await studio.keyboard.press("Shift+ArrowRight")
    await until(studio, "oncue.shown.take.target !== null")
    played = await ended(studio)
    assert played["consumed"] == played["target"] > natural


async def test_barging_in_is_silence_within_a_tenth_of_a_second_and_ends_the_line(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    await studio.keyboard.press("Escape")
    stopped = await until(studio, "oncue.lastStop")
    assert stopped["ms"] < 100
    await until(studio, "oncue.shown.take.done !== null")
    assert await studio.evaluate("[oncue.shown.take.done.reason, oncue.player.busy]") == ["cancelled", False]
    assert "Stopped after" in (await studio.locator("#message").text_content() or "")


async def test_a_pause_keeps_the_place_and_the_server_waits(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    await studio.keyboard.press("Control+Space")
    at = await studio.evaluate("oncue.performance.current.heard")
    await asyncio.sleep(1.5)
    assert await studio.evaluate("oncue.performance.current.heard") == at
    assert await studio.evaluate("oncue.player.aheadS") <= 2.5
    await studio.keyboard.press("Control+Space")
    played = await ended(studio)
    assert played["consumed"] == played["promised"]


async def test_it_plays_from_where_the_wave_is_clicked(studio: Page) -> None:
    await say(studio, TEXT)
    whole = await ended(studio)
    head = await studio.evaluate("oncue.timeline.width")
    await studio.locator("#timeline").click(position={"x": head / 2, "y": 80})
    await until(studio, "oncue.player.busy")
    played = await ended(studio)
    assert 0.3 * whole["received"] < played["consumed"] < 0.7 * whole["received"]


async def test_a_changed_feeling_reaches_the_line_that_plays(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    await studio.evaluate(
        "() => { const { session } = oncue; const { send } = session; globalThis.sent = []; session.send = (m) => { globalThis.sent.push(m); send.call(session, m); }; }"
    )
    pad = await studio.locator("#pad").bounding_box()
    assert pad is not None
    await studio.mouse.click(pad["x"] + pad["width"] * 0.85, pad["y"] + pad["height"] * 0.35)
    await until(studio, "sent.some(({ type, emotion }) => type === 'update' && emotion.vector[0] > 0.5)")
    assert (await ended(studio))["promised"] > 0


async def paste(page: Page, text: str) -> None:
    """Take a script."""
    await page.click("#paste")
    await page.fill("#paste-text", text)
    await page.click("#paste-apply")


async def exported(page: Page, kind: str) -> bytes:
    """What is downloaded when that is chosen in the menu."""
    await page.click("#export")
    async with page.expect_download() as coming:
        await page.click(f"[data-export={kind}]")
    file = Path(await (await coming.value).path())
    return await asyncio.to_thread(file.read_bytes)


def mp3_samples(data: bytes) -> int:
    """How many samples are in it."""
    with av.open(io.BytesIO(data), "r") as container:
        return sum(int(frame.samples) for frame in container.decode(audio=0))


async def test_a_script_is_spoken_line_after_line_and_leaves_as_wav_mp3_and_srt(studio: Page) -> None:
    await paste(studio, "Mira: Who is there?\nTheo: Only me.")
    await studio.click("#speak-all")
    await until(studio, "[...oncue.performance.entries.values()].length === 2")
    await until(studio, "!oncue.player.busy")
    lengths = await studio.evaluate("[...oncue.performance.entries.values()].map(({ take }) => take.length)")
    assert await studio.evaluate("oncue.player.lastConsumed") == sum(lengths) + 6000

    sound = await exported(studio, "wav")
    assert len(sound) == len(wav(b"", 24_000, label=aigc())) + 2 * (sum(lengths) + 6000)
    assert b"AI-generated" in sound[:200]
    assert 0 <= mp3_samples(await exported(studio, "mp3")) - sum(lengths) - 6000 <= MP3_FRAME
    assert await studio.locator("#message").text_content() == "Exported oncue.mp3."
    titles = (await exported(studio, "srt")).decode()
    assert titles.startswith("1\n00:00:00,")
    assert "Mira: Who is there?" in titles
    assert "Theo: Only me." in titles


async def test_an_export_that_cannot_be_made_says_why_and_the_menu_still_works(studio: Page) -> None:
    await paste(studio, "Mira: ……")
    await studio.click("#export")
    await studio.click("[data-export=mp3]")
    await until(studio, "document.querySelector('#message').dataset.tone === 'bad'")
    assert (await studio.locator("#message").text_content() or "").startswith("Nothing was exported: ")
    assert await studio.locator("#export").is_enabled()


async def clone(page: Page, recording: bytes, file_name: str, name: str) -> None:
    """Drop a recording, say that the speaker agreed, and wait until it is a voice and the character has it."""
    await page.evaluate(
        """([bytes, name]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], name));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [list(recording), file_name],
    )
    await page.locator("#clip").wait_for()
    await page.fill("#clone-name", name)
    assert await page.locator("#make").is_disabled()
    await page.check("#consent")
    await page.click("#make")
    await page.locator("#report[data-verdict=good]").wait_for()
    assert "kHz" in (await page.locator("#report").text_content() or "")
    await page.keyboard.press("Escape")
    assert await page.evaluate(
        "(made) => [oncue.character.voice, oncue.voices.some(({ name }) => name === made)]", name
    ) == [name, True]


async def test_a_recording_that_is_dropped_becomes_a_voice_with_its_report(studio: Page) -> None:
    await clone(studio, good_recording(), "me.wav", "me")
    await say(studio, "It is me.")
    assert (await ended(studio))["promised"] > 0


async def test_the_microphone_is_recorded_as_it_is(studio: Page) -> None:
    await studio.click("#clone")
    await studio.click("#record")
    await until(studio, "/[1-9]\\.\\d s/.test(document.querySelector('#record-note').textContent)")
    await studio.click("#record")
    await until(studio, "oncue.clone.blob !== null")
    assert await studio.evaluate("oncue.clone.blob.size") > 80_000


async def test_a_refused_line_says_why_and_the_next_one_is_heard(studio: Page) -> None:
    await say(studio, "……")
    await until(studio, "document.querySelector('#message').dataset.tone === 'bad'")
    await until(studio, "!oncue.player.busy")
    await say(studio, "Better now.")
    await until(studio, "oncue.shown.take?.text === 'Better now.'")
    assert (await ended(studio))["promised"] > 0


async def test_opus_arrives_as_the_same_number_of_samples(studio: Page) -> None:
    await studio.evaluate("document.querySelectorAll('details').forEach((node) => (node.open = true))")
    await studio.select_option("#codec", "opus")
    await until(studio, "oncue.session.ready?.audio.codec === 'opus'")
    await say(studio, "Packets of twenty milliseconds.")
    played = await ended(studio)
    assert played["consumed"] == played["received"] == played["promised"] > 0


async def test_a_connection_that_is_lost_in_the_middle_is_not_heard(studio: Page) -> None:
    await say(studio, LONG)
    await until(studio, "oncue.performance.current?.heard > 4000")
    await studio.evaluate("oncue.session.socket.onclose({ code: 1006 })")
    await until(studio, "oncue.session.state === 'ready'")
    played = await ended(studio)
    assert played["consumed"] == played["received"] == played["promised"]


async def test_without_a_secure_context_it_plays_through_the_older_interface(opened: Opener, served: Running) -> None:
    lacking = "Object.defineProperty(BaseAudioContext.prototype, 'audioWorklet', { value: undefined }); delete globalThis.AudioDecoder;"
    page = await opened(served.url, script=lacking)
    await say(page, "As it was done before.")
    played = await ended(page)
    assert played["kind"] == "script"
    assert played["consumed"] == played["received"] == played["promised"] > 0


async def test_the_page_asks_for_the_token_and_keeps_it_out_of_the_address(opened: Opener, tmp_path: Path) -> None:
    config = Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path / "voices"), token="open sesame")
    pool = engine_pool(config, process=False)
    await pool.start()
    async with listening(Server(config, pool)) as url:
        page = await opened(url, ready=False)
        await page.fill("#token", "open sesame")
        await page.keyboard.press("Enter")
        await until(page, "globalThis.oncue?.session?.state === 'ready'")
        other = await opened(f"{url}/#token=open%20sesame")
        assert "sesame" not in other.url
        await paste(other, "Mira: In.\nTheo: Out.")
        lengths = 0
        for line in await other.evaluate(
            "oncue.script.lines.map((line) => ({ text: line.text, voice: oncue.script.characters.find(({ id }) => id === line.character).voice }))"
        ):
            async with await Client.connect(url, token="open sesame") as client:
                lengths += len(await (await client.speak(line["text"], voice=line["voice"])).pcm()) // 2
        assert 0 <= mp3_samples(await exported(other, "mp3")) - lengths - 6000 <= MP3_FRAME
        assert await other.evaluate("oncue.performance.entries.size") == 0  # nothing was spoken in the page for it
    await pool.stop()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_it_speaks_the_browsers_language_and_always_says_that_a_machine_speaks(
    opened: Opener, served: Running, locale: str
) -> None:
    page = await opened(served.url, locale=locale, viewport={"width": 390, "height": 844})
    label = page.locator(".ai-label")
    assert await label.text_content() == {"en-US": "AI-generated", "zh-CN": "AI生成"}[locale]
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    box = await label.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < 100
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1320), ("dark", 390)])
async def test_axe_finds_nothing_serious(opened: Opener, served: Running, scheme: Any, width: int) -> None:
    page = await opened(served.url, color_scheme=scheme, viewport={"width": width, "height": 860}, bypass_csp=True)
    await page.evaluate("document.querySelectorAll('details').forEach((node) => (node.open = true))")
    await page.add_script_tag(path=AXE_FILE_PATH)

    async def violations() -> list[tuple[str, list[str]]]:
        found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        assert len(found["passes"]) > 20
        bad = [rule for rule in found["violations"] if rule["impact"] in {"serious", "critical"}]
        return [(rule["id"], [node["html"][:160] for node in rule["nodes"]]) for rule in bad]

    assert await violations() == []
    await say(page, "One two three.")
    await ended(page)
    await page.keyboard.press("Escape")
    assert await violations() == []
    for opener in ("#clone", "#paste", "#keys"):
        await page.locator(opener).click()
        assert await violations() == [], opener
        await page.keyboard.press("Escape")


async def test_all_of_it_with_the_bundled_model(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    async with child_server() as url:
        page = await opened(url)
        await page.evaluate(WATCH)
        await say(page, "The lights go down, and for a moment nobody breathes.")
        played = await ended(page)
        assert played["consumed"] == played["received"] == played["promised"] > 48_000
        assert played["ahead"] <= 2.5
        order = ["The", "lights", "go", "down", "and", "for", "a", "moment", "nobody", "breathes"]
        lit = await page.evaluate("lit")
        assert len(lit) >= 5
        assert lit == [word for word in order if word in lit]

        stock = await page.evaluate("oncue.character.voice")
        await clone(page, SPOKEN.read_bytes(), "otto.ogg", "dropped")
        await say(page, "It is me.")
        await until(page, "oncue.shown.take?.text === 'It is me.'")
        played = await ended(page)
        assert played["consumed"] == played["received"] == played["promised"] > 12_000
        async with await Client.connect(url) as client:
            lines = {name: await (await client.speak("It is me.", voice=name)).pcm() for name in (stock, "dropped")}
        assert len(lines["dropped"]) // 2 == played["promised"]
        assert lines["dropped"] != lines[stock]
