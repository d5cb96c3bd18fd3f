from __future__ import annotations

import asyncio
import sys
import types
from pathlib import Path

import pytest

from oncue.clients.live.output import Device, Nowhere, OutputError, Program, output_of

COPY = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"


async def test_a_program_hears_a_line_whole_and_the_next_one_anew(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    program = Program([sys.executable, "-c", COPY, str(heard)])
    for line in (b"one", b"two"):
        await program.begin(24000)
        await program.write(line)
        await program.end()
    assert heard.read_bytes() == b"onetwo"


async def test_a_stop_ends_a_program_that_is_still_playing() -> None:
    program = Program([sys.executable, "-c", "import sys, time; sys.stdin.buffer.read(); time.sleep(600)"])
    await program.begin(24000)
    await program.write(b"sound")
    ending = asyncio.create_task(program.end())
    await asyncio.sleep(0)
    await program.stop()
    await ending
    await program.write(b"nobody hears this")


async def test_a_program_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(OutputError, match="cannot be started"):
        await Program(["/nowhere/player"]).begin(24000)


async def test_a_program_that_dies_is_a_sentence_and_the_next_line_starts_another() -> None:
    program = Program([sys.executable, "-c", "pass"])
    await program.begin(24000)
    with pytest.raises(OutputError, match="stopped"):
        for _ in range(10_000):
            await program.write(bytes(65536))
    await program.begin(24000)
    await program.stop()


async def test_a_device_plays_stops_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []

    class Stream:
        def __init__(self, **options: object) -> None:
            said.append(options)

        def __getattr__(self, name: str) -> object:
            return lambda *arguments: said.append((name, *arguments))

    library = types.ModuleType("sounddevice")
    library.RawOutputStream = Stream  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", library)
    device = output_of("auto")
    assert isinstance(device, Device)
    await device.begin(48000)
    await device.write(b"ab")
    await device.end()
    await device.begin(48000)
    await device.stop()
    options = {"samplerate": 48000, "channels": 1, "dtype": "int16"}
    one = [options, ("start",), ("write", b"ab"), ("stop",), ("close",)]
    assert said == [*one, options, ("start",), ("abort",), ("close",)]


def test_a_machine_without_any_player_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OutputError, match="--player none"):
        output_of("auto")
    assert isinstance(output_of("none"), Nowhere)
