from __future__ import annotations

import asyncio

import aiohttp
import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from oncue.clients.client import stream_url
from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.sessions.connection import NOT_OPENED
from oncue.streaming.protocol import messages, wire
from tests.conftest import Running


async def ask(url: str, path: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(f"{url}{path}", headers=headers) as answer:
        return answer.status, await answer.text()


async def greeted(running: Running, **headers: str) -> ClientConnection:
    socket = await connect(stream_url(running.url), additional_headers=headers, compression=None)
    await socket.send(wire.encode(messages.Open(lead_ms=60_000)))
    assert isinstance(await heard(socket), messages.Ready)
    return socket


async def heard(socket: ClientConnection) -> messages.ServerMessage | wire.AudioFrame:
    data = await asyncio.wait_for(socket.recv(), 20)
    return wire.unpack_audio(data) if isinstance(data, bytes) else wire.decode_server(data)


async def whole_line(socket: ClientConnection, identity: str) -> messages.Done:
    await socket.send(wire.encode(messages.Speak(identity, "Hello there.")))
    while not isinstance(event := await heard(socket), messages.Done):
        assert not isinstance(event, messages.Error)
    return event


BAD_INPUT: dict[str, tuple[str | bytes, str]] = {
    "empty text": ('{"type":"speak","id":"a","text":""}', "text_empty"),
    "5,000 characters": ('{"type":"speak","id":"a","text":"' + "x" * 5000 + '"}', "text_too_long"),
    "a control character": ('{"type":"speak","id":"a","text":"a\\u0007b"}', "unpronounceable"),
    "nothing to say": ('{"type":"speak","id":"a","text":"……"}', "unpronounceable"),
    "an unknown voice": ('{"type":"speak","id":"a","text":"hi","voice":"nobody"}', "unknown_voice"),
    "an unknown field": ('{"type":"speak","id":"a","text":"hi","pitch":2}', "bad_message"),
    "an unknown type": ('{"type":"sing","id":"a"}', "bad_message"),
    "a broken frame": ('{"type":"speak","id":', "bad_message"),
    "a binary frame": (b"\xa1\x00\xff", "bad_message"),
    "an unknown id": ('{"type":"cancel","id":"zz"}', "unknown_id"),
    "no emotion we know": ('{"type":"speak","id":"a","text":"hi","emotion":{"preset":"xyzzy"}}', "bad_message"),
}


async def test_bad_input_gets_its_code_and_a_sentence_and_the_session_goes_on(running: Running) -> None:
    socket = await greeted(running)
    for name, (frame, code) in BAD_INPUT.items():
        await socket.send(frame)
        error = await heard(socket)
        assert isinstance(error, messages.Error), name
        assert error.code == code, (name, error.message)
        assert error.message.endswith("."), name
        assert len(error.message) > 15, name
    done = await whole_line(socket, "good")
    assert done.reason == "complete"
    await socket.close()


async def test_a_frame_over_the_limit_ends_that_connection_only(running: Running) -> None:
    greedy, other = await greeted(running), await greeted(running)
    await greedy.send("x" * (messages.MAX_FRAME_BYTES + 1))
    with pytest.raises(ConnectionClosed) as closed:
        await heard(greedy)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert (await whole_line(other, "a")).reason == "complete"
    await other.close()


async def test_close_is_answered_by_the_lines_and_then_by_1000(running: Running) -> None:
    socket = await greeted(running)
    await socket.send(wire.encode(messages.Speak("a", "Hello there.")))
    await socket.send(wire.encode(messages.Close()))
    ends = 0
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            ends += isinstance(await heard(socket), messages.Done)
    assert ends == 1
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1000


async def test_a_client_that_takes_leave_leaves_nothing_behind(running: Running) -> None:
    socket = await greeted(running)
    await socket.send(wire.encode(messages.Speak("a", "A long line. " * 50)))
    await heard(socket)
    await socket.close()
    async with asyncio.timeout(60):
        while running.server.sessions.connections or running.server.state.pool.lines:
            await asyncio.sleep(0.02)
    assert len(running.server.sessions.waiting) == 0


async def test_a_client_that_comes_back_before_its_old_connection_is_seen_to_be_lost_takes_the_session_over(
    running: Running,
) -> None:
    old = await connect(stream_url(running.url), compression=None)
    await old.send(wire.encode(messages.Open(lead_ms=60_000)))
    ready = await heard(old)
    assert isinstance(ready, messages.Ready)
    await old.send(wire.encode(messages.Speak("a", "Hello there. ")))
    assert isinstance(await heard(old), messages.Started)
    new = await connect(stream_url(running.url), compression=None)
    await new.send(wire.encode(messages.Resume(ready.session, "a", 0)))
    again = await heard(new)
    assert isinstance(again, messages.Ready)
    assert again.session == ready.session
    samples = 0
    while not isinstance(event := await heard(new), messages.Done):
        samples += event.samples if isinstance(event, wire.AudioFrame) else 0
    assert samples == event.samples > 0
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await heard(old)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4000
    await new.close()


async def test_a_session_nobody_has_is_refused_and_a_new_one_can_be_opened_on_the_same_connection(
    running: Running,
) -> None:
    socket = await connect(stream_url(running.url), compression=None)
    await socket.send(wire.encode(messages.Resume("0" * 32, "a", 0)))
    error = await heard(socket)
    assert isinstance(error, messages.Error)
    assert (error.code, error.id) == ("unknown_id", "a")
    await socket.send(wire.encode(messages.Open()))
    assert isinstance(await heard(socket), messages.Ready)
    await socket.close()


async def test_health_readiness_and_figures_are_told_over_http(running: Running) -> None:
    assert (await ask(running.url, "/healthz"))[0] == 200
    assert (await ask(running.url, "/readyz"))[0] == 200
    socket = await greeted(running)
    await whole_line(socket, "a")
    await socket.close()
    status, figures = await ask(running.url, "/metrics")
    assert status == 200
    assert 'oncue_lines_total{reason="complete"} 1.0' in figures
    assert "oncue_ready 1.0" in figures
    assert "oncue_first_audio_seconds_count 1.0" in figures
    running.server.state.draining = True
    assert (await ask(running.url, "/readyz"))[0] == 503


async def test_a_host_that_is_not_this_machine_is_turned_away_on_every_route(running: Running) -> None:
    routes = {route.resource.canonical for route in running.server.application().router.routes() if route.resource}
    assert "/v1/stream" in routes
    for path in routes:
        for host in ("attacker.test", "127.0.0.1.attacker.test", "localhost.attacker.test:80", ""):
            assert (await ask(running.url, path, Host=host))[0] == 403, (path, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost.evil.example",
        "file://",
    ],
)
async def test_another_web_origin_cannot_connect(running: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await greeted(running, Origin=origin)
    assert refused.value.response.status_code == 403


async def test_the_servers_own_origin_can_connect(running: Running) -> None:
    await (await greeted(running, Origin=running.url)).close()


async def test_with_a_token_set_only_those_who_have_it_come_in(running: Running) -> None:
    running.server.state.config = type(running.server.state.config)(token="secret", port=0)
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "secret "}):
        assert (await ask(running.url, "/metrics", **headers))[0] == 401
        with pytest.raises(InvalidStatus):
            await greeted(running, **headers)
    assert (await ask(running.url, "/healthz"))[0] == 200
    await (await greeted(running, Authorization="Bearer secret")).close()


async def test_a_draining_server_lets_lines_end_and_takes_no_more(running: Running) -> None:
    socket = await greeted(running)
    await socket.send(wire.encode(messages.Speak("a", "Hello there.", final=False)))
    while not running.server.state.pool.lines:
        await asyncio.sleep(0.01)
    draining = asyncio.create_task(running.server.drain())
    await asyncio.sleep(0)
    await socket.send(wire.encode(messages.Speak("b", "Hello again.")))
    await socket.send(wire.encode(messages.Finish("a")))
    codes, ends = [], 0
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            event = await heard(socket)
            ends += isinstance(event, messages.Done)
            if isinstance(event, messages.Error):
                codes.append(event.code)
    await draining
    assert (codes, ends) == (["draining"], 1)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


async def test_slashes_too_many_lead_to_the_address_that_was_meant_and_never_elsewhere(running: Running) -> None:
    async with aiohttp.ClientSession() as client:
        for path in ("/v1//speech", "/v1/speech/", "//v1/speech/"):
            answer = await client.post(f"{running.url}{path}?format=pcm", json={"text": "Hi."}, allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (308, "/v1/speech?format=pcm")
            followed = await client.post(f"{running.url}{path}?format=pcm", json={"text": "Hi."})
            assert (followed.status, followed.headers["Content-Type"]) == (200, "audio/pcm")
        for path in ("//attacker.test/", "/v1/nothing/", "//attacker.test/v1/speech/"):
            assert (await client.get(running.url + path, allow_redirects=False)).status == 404


async def test_a_draining_server_sends_idle_clients_away_at_once(running: Running) -> None:
    idle, busy = await greeted(running), await greeted(running)
    await busy.send(wire.encode(messages.Speak("a", "Hello there.", final=False)))
    while not running.server.state.pool.lines:
        await asyncio.sleep(0.01)
    draining = asyncio.create_task(running.server.drain())
    with pytest.raises(ConnectionClosed) as closed:
        await heard(idle)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert not draining.done()
    assert (await ask(running.url, "/readyz"))[0] == 503
    await busy.send(wire.encode(messages.Finish("a")))
    await draining


async def test_a_client_that_says_nothing_is_sent_away(config: Config) -> None:
    config = msgspec.structs.replace(config, open_s=0.1)
    pool = engine_pool(config, process=False)
    await pool.start()
    server = Server(config, pool)
    async with listening(server) as url:
        silent = await connect(stream_url(url), compression=None)
        await asyncio.wait_for(silent.wait_closed(), 20)
        assert silent.close_code == NOT_OPENED
        talking = await connect(stream_url(url), compression=None)
        await talking.send(wire.encode(messages.Open()))
        await heard(talking)
        await asyncio.sleep(0.2)
        await talking.send(wire.encode(messages.Close()))
        await asyncio.wait_for(talking.wait_closed(), 20)
        assert talking.close_code == 1000
    await pool.stop()
