"""What a server does with what was made to hurt it: a refusal in time, no memory lost, and no file opened that is not its own."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import io
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncue.server.compat.aliases import AliasResolver
from oncue.server.config import Config
from oncue.server.voices.store import VoiceStore
from oncue.streaming.protocol.errors import UnknownVoice
from tests.conftest import Running
from tests.fakes import ScriptedModel
from tests.server.http.hostile import MOST_MB, RECORDINGS, resident_mb

IDS = int(os.environ.get("TEST_VOICE_IDS", "2000"))
"""Voice names that are tried; the figure of the release is of 100,000."""


def kept(folder: Path) -> list[str]:
    """What is in the folder of voices."""
    return [path.name for path in folder.glob("*")]


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_recording_made_to_hurt_is_refused_and_leaves_no_memory_behind(running: Running, name: str) -> None:
    data = RECORDINGS[name]()
    async with aiohttp.ClientSession() as client:
        address = f"{running.url}/v1/voices?name=bad&consent=true"
        before, began = resident_mb(), time.process_time()
        async with client.post(address, data=data) as answer:
            assert 400 <= answer.status < 500
            assert (await answer.json())["error"]["message"]
        assert time.process_time() - began < 2  # of this process: the child has its own limit
        assert resident_mb() - before < MOST_MB
    assert kept(running.server.state.config.voices_path) == []


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every path that is opened from now on, by anything written in Python."""
    paths: list[str] = []
    real = io.open

    def watched(file: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(file, str | os.PathLike):
            paths.append(os.fspath(file))
        return real(file, *rest, **more)

    monkeypatch.setattr(builtins, "open", watched)
    monkeypatch.setattr(io, "open", watched)
    return paths


names = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["..", "/", "\\", ".", "\0", "%2e", "etc", "passwd", "~", "hum", "C:", "\n", "․․", "／"]),
        max_size=12,
    ).map("".join),
)


@settings(
    max_examples=IDS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=names)
def test_no_name_of_a_voice_opens_anything_outside_its_folder(opened: list[str], tmp_path: Path, name: str) -> None:

    folder = tmp_path / "voices"
    store = VoiceStore(folder, "scripted", ScriptedModel().voices)
    opened.clear()
    with contextlib.suppress(UnknownVoice):
        AliasResolver(store, Config(voices_dir=str(folder))).voice(name)
    assert all(Path(os.path.realpath(path)).is_relative_to(folder) for path in opened)


HARMFUL = [
    "../../etc/passwd",
    "..",
    "%2e%2e%2f",
    "a" * 200,
    "/etc/passwd",
    "hum/../hum",
    "\x00",
    "\u202e",
    "💥" * 60,
    "CON",
    "~root",
]


async def test_the_same_names_over_http_are_refused(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        for name in HARMFUL:
            spelled = quote(name, safe="")
            for method, path, body in (
                ("get", f"/v1/voices/{spelled}", None), ("delete", f"/v1/voices/{spelled}", None),
                ("post", f"/v1/text-to-speech/{spelled}", {"text": "Hi."}),
                ("post", "/v1/audio/speech", {"input": "Hi.", "voice": name}),
                ("post", "/v1/speech", {"text": "Hi.", "voice": name}),
                ("post", "/tts/bytes", {"transcript": "Hi.", "voice": {"mode": "id", "id": name}}),
            ):  # fmt: skip
                async with client.request(method, running.url + path, json=body) as answer:
                    assert 400 <= answer.status < 500, (method, path)


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'{"text":' + b'"\xff"}', b"null", b"\0" * 1000])
@pytest.mark.parametrize(
    "path", ["/v1/speech", "/v1/audio/speech", "/v1/text-to-speech/hum", "/tts/bytes", "/tts/v1/voice"]
)
async def test_a_body_that_is_no_request_is_told_so(running: Running, path: str, data: bytes) -> None:
    async with aiohttp.ClientSession() as client, client.post(running.url + path, data=data) as answer:
        assert answer.status == 400


async def test_a_client_that_does_not_read_holds_its_line_and_nothing_else(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        stuck = await client.post(
            f"{running.url}/v1/speech?format=pcm&rate=48000", json={"text": "Hello there, you. " * 200}
        )
        async with client.post(f"{running.url}/v1/speech?format=pcm", json={"text": "Hello there."}) as answer:
            assert len(await answer.read()) > 20_000
        before = resident_mb()
        await asyncio.sleep(0.5)
        assert resident_mb() - before < MOST_MB
        stuck.close()
    async with asyncio.timeout(240):
        while running.server.state.pool.lines:
            await asyncio.sleep(0.01)
