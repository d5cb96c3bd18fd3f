from __future__ import annotations

import asyncio

import pytest

from oncue.clients.client import Client, ClientError, Refusal, is_loopback, stream_url
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.messages import Duration
from oncue.streaming.protocol.wire import AudioFrame
from tests.conftest import Running

FAST = messages.Open(lead_ms=60_000)


async def test_a_line_is_heard_from_started_to_done(running: Running) -> None:
    async with await Client.connect(running.url, FAST) as client:
        assert client.ready.voices == ("hum",)
        line = await client.speak("Hello there.", duration=Duration(seconds=1.2))
        events = [event async for event in line]
        assert isinstance(events[0], messages.Started)
        assert events[-1] is line.done
        sound = sum(event.samples for event in events if isinstance(event, AudioFrame))
        assert sound == events[0].target_samples == 28_800


async def test_json_mode_gives_the_same_sound(running: Running) -> None:
    sounds = []
    for opened in (FAST, messages.Open(lead_ms=60_000, mode="json")):
        async with await Client.connect(running.url, opened) as client:
            sounds.append(await (await client.speak("Hello there.", seed=3)).pcm())
    assert sounds[0] == sounds[1]
    assert len(sounds[0]) > 0


async def test_lines_that_overlap_are_told_apart(running: Running) -> None:
    async with await Client.connect(running.url, FAST) as client:
        alone = await (await client.speak("Hello there.", seed=1)).pcm()
        lines = [await client.speak("Hello there.", seed=seed) for seed in (1, 2, 1)]
        sounds = await asyncio.gather(*(line.pcm() for line in lines))
    assert sounds[0] == sounds[2] == alone


async def test_text_may_come_in_parts(running: Running) -> None:
    async with await Client.connect(running.url, FAST) as client:
        line = await client.speak("Hello ", final=False)
        await line.append("there. ")
        await line.finish()
        assert len(await line.pcm()) > 0


async def test_a_cancelled_line_still_ends(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        line = await client.speak("A line that goes on and on, and on. " * 20)
        async for event in line:
            if isinstance(event, AudioFrame):
                await line.cancel()
                break
        async for _ in line:
            pass
    assert line.done is not None
    assert line.done.reason == "cancelled"


async def test_a_refusal_is_raised_where_the_line_is_heard(running: Running) -> None:
    async with await Client.connect(running.url, FAST) as client:
        with pytest.raises(Refusal) as refused:
            await (await client.speak("", id="x")).pcm()
        assert refused.value.code == "text_empty"
        assert len(await (await client.speak("Hello.")).pcm()) > 0


async def test_an_update_that_is_refused_does_not_end_the_line(running: Running) -> None:
    async with await Client.connect(running.url) as client:
        line = await client.speak("A line that goes on for some time, and then it ends. " * 2)
        await line.update()
        with pytest.raises(Refusal):
            async for _ in line:
                pass
        await line.cancel()
        assert [event async for event in line][-1] is line.done


async def test_a_greeting_that_is_refused_says_why(running: Running) -> None:
    with pytest.raises(Refusal, match="48000"):
        await Client.connect(running.url, messages.Open(audio=messages.AudioFormat(codec="opus")))


async def test_opus_packets_come_with_exact_counts(running: Running) -> None:
    opened = messages.Open(audio=messages.AudioFormat("opus", 48000), lead_ms=60_000)
    async with await Client.connect(running.url, opened) as client:
        assert client.ready.audio == messages.AudioInfo("opus", 48000, 312)
        line = await client.speak("Hello there.", duration=Duration(seconds=1.2))
        packets = [event async for event in line if isinstance(event, AudioFrame)]
        assert line.done is not None
        assert packets[-1].end == line.done.samples == 57_600
        assert {packet.codec for packet in packets} == {2}


async def test_no_server_is_a_sentence() -> None:
    with pytest.raises(ClientError, match="no OnCue server"):
        await Client.connect("http://127.0.0.1:9")


async def test_an_address_without_a_scheme_is_told_what_it_lacks() -> None:
    with pytest.raises(ClientError, match="begins with http"):
        await Client.connect("127.0.0.1:8760")


async def test_a_lost_connection_ends_every_line(running: Running) -> None:
    client = await Client.connect(running.url)
    line = await client.speak("A line that goes on and on. " * 20)
    await anext(aiter(line))
    for connection in list(running.server.sessions.connections):
        await connection.leave()
    with pytest.raises(ClientError, match="closed"):
        async for _ in line:
            pass
    await client.close(now=True)


def test_a_url_of_a_server_becomes_that_of_its_stream() -> None:
    assert (
        stream_url("http://a:1")
        == stream_url("ws://a:1/")
        == stream_url("http://a:1/v1/stream")
        == "ws://a:1/v1/stream"
    )
    assert stream_url("https://a/voice") == "wss://a/voice/v1/stream"


async def test_a_line_goes_on_where_it_broke_off_when_the_connection_is_lost(running: Running) -> None:
    opened = messages.Open(marks=("word", "viseme", "mouth"))
    text = "A line that goes on for a while, and then comes to its end. "
    async with await Client.connect(running.url, FAST) as other:
        whole = await (await other.speak(text, seed=4)).pcm()
    client = await Client.connect(running.url, opened)
    line, sound = await client.speak(text, seed=4), b""
    with pytest.raises(ClientError, match="closed"):
        async for event in line:
            if isinstance(event, AudioFrame):
                sound += event.pcm
                client._socket.transport.abort()
    await client.resume()
    assert client.ready.audio.rate == 24000
    sound += await line.pcm()
    assert sound == whole
    assert line.done is not None
    assert line.done.samples == line.received_samples
    await client.close()


async def test_with_nothing_interrupted_there_is_nothing_to_resume(running: Running) -> None:
    async with await Client.connect(running.url, FAST) as client:
        await (await client.speak("Hello.")).pcm()
        with pytest.raises(ClientError, match="connect anew"):
            await client.resume()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_a_server_on_this_machine_is_reached_whatever_proxy_the_environment_names(
    running: Running, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    for url in (running.url, running.url.replace("127.0.0.1", "localhost")):
        async with await Client.connect(url, FAST) as client:
            assert len(await (await client.speak("Hi.")).pcm()) > 0


async def test_a_proxy_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for proxy, told in (("socks5://127.0.0.1:9", "python-socks|no OnCue server"), ("ftp://127.0.0.1:9", "proxy")):
        monkeypatch.setenv("http_proxy", proxy)
        with pytest.raises(ClientError, match=told):
            await Client.connect("http://voice.invalid:80")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("example.org", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_what_is_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
