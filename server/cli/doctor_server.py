"""`oncue doctor --server URL`: what a client of a running server would meet, asked as a client asks.

It speaks one line with a length and looks at what comes: the answer to `open`, the first sound, the exact length, the mark.
It knows only what the protocol tells, so it works for any server of ours from anywhere.
"""

from __future__ import annotations

import time

import aiohttp

from oncue.clients.client import Client, ClientError
from oncue.server import watermark_key
from oncue.server.audio import inspection
from oncue.server.audio.wav import wav
from oncue.server.cli.checks import Check
from oncue.server.config import Config
from oncue.streaming.protocol import messages, wire

_TEXT = "This line is long enough to show that its sound leaves while it is still being decoded."
_LENGTH_S = 6.0
_WAIT_S = 60.0


async def of_server(url: str, token: str, config: Config) -> list[Check]:
    """Everything that was looked at, until something is found that the rest depends on."""
    checks = await _over_http(url, token)
    if not all(check.good for check in checks):
        return checks
    try:
        return checks + await _line(url, token, config)
    except (ClientError, OSError, TimeoutError) as error:
        return [*checks, Check("a line", False, str(error) or type(error).__name__)]


async def _over_http(url: str, token: str) -> list[Check]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=10)
    checks = []
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
        for path, what in (("/healthz", "alive"), ("/readyz", "ready to speak"), ("/metrics", "metrics")):
            try:
                async with client.get(f"{url}{path}") as answer:
                    checks.append(Check(what, answer.status == 200, f"{path} says {answer.status}"))
            except (aiohttp.ClientError, TimeoutError) as error:
                checks.append(Check(what, False, f"{path}: {str(error) or type(error).__name__}"))
    return checks


async def _line(url: str, token: str, config: Config) -> list[Check]:
    """One line, listened to as it comes. Raises ClientError, OSError or TimeoutError."""
    opened = messages.Open(marks=("word",), lead_ms=messages.MAX_LEAD_MS)
    first_s, pcm, words = None, bytearray(), 0
    async with await Client.connect(url, opened, token=token) as client:
        ready = client.ready
        asked = time.monotonic()
        line = await client.speak(_TEXT, duration=messages.Duration(seconds=_LENGTH_S))
        async for event in line:
            if isinstance(event, wire.AudioFrame):
                first_s = time.monotonic() - asked if first_s is None else first_s
                pcm += event.pcm
            elif isinstance(event, messages.Marks):
                words += sum(mark.kind == "word" for mark in event.marks)
        rate, done = client.rate, line.done
    samples, wanted = len(pcm) // 2, round(_LENGTH_S * rate)
    came = "no sound came" if first_s is None else f"{1000 * first_s:.0f} ms after it was asked for"
    return [
        Check(
            "model",
            True,
            f"{ready.model.family} {ready.model.revision}, {ready.model.rate} Hz, {len(ready.voices)} voices",
        ),
        Check("said to be AI-generated", bool(ready.notice), ready.notice or "ready has no notice"),
        Check("first sound", first_s is not None, came),
        Check("exact length", samples == wanted, f"{samples} samples, {wanted} were asked for"),
        Check("word times", words > 0, f"{words} words"),
        Check("one end", done is not None and done.reason == "complete", "none" if done is None else done.reason),
        _mark(wav(bytes(pcm), rate), config, told=ready.watermark),
    ]


def _mark(sound: bytes, config: Config, *, told: bool) -> Check:
    """Whether the mark is where `ready` says it is; only whoever has the key can tell."""
    name = "watermark"
    if not told:
        return Check(name, True, "turned off by the server's configuration")
    key = watermark_key.load(config.watermark_path)
    if key is None:
        return Check(name, True, "the server says so; its key is not kept here")
    found = inspection.inspect(sound, key).mark
    good = found is not None and found.found
    return Check(name, True, "found" if good else "the server says so; not found with the key that is kept here")
