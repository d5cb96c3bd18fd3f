from __future__ import annotations

import json

import aiohttp
import pytest
from aiohttp import web

from oncue.server.http.errors import json_errors
from tests.conftest import Running


async def answered(url: str, method: str, path: str) -> tuple[aiohttp.ClientResponse, dict[str, object]]:
    async with aiohttp.ClientSession() as client, client.request(method, url + path) as answer:
        assert answer.content_type == "application/json"
        told = json.loads(await answer.text())
        assert set(told) == {"error"}
        assert set(told["error"]) == {"code", "message", "retry"}
        assert told["error"]["message"].endswith(".")
        return answer, told["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/v1/stream", 405, "method_not_allowed"),
        ("PUT", "/v1/voices", 405, "method_not_allowed"),
        ("GET", "/v1/stream", 400, "bad_message"),
    ],
)
async def test_what_no_route_takes_is_refused_in_the_shape_of_the_protocol(
    running: Running, method: str, path: str, status: int, code: str
) -> None:
    answer, error = await answered(running.url, method, path)
    assert answer.status == status
    assert error["code"] == code


async def test_a_method_that_is_not_allowed_is_told_which_are(running: Running) -> None:
    answer, _ = await answered(running.url, "PUT", "/v1/voices")
    assert answer.headers["Allow"] == "GET, HEAD, POST"


async def test_a_handler_that_fails_is_a_fault_of_the_server_and_shows_nothing_of_itself() -> None:
    async def fail(_request: web.Request) -> web.StreamResponse:
        raise RuntimeError("a secret")

    app = web.Application(middlewares=[json_errors])
    app.router.add_get("/fail", fail)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    answer, error = await answered(f"http://{host}:{port}", "GET", "/fail")
    await runner.cleanup()
    assert answer.status == 500
    assert error["code"] == "internal"
    assert "secret" not in str(error)
