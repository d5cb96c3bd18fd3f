"""A made-up endpoint on a port of the system's choosing; nothing leaves this machine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.emotion import parse
from oncue.server.emotion.chat_endpoint import MAX_ANSWER_BYTES, ChatEndpoint, weights_in
from oncue.server.emotion.service import EmotionBackendError, EmotionService
from tests.emotions import weights

WORDS = "含着泪笑"
TOLD = weights(sad=0.6, happy=0.4)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def completion(content: object) -> dict[str, Any]:
    return {"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}


def said(told: tuple[float, ...]) -> str:
    return json.dumps(dict(zip(EMOTION_NAMES, told, strict=True)))


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handler)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asking(handler: Handler, key: str = "") -> AsyncIterator[ChatEndpoint]:
    async with serving(handler) as url:
        endpoint = ChatEndpoint(url, "small", key)
        try:
            yield endpoint
        finally:
            await endpoint.close()


def answering(response: Callable[[], web.StreamResponse]) -> Handler:
    async def handler(_request: web.Request) -> web.StreamResponse:
        return response()

    return handler


async def test_a_question_has_the_words_the_schema_and_the_key_and_its_answer_is_eight_numbers() -> None:
    heard: list[tuple[dict[str, Any], str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        heard.append((await request.json(), request.headers.get("Authorization")))
        return web.json_response(completion(said(TOLD)))

    async with asking(handler, key="secret") as endpoint:
        assert await endpoint.weigh(WORDS) == TOLD
    ((question, authorization),) = heard
    assert authorization == "Bearer secret"
    assert question["model"] == "small"
    assert question["temperature"] == 0
    assert question["messages"][-1] == {"role": "user", "content": WORDS}
    schema = question["response_format"]["json_schema"]
    assert schema["strict"]
    assert schema["schema"]["required"] == list(schema["schema"]["properties"]) == list(EMOTION_NAMES)


async def test_without_a_key_none_is_sent() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return web.json_response(completion(said(TOLD)))

    async with asking(handler) as endpoint:
        assert await endpoint.weigh(WORDS) == TOLD


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_any_other_status_is_a_failure_that_names_it(status: int) -> None:
    async with asking(answering(lambda: web.Response(status=status, text=WORDS))) as endpoint:
        with pytest.raises(EmotionBackendError, match=str(status)) as raised:
            await endpoint.weigh(WORDS)
    assert WORDS not in str(raised.value)


async def test_words_do_not_follow_a_redirect() -> None:
    has_backend: list[bytes] = []

    async def other(request: web.Request) -> web.Response:
        has_backend.append(await request.read())
        return web.json_response(completion(said(TOLD)))

    async with serving(other) as url:
        moved = answering(lambda: web.Response(status=307, headers={"Location": f"{url}/chat/completions"}))
        async with asking(moved) as endpoint:
            with pytest.raises(EmotionBackendError, match="307"):
                await endpoint.weigh(WORDS)
    assert has_backend == []


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with asking(answering(lambda: web.Response(body=b" " * (MAX_ANSWER_BYTES + 1)))) as endpoint:
        with pytest.raises(EmotionBackendError, match="too long"):
            await endpoint.weigh(WORDS)


async def test_an_endpoint_that_is_not_there_is_a_failure_of_its_own() -> None:
    async with serving(answering(web.Response)) as url:
        pass
    endpoint = ChatEndpoint(url, "small")
    with pytest.raises(EmotionBackendError, match="could not be asked"):
        await endpoint.weigh(WORDS)
    await endpoint.close()


async def test_an_endpoint_that_hangs_is_stood_in_for_by_the_lexicon() -> None:
    given_up = asyncio.Event()

    async def handler(_request: web.Request) -> web.Response:
        await given_up.wait()
        return web.Response()

    async with asking(handler) as endpoint:
        reading = await EmotionService(endpoint, timeout_s=0.05).read(WORDS)
        given_up.set()
    assert reading == parse(WORDS)


async def test_an_endpoint_that_answers_is_named_in_the_reading() -> None:
    async with asking(answering(lambda: web.json_response(completion(said(TOLD))))) as endpoint:
        reading = await EmotionService(endpoint, timeout_s=60.0).read(WORDS)
    assert (reading.source, reading.style, reading.vector) == ("endpoint", "sad", TOLD)


def body(content: object) -> bytes:
    return json.dumps(completion(content)).encode()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[]",
        b'{"choices": []}',
        b'{"error": {"message": "no"}}',
        body(None),
        body("I think it is sad."),
        body(f"```json\n{said(TOLD)}\n```"),
        body("[0, 0, 0, 0, 0, 0, 0, 1]"),
        body(said(TOLD)[:-20]),
        body(said(weights(sad=1.2))),
        body(said(weights(sad=-0.1))),
        body(said(TOLD).replace("0.6", "NaN")),
        body(said(TOLD).replace("0.6", '"0.6"')),
        body(said(TOLD).replace("0.6", "true")),
        body(said(TOLD).replace('"calm"', '"bored"')),
        body(said(TOLD).replace('"calm": 0.0', '"calm": 0.0, "bored": 0.1')),
    ],
)
def test_an_answer_that_is_not_the_very_object_asked_for_is_a_failure(answer: bytes) -> None:
    with pytest.raises(EmotionBackendError, match="not the JSON object"):
        weights_in(answer)


def test_whole_numbers_are_numbers() -> None:
    assert weights_in(body(said(weights(calm=1)))) == weights(calm=1.0)
