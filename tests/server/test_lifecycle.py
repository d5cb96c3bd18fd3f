from __future__ import annotations

import asyncio
import json
import os
import signal
import socket as sockets
import sys

import pytest

from oncue.clients.client import Client
from oncue.server.engines.handle import EngineStartError
from oncue.server.engines.pool import EnginePool
from oncue.server.engines.process import EngineOptions
from oncue.server.lifecycle import child_server
from tests.conftest import SCRIPTED


async def test_a_server_started_as_a_command_speaks_and_stops_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", SCRIPTED)
    async with child_server() as url, await Client.connect(url) as client:
        assert len(await (await client.speak("Hi.")).pcm()) > 0


async def test_a_server_that_cannot_start_says_why_and_leaves_with_2() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "oncue.server.cli",
        "serve",
        "--port",
        "0",
        "--family",
        "nobody",
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert told.decode().startswith("oncue: There is no model family")
    assert "Traceback" not in told.decode()


async def test_a_child_that_cannot_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", "nobody")
    with pytest.raises(EngineStartError):
        async with child_server():
            pass


async def test_an_interrupted_server_leaves_quietly() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "oncue.server.cli",
        "serve",
        "--port",
        "0",
        "--json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"ONCUE_FAMILY": SCRIPTED, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert json.loads(line)["url"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, told = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert told == b""


async def test_a_port_that_is_taken_is_a_sentence_and_1_before_an_engine_is_started() -> None:
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "oncue.server.cli",
            "serve",
            "--port",
            str(port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"ONCUE_FAMILY": "nobody"},
        )
        out, told = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert out == b""
    assert told.decode() == (
        f"oncue: Something else listens on 127.0.0.1:{port}: stop it, or choose another port with --port "
        "(0 takes a free one).\n"
    )


async def test_an_engine_that_is_stopped_while_it_starts_leaves_nothing_behind() -> None:
    pool = EnginePool(EngineOptions(SCRIPTED))
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0)
    await pool.stop()
    with pytest.raises(EngineStartError):
        await starting
    assert not pool.ready
    assert pool._handles[0]._process is None
