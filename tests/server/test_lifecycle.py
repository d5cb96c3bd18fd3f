from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from oncue.clients.client import Client
from oncue.model.indextts2.checkpoints.sources import EMOTION_FOLDER
from oncue.server import lifecycle as running
from oncue.server.config import Config, ConfigError
from oncue.server.emotion.chat_endpoint import ChatEndpoint
from oncue.server.emotion.local_model import LocalModel
from oncue.server.engines.handle import EngineStartError
from oncue.server.lifecycle import child_server, emotions
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
        sys.executable, "-m", "oncue.server.cli", "serve", "--port", "0", "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"ONCUE_FAMILY": SCRIPTED, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert json.loads(line)["url"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, told = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert told == b""


ENDPOINT = Config(emotion_url="http://127.0.0.1:9/v1", emotion_model="small")


@pytest.fixture
def weights(tmp_path: Path) -> str:
    """The folder of a full family, as far as feelings go."""
    (tmp_path / "oncue" / EMOTION_FOLDER).mkdir(parents=True)
    return str(tmp_path)


def test_by_default_feelings_are_read_by_the_lexicon_alone() -> None:
    assert not emotions(Config()).has_backend


def test_an_endpoint_reads_feelings_when_it_is_named() -> None:
    assert isinstance(emotions(ENDPOINT)._backend, ChatEndpoint)


def test_a_family_that_comes_with_a_model_of_feelings_has_it_read_them_unless_told_otherwise(weights: str) -> None:
    full = Config(family="indextts2", weights=weights)
    assert isinstance(emotions(full)._backend, LocalModel)
    assert not emotions(Config(family="indextts2", weights=weights, emotion_local=False)).has_backend
    assert not emotions(Config(family="tiny", weights=weights)).has_backend


def test_any_family_can_be_told_to_use_a_model_of_feelings(tmp_path: Path) -> None:
    assert isinstance(emotions(Config(emotion_dir=str(tmp_path)))._backend, LocalModel)
    with pytest.raises(ConfigError, match="emotion_dir"):
        emotions(Config(emotion_dir=str(tmp_path / "none")))


def test_without_its_library_a_model_that_was_named_is_an_error_and_one_that_came_along_is_left_alone(
    weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "find_spec", lambda name: None)
    assert not emotions(Config(family="indextts2", weights=weights)).has_backend
    with pytest.raises(ConfigError, match="transformers"):
        emotions(Config(emotion_dir=weights))
