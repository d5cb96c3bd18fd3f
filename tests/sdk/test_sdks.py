"""The SDKs that people have, against a server with the bundled model: sound streams, and its times are those of the sound.

They live in an environment of their own, made by `python -m tests.sdk.prepare`; without it these tests are skipped.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from oncue.server.lifecycle import child_server
from tests.sdk import talk
from tests.sdk.prepare import DONE, place

pytestmark = [
    pytest.mark.skipif(
        not (place() / DONE).exists(), reason="the SDKs are not there: python -m tests.sdk.prepare fetches them"
    ),
    pytest.mark.asyncio(loop_scope="module"),
]
KEY = "sdk-secret"


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server is, and where it speaks Wyoming."""

    url: str
    wyoming: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server for all of them: it takes longer to start than they to speak."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCUE_VOICES_DIR", str(folder / "voices"))
        async with child_server("--token", KEY, "--wyoming", str(port)) as url:
            yield Served(url, f"tcp://127.0.0.1:{port}")


async def call(name: str, url: str, **environment: str) -> dict[str, Any]:
    """What an SDK was given."""
    process = await asyncio.create_subprocess_exec(
        str(place() / "bin" / "python"), str(Path(talk.__file__)), name, url, KEY,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ | environment,
    )  # fmt: skip
    out, trouble = await process.communicate()
    assert process.returncode == 0, trouble.decode()
    found: dict[str, Any] = json.loads(out)
    return found


def check_sound(found: dict[str, Any]) -> float:
    """It came in pieces, the first long before the last, and is no silence; its length in seconds."""
    data = base64.b64decode(found["data"])
    samples = np.frombuffer(data, "<i2")
    assert found["pieces"] >= 4
    assert found["first_s"] < found["last_s"] / 2
    assert np.abs(samples).max() > 1000
    assert 3 < len(samples) / 24_000 < 20
    return len(samples) / 24_000


async def test_openai_streams_and_finds_what_it_looks_for(served: Served) -> None:
    check_sound(await call("openai_audio", served.url))
    check_sound(await call("openai_events", served.url))
    assert "tts-1" in (await call("openai_voices", served.url))["models"]


async def test_openai_speaks_its_realtime_protocol_and_can_cancel_and_cut(served: Served) -> None:
    found = await call("openai_realtime", served.url)
    check_sound(found)
    assert found["text"] == talk.TEXT
    assert found["ends"] == ["completed", "cancelled"]
    assert found["cut"] == 20


async def test_elevenlabs_streams_over_http_with_times_that_end_with_the_sound(served: Served) -> None:
    check_sound(await call("elevenlabs_convert", served.url))
    found = await call("elevenlabs_timed", served.url)
    seconds = check_sound(found)
    assert found["text"] == talk.TEXT
    assert found["starts"] == sorted(found["starts"])
    assert found["ends"][-1] == pytest.approx(seconds, abs=1e-6)


async def test_cartesia_streams_and_its_words_rise_and_lie_in_the_sound(served: Served) -> None:
    check_sound(await call("cartesia_bytes", served.url))
    found = await call("cartesia_socket", served.url)
    seconds = check_sound(found)
    assert found["words"] == [word.strip(".,") for word in talk.WORDS]
    assert all(start <= end for start, end in zip(found["starts"], found["ends"], strict=True))
    assert all(end <= start for (end, start) in zip(found["ends"], found["starts"][1:], strict=False))
    assert all(one < two for one, two in pairwise(found["starts"]))
    assert 0 <= seconds - found["ends"][-1] < 1.0


async def test_wyoming_streams(served: Served) -> None:
    found = await call("wyoming", served.wyoming)
    assert found["streams"] is True
    check_sound(found)


async def test_elevenlabs_speaks_its_websocket_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cryptography", reason="a certificate of our own needs the extra `tls`")
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    certificate = tmp_path / "tls" / "self-signed.pem"
    async with child_server("--token", KEY, "--tls", "self-signed") as url:
        check_sound(await call("elevenlabs_realtime", url, SSL_CERT_FILE=str(certificate)))
