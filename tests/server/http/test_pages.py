from __future__ import annotations

import base64
from pathlib import Path

import aiohttp
import pytest
from multidict import CIMultiDictProxy
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

import oncue.clients
from oncue.clients.client import stream_url
from oncue.server.http.pages import Pages
from tests.conftest import Running

WEB = Path(oncue.clients.__file__).parent / "web"


async def get(url: str, path: str, **headers: str) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    async with aiohttp.ClientSession() as client, client.get(f"{url}{path}", headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


@pytest.mark.parametrize(("path", "file"), [("/", "index.html"), ("/overlay", "overlay.html")])
async def test_a_page_is_its_file_and_may_run_nothing_but_our_own(running: Running, path: str, file: str) -> None:
    status, body, headers = await get(running.url, path)
    assert (status, body) == (200, (WEB / file).read_bytes())
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_no_page_may_hold_the_studio_in_a_frame_and_named_ones_the_overlay(running: Running) -> None:
    assert (await get(running.url, "/"))[2]["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert (await get(running.url, "/overlay"))[2]["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert Pages(("https://show.example",))._framed_by("/overlay") == "'self' https://show.example"


@pytest.mark.parametrize("path", sorted(path.name for path in WEB.iterdir()))
async def test_every_file_comes_with_the_type_a_browser_wants(running: Running, path: str) -> None:
    status, body, headers = await get(running.url, f"/web/{path}")
    wanted = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
    assert (status, body) == (200, (WEB / path).read_bytes())
    assert headers["Content-Type"].partition(";")[0] == wanted[path.rpartition(".")[2]]


async def test_a_file_that_has_not_changed_is_not_sent_again(running: Running) -> None:
    _, _, headers = await get(running.url, "/web/studio.js")
    assert headers["Cache-Control"] == "no-cache"
    status, body, _ = await get(running.url, "/web/studio.js", **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")
    assert (await get(running.url, "/web/studio.js", **{"If-None-Match": '"other"'}))[0] == 200


@pytest.mark.parametrize(
    "name", ["nothing.js", "../client.py", "..%2fclient.py", "%2e%2e/client.py", "/etc/passwd", "."]
)
async def test_only_files_that_were_there_at_the_start_can_be_asked_for(running: Running, name: str) -> None:
    status, body, _ = await get(running.url, f"/web/{name}")
    assert status == 404
    assert b"import" not in body


async def test_pages_come_without_a_token_and_say_nothing_of_it(running: Running) -> None:
    running.server.state.config = type(running.server.state.config)(token="secret", port=0)
    for path in ("/", "/overlay", "/web/studio.js"):
        status, body, _ = await get(running.url, path)
        assert status == 200
        assert b"secret" not in body
    assert (await get(running.url, "/v1/voices"))[0] == 401


@pytest.mark.parametrize("path", ["/", "/overlay", "/web/studio.js"])
async def test_pages_come_to_this_machine_and_this_origin_only(running: Running, path: str) -> None:
    assert (await get(running.url, path, Host="attacker.test"))[0] == 403
    assert (await get(running.url, path, Origin="https://attacker.test"))[0] == 403


def offered(token: str) -> list[Subprotocol]:
    coded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return [Subprotocol("oncue.v1"), Subprotocol(f"oncue.token.{coded}")]


async def test_a_page_gives_its_token_as_a_subprotocol_and_is_answered_without_it(running: Running) -> None:
    running.server.state.config = type(running.server.state.config)(token="tøken?>", port=0)
    async with connect(stream_url(running.url), subprotocols=offered("tøken?>")) as socket:
        assert socket.subprotocol == "oncue.v1"
    for wrong in (
        offered("token"),
        [Subprotocol("oncue.v1")],
        [Subprotocol("oncue.token.%%%"), Subprotocol("oncue.token.A")],
    ):
        with pytest.raises(InvalidStatus) as refused:
            await connect(stream_url(running.url), subprotocols=wrong)
        assert refused.value.response.status_code == 401
