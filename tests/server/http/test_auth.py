"""Every route, with every kind of key, from every kind of place: who comes in is a table, and this asks for each cell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import aiohttp
import msgspec
import pytest
from aiohttp import web
from multidict import CIMultiDict

from oncue.server.config import Config, ConfigError, load
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.http.auth import Gate
from oncue.server.http.keys import KeyStore
from oncue.server.http.openapi import OPERATIONS
from oncue.server.lifecycle import listening
from oncue.server.state import ServerState
from tests.conftest import SCRIPTED

PAGE = "https://studio.example"
"""An origin that the operator named."""
PAGES = {("get", path) for path in ("/", "/overlay", "/dub", "/scene", "/web/{name}")}
FILLED = {"voice": "hum", "name": "hum", "id": "hum", "what": "film"}
OPEN = {operation.path for operation in OPERATIONS if operation.open} | {path.format(**FILLED) for _, path in PAGES}


def routed() -> set[tuple[str, str]]:
    """Every method and path that the router knows."""
    app = Server(Config(), engine_pool(Config(family=SCRIPTED), process=False)).application()
    return {
        (route.method.lower(), route.resource.canonical) for route in app.router.routes() if route.resource is not None
    }


ROUTES = sorted((method, path.format(**FILLED)) for method, path in routed())


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server that has a key."""

    url: str
    server: Server
    key: str
    store: KeyStore


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    config = Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path / "voices"), origins=(PAGE,))
    store = KeyStore(config.keys_path)
    key = store.add("test")[0]
    pool = engine_pool(config, process=False)
    await pool.start()
    server = Server(config, pool)
    async with listening(server) as url:
        yield Guarded(url, server, key, store)
    await pool.stop()


async def status(
    client: aiohttp.ClientSession, guarded: Guarded, method: str, path: str, headers: dict[str, str]
) -> int:
    async with client.request(method, guarded.url + path, headers=headers) as answer:
        if answer.status >= 400:
            assert answer.content_type == "application/json"
            assert answer.status != 500
        return answer.status


async def test_every_route_asks_for_a_key_and_takes_the_right_one_in_each_of_its_ways(guarded: Guarded) -> None:
    async with aiohttp.ClientSession() as client:
        for method, path in ROUTES:
            for wrong in ({}, {"Authorization": "Bearer x"}, {"xi-api-key": guarded.key[:-1]}, {"X-API-Key": ""}):
                found = await status(client, guarded, method, path, wrong)
                assert (found == 401) == (path not in OPEN), (method, path, wrong)
            for name, value in (
                ("Authorization", f"Bearer {guarded.key}"), ("Authorization", f"Basic {guarded.key}"),
                ("xi-api-key", guarded.key), ("X-API-Key", guarded.key),
            ):  # fmt: skip
                assert await status(client, guarded, method, path, {name: value}) not in {401, 403}, (
                    method,
                    path,
                    name,
                )


HOSTS = (
    "attacker.test",
    "localhost.attacker.test",
    "127.0.0.1.attacker.test",
    "lоcalhost",
    "localhost:x",
    "",
    "a b",
    "10.0.0.1",
)
"""The fourth is spelled with a Cyrillic letter."""


async def test_no_route_answers_under_a_name_that_is_not_its_own(guarded: Guarded) -> None:
    async with aiohttp.ClientSession() as client:
        for method, path in ROUTES:
            for host in HOSTS:
                headers = {"Host": host, "Authorization": f"Bearer {guarded.key}"}
                assert await status(client, guarded, method, path, headers) in {400, 403}, (method, path, host)


def origins(url: str) -> list[str]:
    port = int(url.rpartition(":")[2])
    return [
        "null", "https://attacker.test", f"{url}.attacker.test", f"http://127.0.0.1:{port + 1}", "http://127.0.0.1",
        url.replace("http", "https"), f"{url}/", "https://studio.example.attacker.test", "https://studio.example:8443",
        "http://studio.example", "https://studiо.example", "https://evil-studio.example", PAGE.upper(),
    ]  # fmt: skip


async def test_no_route_serves_a_page_of_another_origin_however_alike_it_looks(guarded: Guarded) -> None:
    async with aiohttp.ClientSession() as client:
        for method, path in ROUTES:
            for origin in origins(guarded.url):
                headers = {"Origin": origin, "Authorization": f"Bearer {guarded.key}"}
                assert await status(client, guarded, method, path, headers) == 403, (method, path, origin)


async def test_a_page_of_a_named_origin_may_read_what_it_asks_for_and_others_are_told_nothing(guarded: Guarded) -> None:
    key = {"Authorization": f"Bearer {guarded.key}"}
    async with aiohttp.ClientSession() as client:
        for origin in (PAGE, guarded.url):
            async with client.get(f"{guarded.url}/v1/voices", headers=key | {"Origin": origin}) as answer:
                assert answer.status == 200
                assert answer.headers.get("Access-Control-Allow-Origin") == (PAGE if origin == PAGE else None)
        asks = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        async with client.options(f"{guarded.url}/v1/speech", headers=asks) as answer:
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (204, PAGE)
        async with client.options(f"{guarded.url}/v1/speech", headers={"Origin": "null"}) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_websocket_may_bring_its_key_in_the_query_and_nothing_else_may(guarded: Guarded) -> None:
    async with aiohttp.ClientSession() as client:
        for name in ("api_key", "access_token"):
            await (await client.ws_connect(f"{guarded.url}/v1/stream?{name}={guarded.key}")).close()
        async with client.get(f"{guarded.url}/v1/voices?api_key={guarded.key}") as answer:
            assert answer.status == 401


async def test_a_page_may_bring_its_key_to_openais_socket_as_openais_own_clients_do(guarded: Guarded) -> None:
    async with aiohttp.ClientSession() as client:
        offered = ("realtime", f"openai-insecure-api-key.{guarded.key}")
        socket = await client.ws_connect(f"{guarded.url}/v1/realtime", protocols=offered)
        assert socket.protocol == "realtime"
        await socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(f"{guarded.url}/v1/realtime", protocols=("realtime", "openai-insecure-api-key.x"))


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/voices", ("error", "code")), ("/v1/audio/speech", ("error", "type")), ("/v1/models", ("error", "message")),
        ("/v1/text-to-speech/hum", ("detail", "status")), ("/tts/bytes", ("error_code",)), ("/tts/v1/voice", ("code",)),
    ],
)  # fmt: skip
async def test_a_refusal_has_the_shape_of_its_protocol(guarded: Guarded, path: str, where: tuple[str, ...]) -> None:
    async with aiohttp.ClientSession() as client, client.post(guarded.url + path) as answer:
        assert answer.status == 401
        said = await answer.json()
        for name in where:
            said = said[name]
        assert said


async def test_a_key_that_is_removed_counts_no_more(guarded: Guarded) -> None:
    headers = {"Authorization": f"Bearer {guarded.key}"}
    other = guarded.store.add("other")[0]
    guarded.store.remove("test")
    async with aiohttp.ClientSession() as client:
        assert await status(client, guarded, "get", "/v1/voices", headers) == 401
        assert await status(client, guarded, "get", "/v1/voices", {"xi-api-key": other}) == 200


async def test_what_a_key_may_ask_for_holds_over_every_protocol_and_says_when_to_come_back(guarded: Guarded) -> None:
    key = {"Authorization": f"Bearer {guarded.store.add('small', characters_per_minute=20)[0]}"}
    async with aiohttp.ClientSession(headers=key) as client:
        async with client.post(f"{guarded.url}/v1/audio/speech", json={"input": "Hello there, you."}) as answer:
            assert answer.status == 200
            await answer.read()
        for path, body in (
            ("/v1/audio/speech", {"input": "And once more."}), ("/v1/speech", {"text": "And once more."}),
            ("/v1/text-to-speech/hum", {"text": "And once more."}), ("/tts/bytes", {"transcript": "And once more."}),
        ):  # fmt: skip
            async with client.post(guarded.url + path, json=body) as answer:
                assert answer.status == 429, path
                assert 0 < int(answer.headers["Retry-After"]) <= 60
        async with client.ws_connect(f"{guarded.url}/v1/stream") as socket:
            await socket.send_json({"type": "open"})
            await socket.receive_json()
            await socket.send_json({"type": "speak", "id": "a", "text": "And once more."})
            said = await socket.receive_json()
            assert (said["code"], said["retry"], said["terminal"]) == ("rate_limited", True, True)


async def test_what_an_address_may_ask_for_needs_no_key_and_says_when_to_come_back(config: Config) -> None:
    limited = msgspec.structs.replace(config, address_characters_per_minute=20)
    pool = engine_pool(limited, process=False)
    await pool.start()
    async with listening(Server(limited, pool)) as url, aiohttp.ClientSession() as client:
        async with client.post(f"{url}/v1/speech", json={"text": "Hello there, you."}) as answer:
            assert answer.status == 200
            await answer.read()
        async with client.post(f"{url}/v1/speech", json={"text": "And once more."}) as answer:
            assert answer.status == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 60
            assert "Your address" in await answer.text()
    await pool.stop()


def test_a_server_beyond_loopback_needs_a_key_or_a_token(tmp_path: Path) -> None:
    flags = {"host": "0.0.0.0", "voices_dir": str(tmp_path / "voices")}
    with pytest.raises(ConfigError, match="oncue keys add"):
        load(None, {}, flags)
    assert load(None, {}, flags | {"token": "t"}).host == "0.0.0.0"
    KeyStore(tmp_path / "keys.json").add("x")
    assert load(None, {}, flags).token == ""


def test_wyoming_beyond_loopback_must_be_opened_in_so_many_words(tmp_path: Path) -> None:
    flags = {"wyoming": "0.0.0.0:10200", "voices_dir": str(tmp_path / "voices")}
    with pytest.raises(ConfigError, match="knows no keys"):
        load(None, {}, flags)
    assert load(None, {}, flags | {"wyoming_open": True}).wyoming_place == ("0.0.0.0", 10200)
    assert load(None, {}, {"wyoming": "10200"}).wyoming_place == ("127.0.0.1", 10200)
    with pytest.raises(ConfigError, match="host:port"):
        load(None, {}, {"wyoming": "here"})


def test_beyond_loopback_only_names_that_nobody_else_can_point_at_us_are_answered() -> None:
    config = Config(host="0.0.0.0", token="t", hosts=("voice.example",))
    gate = Gate(ServerState(config, engine_pool(config, process=False)))
    for host in ("voice.example", "VOICE.example:8760", "192.168.1.5:8760", "[fe80::1]:1", "localhost"):
        assert gate._may_be_called(host), host
    for host in ("attacker.test", "voice.example.attacker.test", "voice.example@attacker.test", "xvoice.example", ""):
        assert not gate._may_be_called(host), host


def test_the_document_names_every_route_and_no_other() -> None:
    routes = {(method, path) for method, path in routed() if method != "head"}
    assert routes - PAGES == {(operation.method, operation.path) for operation in OPERATIONS}


@dataclass(frozen=True, slots=True)
class Asked:
    """As much of a request as the gate looks at: a real one takes a millisecond to make."""

    method: str
    path: str
    headers: CIMultiDict[str]
    scheme: str = "http"
    remote: str = "127.0.0.1"
    query: dict[str, str] = field(default_factory=dict)


async def test_whoever_comes_every_wrong_host_and_origin_and_key_is_refused_in_all_their_combinations(
    guarded: Guarded,
) -> None:
    """The gate alone, which the tests above see in front of every route: each route, key, origin and host."""
    gate = Gate(guarded.server.state)
    authority = guarded.url.removeprefix("http://")
    keys = {None: False, "x": False, guarded.key[:-1]: False, guarded.key: True}
    refused = 0
    for method, path in ROUTES:
        for key, right in keys.items():
            for origin in (None, guarded.url, PAGE, *origins(guarded.url)):
                for host in (authority, *HOSTS):
                    headers = {"Host": host}
                    headers |= {} if key is None else {"Authorization": f"Bearer {key}"}
                    headers |= {} if origin is None else {"Origin": origin}
                    answer = gate.refusal(cast("web.Request", Asked(method.upper(), path, CIMultiDict(headers))))
                    stranger = host != authority or origin not in {None, guarded.url, PAGE}
                    wanted = 403 if stranger else 401 if not right and path not in OPEN else None
                    assert (None if answer is None else answer.status) == wanted, (method, path, key, origin, host)
                    refused += answer is not None
    assert refused > len(ROUTES) * len(keys) * len(HOSTS)
