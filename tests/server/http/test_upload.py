from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from oncue.server.http import upload
from oncue.server.http.upload import Upload, UploadError, receive
from oncue.server.voices.recording import MAX_BYTES

Client = TestClient[web.Request, web.Application]
URL = "/?name=me&consent=true"


@pytest.fixture
def came() -> list[Upload]:
    return []


@pytest.fixture
async def client(came: list[Upload]) -> AsyncIterator[Client]:
    async def handle(request: web.Request) -> web.Response:
        try:
            came.append(await receive(request))
        except UploadError as error:
            return web.Response(status=error.status if error.message.endswith(".") else 500, text=error.code)
        return web.Response()

    app = web.Application(client_max_size=64 * 1024)
    app.router.add_post("/", handle)
    async with TestClient(TestServer(app)) as made:
        yield made


def form(**parts: Any) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, value in parts.items():
        if isinstance(value, bytes):
            made.add_field(name, value, filename="some name.wav", content_type="audio/wav")
        else:
            made.add_field(name, value)
    return made


async def said(client: Client, url: str, **given: Any) -> tuple[int, str]:
    async with client.post(url, **given) as answer:
        return answer.status, await answer.text()


async def test_a_form_and_plain_bytes_say_the_same(client: Client, came: list[Upload]) -> None:
    data = bytes(range(256)) * 1024
    assert await said(client, "/?name=%E5%B0%8F%E9%9B%A8&consent=1&denoise=yes", data=data) == (200, "")
    parts = form(name="小雨", consent="TRUE", denoise="on", force="false", file=data)
    assert await said(client, "/", data=parts) == (200, "")
    assert came == [Upload("小雨", True, True, False, data)] * 2


async def test_consent_is_false_until_it_is_given(client: Client, came: list[Upload]) -> None:
    assert (await said(client, "/?name=me", data=b"x"))[0] == 200
    assert not came[0].consent


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1 << 20)


async def test_too_much_is_refused_with_a_length_or_without(client: Client, came: list[Upload]) -> None:
    too_much = bytes(MAX_BYTES + 1)
    assert await said(client, URL, data=too_much) == (413, "too_large")
    assert await said(client, URL, data=chunks(MAX_BYTES // 2**20 + 1)) == (413, "too_large")
    assert await said(client, "/", data=form(name="me", file=too_much)) == (413, "too_large")
    assert await said(client, "/", data=form(name="x" * 5000, file=b"x")) == (413, "too_large")
    assert not came


@pytest.mark.parametrize(
    ("url", "given"),
    [
        ("/", {"data": b"x"}),
        ("/?name=me&pitch=2", {"data": b"x"}),
        ("/?name=me&consent=maybe", {"data": b"x"}),
        ("/", {"data": form(file=b"x")}),
        ("/", {"data": form(name="me", pitch="2", file=b"x")}),
        ("/", {"data": b"no form", "headers": {"Content-Type": "multipart/form-data"}}),
        ("/", {"data": b"no form", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}),
        ("/", {"data": b"--b\r\nnonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}),
        (
            "/",
            {
                "data": b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\r\n--b--',
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            },
        ),
    ],
)
async def test_what_makes_no_upload_is_a_sentence(
    client: Client, came: list[Upload], url: str, given: dict[str, Any]
) -> None:
    assert await said(client, url, **given) == (400, "bad_message")
    assert not came


async def test_a_body_that_would_have_to_be_inflated_is_refused(client: Client) -> None:
    assert (await said(client, URL, data=b"x", headers={"Content-Encoding": "gzip"}))[0] in {400, 415}


async def test_one_that_never_ends_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "_UPLOAD_S", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(30)
        yield b"x"

    assert await said(client, URL, data=slow()) == (408, "too_slow")
