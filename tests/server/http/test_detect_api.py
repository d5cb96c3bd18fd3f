from __future__ import annotations

from aiohttp import ClientSession, FormData

from oncue.server.voices.recording import MAX_BYTES
from tests.conftest import Running


async def test_what_this_server_spoke_is_detected_by_it(running: Running) -> None:
    async with ClientSession() as web:
        text = "This is a line that is long enough to be found again. " * 2
        async with web.post(f"{running.url}/v1/speech", json={"text": text, "duration": {"seconds": 8}}) as answer:
            sound = await answer.read()
            assert answer.status == 200
        form = FormData()
        form.add_field("file", sound, filename="a.wav")
        async with web.post(f"{running.url}/v1/detect", data=form) as answer:
            told = await answer.json()
    assert answer.status == 200
    assert "label" in told["layers"]
    assert 7.9 < told["heard_s"] <= 8.0
    assert set(told["watermark"]) == {"found", "chance", "speed", "server", "day"}


async def test_what_is_no_sound_is_refused_with_a_sentence(running: Running) -> None:
    async with ClientSession() as web, web.post(f"{running.url}/v1/detect", data=b"%PDF-1.7") as answer:
        told = await answer.json()
    assert (answer.status, told["error"]["code"]) == (422, "bad_recording")


async def test_too_large_a_recording_is_refused_before_it_is_read(running: Running) -> None:
    body = bytes(MAX_BYTES + 1)
    async with ClientSession() as web, web.post(f"{running.url}/v1/detect", data=body) as answer:
        assert answer.status == 413


async def test_a_form_without_a_file_is_refused(running: Running) -> None:
    form = FormData()
    form.add_field("name", "x", filename="x")
    async with ClientSession() as web, web.post(f"{running.url}/v1/detect", data=form) as answer:
        assert answer.status == 400


async def test_ready_says_whether_sound_is_marked(running: Running) -> None:
    async with ClientSession() as web, web.get(f"{running.url}/readyz") as answer:
        assert (await answer.json())["watermark"] is True
