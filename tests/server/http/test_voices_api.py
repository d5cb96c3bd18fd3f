from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect

from oncue.clients.client import Client, ClientLine, Refusal, stream_url
from oncue.server.audit.log import AuditLog
from oncue.server.http import voices_api as desk
from oncue.server.http.app import Server
from oncue.server.http.upload import Upload, UploadError
from oncue.server.lifecycle import listening
from oncue.server.voices import recording as reference
from oncue.server.voices.clip import Clip, prepare
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol import messages, wire
from oncue.streaming.protocol.audio import from_s16le
from tests.conftest import Running
from tests.sounds import good_recording, noisy_recording

ADD = "/v1/voices?name=me&consent=true"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """WAV files looked at here and not in a child, which tests of the child do."""

    def decode(data: bytes, *, denoise: bool = False) -> Clip:
        return prepare(from_s16le(data[data.index(b"data") + 8 :]), 24_000, denoise=denoise)

    monkeypatch.setattr(reference, "decode", decode)


async def ask(url: str, method: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as client, client.request(method, f"{url}{path}", **given) as answer:
        return answer.status, await answer.json()


async def speak(client: Client, voice: str) -> str:
    line = await client.speak("Hello.", voice=voice)
    async for _event in line:
        pass
    assert line.done is not None
    return line.done.reason


async def test_a_voice_is_added_named_on_the_wire_at_once_kept_over_a_restart_and_removed(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        with pytest.raises(Refusal, match="no voice"):
            await speak(client, "小雨")
        status, told = await ask(
            running.url, "POST", "/v1/voices", params={"name": "小雨", "consent": "true"}, data=good_recording()
        )
        assert status == 201
        assert told["report"]["verdict"] == "good"
        assert told["voice"]["consent"]["by"] == "POST /v1/voices"
        assert await speak(client, "小雨") == "complete"
        assert await speak(client, told["voice"]["id"]) == "complete"

    again = Server(running.server.state.config, running.server.state.pool)
    async with listening(again) as url:
        assert [voice["name"] for voice in (await ask(url, "GET", "/v1/voices"))[1]["voices"]] == ["hum", "小雨"]
        status, shown = await ask(url, "GET", "/v1/voices/小雨")
        assert (status, shown["voice"], shown["voice_id"]) == (200, told["voice"], "小雨")
        async with connect(stream_url(url), compression=None) as socket:
            await socket.send(wire.encode(messages.Open()))
            ready = wire.decode_server(str(await socket.recv()))
            assert isinstance(ready, messages.Ready)
            assert "小雨" in ready.voices
        async with await Client.connect(url) as client:
            assert await speak(client, "小雨") == "complete"
            assert await ask(url, "DELETE", "/v1/voices/小雨") == (200, {"removed": True})
            with pytest.raises(Refusal, match="no voice"):
                await speak(client, "小雨")
    assert (await ask(running.url, "DELETE", "/v1/voices/小雨"))[0] == 404


@pytest.mark.usefixtures("at_once")
async def test_the_same_recording_is_encoded_once_as_bytes_as_a_form_and_under_another_name(
    running: Running, encoded: list[int]
) -> None:
    first = await ask(running.url, "POST", ADD, data=good_recording())
    form = aiohttp.FormData({"name": "other", "consent": "true"}, default_to_multipart=True)
    form.add_field("file", good_recording(), filename="me.wav")
    second = await ask(running.url, "POST", "/v1/voices", data=form)
    again = await ask(running.url, "POST", ADD, data=good_recording())
    assert [status for status, _ in (first, second, again)] == [201, 201, 201]
    assert [told["cached"] for _, told in (first, second, again)] == [False, True, True]
    assert len({told["voice"]["id"] for _, told in (first, second, again)}) == 1
    assert len(encoded) == 1


@pytest.mark.usefixtures("at_once")
async def test_every_refusal_has_its_code_and_a_sentence_and_makes_no_voice(
    running: Running, encoded: list[int]
) -> None:
    good, noisy = good_recording(), noisy_recording()
    for path, data, status, code in (
        ("?name=me", good, 403, "consent_missing"),
        ("?name=me&consent=false", good, 403, "consent_missing"),
        ("?consent=true", good, 400, "bad_message"),
        ("?name=a/b&consent=true", good, 400, "bad_name"),
        ("?name=hum&consent=true", good, 409, "name_taken"),
        ("?name=me&consent=true", noisy, 422, "noisy"),
        ("?name=me&consent=true", bytes(20 << 20), 413, "too_large"),
    ):
        found, told = await ask(running.url, "POST", f"/v1/voices{path}", data=data)
        assert (found, told["error"]["code"]) == (status, code), path
        assert told["error"]["message"].endswith(".")
        assert ("report" in told) == (status == 422)
    assert not encoded
    assert len((await ask(running.url, "GET", "/v1/voices"))[1]["voices"]) == 1
    for path, status, code in (
        ("hum", 409, "built_in"),
        ("nobody", 404, "unknown_voice"),
        ("..%2Fx", 404, "unknown_voice"),
    ):
        found, told = await ask(running.url, "DELETE", f"/v1/voices/{path}")
        assert (found, told["error"]["code"]) == (status, code)


@pytest.mark.usefixtures("at_once")
async def test_a_noisy_recording_can_be_denoised_or_forced(running: Running) -> None:
    status, told = await ask(running.url, "POST", f"{ADD}&denoise=true", data=noisy_recording())
    assert status == 201
    assert told["report"]["snr_db"] > 20 > told["report"]["snr_before_db"]
    status, told = await ask(running.url, "POST", "/v1/voices?name=raw&consent=true&force=true", data=noisy_recording())
    assert status == 201
    assert told["report"]["verdict"] == "doubtful"


async def test_what_is_no_recording_is_a_bad_reference(running: Running) -> None:
    status, told = await ask(running.url, "POST", ADD, data=b"nothing of the kind")
    assert (status, told["error"]["code"]) == (422, "bad_reference")


async def test_no_more_recordings_are_looked_at_at_once_than_the_machine_can_bear(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    waiting: list[bytes] = []

    async def slow(request: aiohttp.web.Request) -> Upload:
        waiting.append(b"")
        if len(waiting) == desk._MOST_AT_ONCE:
            began.set()
        await go_on.wait()
        raise UploadError(400, "bad_message", "Enough.")

    monkeypatch.setattr(desk, "receive", slow)
    asked = [asyncio.create_task(ask(running.url, "POST", ADD, data=b"x")) for _ in range(desk._MOST_AT_ONCE)]
    await asyncio.wait_for(began.wait(), 20)
    status, told = await ask(running.url, "POST", ADD, data=b"x")
    assert (status, told["error"]["code"], told["error"]["retry"]) == (503, "busy", True)
    go_on.set()
    assert [status for status, _ in await asyncio.gather(*asked)] == [400] * desk._MOST_AT_ONCE
    assert (await ask(running.url, "POST", ADD, data=b"x"))[0] == 400


async def test_nobody_comes_in_without_the_token_or_while_the_server_drains(running: Running) -> None:
    running.server.state.draining = True
    assert (await ask(running.url, "POST", ADD, data=b"x"))[1]["error"]["code"] == "draining"
    running.server.state.config = type(running.server.state.config)(token="secret", port=0)
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/hum"), ("DELETE", "/hum")):
        assert (await ask(running.url, method, f"/v1/voices{path}"))[0] == 401
        assert (await ask(running.url, method, f"/v1/voices{path}", headers={"Origin": "https://evil.example"}))[
            0
        ] == 403


@pytest.mark.usefixtures("at_once")
async def test_neither_the_name_of_the_file_nor_that_of_the_voice_is_logged_and_the_file_is_not_kept(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("name", "canary_voice")
    form.add_field("consent", "true")
    form.add_field("file", good_recording(), filename="canary_file.wav")
    with caplog.at_level(logging.DEBUG):
        assert (await ask(running.url, "POST", "/v1/voices", data=form))[0] == 201
        await ask(running.url, "POST", "/v1/voices?name=canary_voice", data=b"x")
        await ask(running.url, "DELETE", "/v1/voices/canary_none")
    assert "added" in caplog.text
    assert "canary" not in caplog.text
    kept = folder(running)
    assert not any(b"canary_file" in content for content in kept)
    assert max(map(len, kept)) < 5000
    _, figures = await _text(running.url, "/metrics")
    assert "canary" not in figures


async def end(line: ClientLine) -> str | None:
    """The code of the error that a line ends with."""
    async for _event in line:
        pass
    assert line.done is not None
    return None if line.done.error is None else line.done.error.code


async def test_a_voice_that_is_revoked_ends_its_lines_at_once_and_is_written_down(
    running: Running, at_once: None
) -> None:
    assert (await ask(running.url, "POST", ADD + "&speaker=Ada", data=good_recording()))[0] == 201
    async with await Client.connect(running.url) as client:
        line = await client.speak("This line goes on for a long time. " * 20, voice="me")
        other = await client.speak("Hello.")
        async for event in line:
            if isinstance(event, wire.AudioFrame):
                break
        status, told = await ask(running.url, "POST", "/v1/voices/me/revoke")
        assert (status, told["revoked"]["names"], told["revoked"]["consent"]["speaker"]) == (200, ["me"], "Ada")
        assert await end(line) == "voice_revoked"
        async for _event in other:
            pass
        assert other.done is not None
        assert other.done.reason == "complete"
        with pytest.raises(Refusal, match="took the consent back"):
            await speak(client, "me")
    assert (await ask(running.url, "POST", ADD, data=good_recording()))[1]["error"]["code"] == "voice_revoked"
    await running.server.state.pool.audit.flush()
    log = running.server.state.config.audit_path
    assert AuditLog(log).verify().bad is None
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert {"voice_added", "voice_revoked", "line"} <= set(events)


async def test_a_voice_that_another_process_revokes_ends_its_lines_within_a_second(
    running: Running, at_once: None
) -> None:
    assert (await ask(running.url, "POST", ADD, data=good_recording()))[0] == 201
    async with await Client.connect(running.url) as client:
        line = await client.speak("This line goes on for a long time. " * 20, voice="me")
        async for event in line:
            if isinstance(event, wire.AudioFrame):
                break
        VoiceStore(running.server.state.config.voices_path, None, {}).revoke("me", "", "somebody")
        assert await end(line) == "voice_revoked"


@pytest.mark.parametrize(
    "fields",
    [
        "consent_how=oath",
        "consent_how=paper",
        "consent_evidence=" + "0" * 64,
        "consent_how=recording&consent_evidence=short",
        "speaker=" + "x" * 201,
    ],
)
async def test_a_consent_that_is_no_whole_statement_is_refused(running: Running, fields: str) -> None:
    status, told = await ask(running.url, "POST", f"{ADD}&{fields}", data=b"RIFF")
    assert (status, told["error"]["code"]) == (400, "bad_message")


def folder(running: Running) -> list[bytes]:
    """Names and contents of all that is kept."""
    kept = Path(running.server.state.config.voices_dir)
    return [path.name.encode() + path.read_bytes() for path in kept.iterdir()]


async def _text(url: str, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(f"{url}{path}") as answer:
        return answer.status, await answer.text()
