from __future__ import annotations

import json
import shlex
import sys
from typing import Any, Self

import pytest
from aiohttp import web

from oncue.server.dubbing.dub import TranslationRequest
from oncue.server.dubbing.translate import TranslationError, translator

ASKED = TranslationRequest("Where were you?", "Ada", 1.5, 7, ("你昨天晚上到底去了哪里？",))


def command(script: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}"


async def asked_of(place: str, request: TranslationRequest = ASKED) -> str:
    async with translator(place, "zh", "small", "secret") as ask:
        return await ask(request)


async def test_a_command_is_given_the_line_with_its_time_and_what_was_too_long() -> None:
    script = "import json,sys; d=json.load(sys.stdin); print(d['into'], d['syllables'], d['room_s'], len(d['too_long']), d['text'])"
    assert await asked_of(command(script)) == "zh 7 1.5 1 Where were you?"


@pytest.mark.parametrize(
    ("script", "told"),
    [("raise SystemExit(3)", "ended with 3"), ("pass", "is empty"), ("print('x' * 5000)", "far too long")],
)
async def test_a_command_that_gives_no_line_is_a_sentence(script: str, told: str) -> None:
    with pytest.raises(TranslationError, match=told):
        await asked_of(command(script))


@pytest.mark.parametrize(
    ("place", "into", "told"),
    [
        ("", "zh", "a command"),
        ("echo 'x", "zh", "quote"),
        ("echo x", "fr", "--into"),
        ("/nowhere/at/all", "zh", "cannot be run"),
    ],
)
async def test_what_cannot_translate_is_a_sentence(place: str, into: str, told: str) -> None:
    with pytest.raises(TranslationError, match=told):
        async with translator(place, into, "", "") as ask:
            await ask(ASKED)


class Endpoint:
    """Answers what a test says."""

    def __init__(self, answer: Any, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(json.loads(await request.text()))
        self.keys.append(request.headers.get("Authorization"))
        return web.json_response(self.answer, status=self.status)


async def test_an_endpoint_is_asked_as_openais_protocol_has_it_and_again_with_what_was_too_long() -> None:
    async with Endpoint({"choices": [{"message": {"content": "“你去哪了？”\n"}}]}) as endpoint:
        assert await asked_of(endpoint.url) == "你去哪了？"
    turns = endpoint.asked[0]["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert "7 syllables at most, 1.5 s:\nWhere were you?" in turns[1]["content"]
    assert endpoint.keys == ["Bearer secret"]


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [({"error": 1}, 500, "status 500"), ({"choices": []}, 200, "protocol"), ({"a": "x" * 70_000}, 200, "far too long")],
)
async def test_an_endpoint_that_gives_no_line_is_a_sentence(answer: Any, status: int, told: str) -> None:
    async with Endpoint(answer, status) as endpoint:
        with pytest.raises(TranslationError, match=told):
            await asked_of(endpoint.url)
    with pytest.raises(TranslationError, match="could not be asked"):
        await asked_of(endpoint.url)
