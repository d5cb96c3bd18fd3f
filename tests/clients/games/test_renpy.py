from __future__ import annotations

import asyncio
import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.clients.games.programs import CLIENTS
from tests.conftest import Running


def hook() -> ModuleType:
    """The file as a game imports it: by itself."""
    spec = importlib.util.spec_from_file_location("oncue_voice", CLIENTS / "renpy" / "oncue_voice.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


oncue_voice = hook()


class Server(ThreadingHTTPServer):
    """Answers with the body it was sent, once its gate is open."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[dict[str, Any]] = []
        self.asked = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        self.server.asked.set()
        assert self.path == "/v1/audio/speech"
        self.server.gate.wait(60)
        answer = json.dumps(body).encode()
        if self.server.status != 200:
            answer = json.dumps({"error": {"message": "There is no such voice."}}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()


def voice_of(server: Server, folder: Path, **options: Any) -> Any:
    cast = {"Ann": oncue_voice.Part("mei", "happy", 1.1)}
    return oncue_voice.OnCueVoice(folder / "cache", url=server.url, cast=cast, **options)


def test_a_line_is_fetched_once_with_its_character_and_then_is_a_file(server: Server, tmp_path: Path) -> None:
    voice = voice_of(server, tmp_path)
    assert voice.ready("Ann", "Hello {b}there{/b}. {w}") is None
    path = voice.wait("Ann", "Hello {b}there{/b}. {w}", 60)
    assert path.suffix == ".opus"
    assert server.bodies == [
        {
            "model": "oncue",
            "input": "Hello there.",
            "response_format": "opus",
            "speed": 1.1,
            "voice": "mei",
            "instructions": "happy",
        }
    ]
    assert voice.ready("Ann", "Hello there.") == path
    assert voice.wait("Ann", "Hello there.", 60) == path
    assert voice.wait("Bob", "Hello there.", 60) != path
    assert len(server.bodies) == 2
    voice.close()


def test_lines_are_fetched_ahead_in_order_and_the_one_that_is_waited_for_goes_first(
    server: Server, tmp_path: Path
) -> None:
    voice = voice_of(server, tmp_path)
    server.gate.clear()
    voice.prefetch([("Ann", "One.")])
    assert server.asked.wait(60)
    voice.prefetch([("Ann", "Two."), ("Ann", "Three."), ("Ann", "..."), ("Ann", "One.")])
    assert voice.wait("Ann", "Three.", 0.01) is None  # the game draws on
    server.gate.set()
    assert voice.wait("Ann", "Three.", 60) is not None
    assert voice.wait("Ann", "Two.", 60) is not None
    assert [body["input"] for body in server.bodies] == ["One.", "Three.", "Two."]
    voice.close()


def test_after_a_jump_what_was_wanted_is_forgotten(server: Server, tmp_path: Path) -> None:
    voice = voice_of(server, tmp_path)
    server.gate.clear()
    voice.prefetch([("Ann", f"Line {number}.") for number in range(50)])
    voice.forget_waiting()
    server.gate.set()
    assert voice.wait("Ann", "After the jump.", 60) is not None
    assert len(server.bodies) <= 2
    voice.close()


def test_a_refusal_and_a_missing_server_are_sentences_told_once_and_the_game_goes_on(
    server: Server, tmp_path: Path
) -> None:
    told: list[str] = []
    voice = voice_of(server, tmp_path, told=told.append)
    server.status = 404
    assert voice.wait("Ann", "One.", 60) is None
    assert voice.wait("Ann", "Two.", 60) is None
    voice.close()
    assert told == ["OnCue refused a line: There is no such voice."]
    away = oncue_voice.OnCueVoice(tmp_path / "away", url="http://127.0.0.1:9", told=told.append)
    assert away.wait("Ann", "One.", 60) is None
    away.close()
    assert "no OnCue server" in told[1]
    assert list((tmp_path / "away").iterdir()) == []


def test_the_folder_keeps_its_size_and_lets_go_of_what_was_not_played(server: Server, tmp_path: Path) -> None:
    voice = voice_of(server, tmp_path, most_bytes=1000)
    for number in range(20):
        assert voice.wait("Ann", f"Line {number}.", 60) is not None
    kept = list((tmp_path / "cache").iterdir())
    assert sum(path.stat().st_size for path in kept) <= 1000
    assert voice.ready("Ann", "Line 19.") is not None
    voice.close()


@pytest.mark.parametrize(
    ("what", "said"),
    [("{i}Hi{/i} [[name]", "Hi [name]"), ("{{braces}", "{braces}"), ("a\n  b", "a b"), ("{w=1.0}", "")],
)
def test_tags_are_not_read(what: str, said: str) -> None:
    assert oncue_voice.spoken_text(what) == said


async def test_a_running_server_gives_a_file_that_is_sound(running: Running, tmp_path: Path) -> None:
    voice = oncue_voice.OnCueVoice(tmp_path / "cache", url=running.url, sound="flac")
    path = await asyncio.to_thread(voice.wait, "Ann", "Hello there, you.", 120)
    assert path.read_bytes().startswith(b"fLaC")
    await asyncio.to_thread(voice.close)
