"""`oncue chat` and `oncue vtube`: lines from a chat or from stdin, spoken one after another, with a face that follows.

Thin: what they do is in `clients/chat`, `clients/live` and `clients/vtube_studio`; here options become values.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from oncue.clients.chat import stdin, twitch
from oncue.clients.chat.queue import ChatMessage, Limits, SpeechQueue, Verdict
from oncue.clients.chat.reader import Casting, ChatReader, Person, Source
from oncue.clients.chat.wording import Wording, blocked_words
from oncue.clients.live.output import OutputError, output_of
from oncue.clients.live.player import LineEnded, LineStarted, Player, connector
from oncue.clients.obs.captions import ObsCaptions
from oncue.clients.obs.obs import DEFAULT_URL as OBS_URL
from oncue.clients.obs.obs import Obs, ObsError
from oncue.clients.vtube_studio.api import DEFAULT_URL as VTUBE_URL
from oncue.clients.vtube_studio.api import VTubeStudio, VTubeStudioError
from oncue.clients.vtube_studio.bridge import Bridge, TokenFile
from oncue.server.cli.common import CommandError, config_of, print_json

SERVER = "http://127.0.0.1:8760"
_SERVER = typer.Option(help="URL of the server that speaks.")
_PLAYER = typer.Option(help="auto, none, or the command of a player that reads pcm_s16le; {rate} in it is the rate.")
_LATENCY = typer.Option(min=0, max=2000, help="How much later than handed over the sound is heard.")
_RELEASE = typer.Option(help="Between lines, leave the mouth to the camera.")
_JSON = typer.Option("--json", help="Tell what is read as JSON lines.")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where lines are heard and seen."""

    server: str
    player: str
    latency_ms: int | None
    vtube: str | None
    release: bool
    obs: str | None
    captions: bool
    as_json: bool


class _Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person in the file of people."""

    voice: str | None = None
    emotion: str | None = None
    priority: int = 0
    mute: bool = False


def vtube(
    server: Annotated[str, _SERVER] = SERVER,
    studio: Annotated[str, typer.Option(help="Address of VTube Studio's API.")] = VTUBE_URL,
    voice: Annotated[str | None, typer.Option(help="A voice's name.")] = None,
    player: Annotated[str, _PLAYER] = "auto",
    latency_ms: Annotated[int | None, _LATENCY] = None,
    release: Annotated[bool, _RELEASE] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Speak the lines of stdin, plain or JSON, with a mouth in VTube Studio."""
    stage = Stage(server, player, latency_ms, studio, release, None, captions=False, as_json=as_json)
    everything = Limits(waiting=10_000, waiting_each=10_000, oldest_s=0, repeat_s=0)
    casting = Casting((voice,) if voice else ())
    _run(_read(stage, everything, casting, Wording(longest=4000), [stdin.messages_of(sys.stdin.buffer)]))


def chat(
    twitch_channel: Annotated[
        list[str] | None, typer.Option("--twitch", help="A Twitch channel to read; may be given again.")
    ] = None,
    lines: Annotated[bool, typer.Option("--stdin/--no-stdin", help="Read messages and commands from stdin.")] = True,
    server: Annotated[str, _SERVER] = SERVER,
    voices: Annotated[str | None, typer.Option(help="Voices with commas, shared out among the people.")] = None,
    people: Annotated[
        Path | None, typer.Option(help="TOML: a table for each name, with voice, emotion, priority, mute.")
    ] = None,
    pattern: Annotated[str, typer.Option(help="What is read; {user} and {text} are filled in.")] = "{text}",
    blocked: Annotated[Path | None, typer.Option(help="A file of words; a message with one is not read.")] = None,
    longest: Annotated[int, typer.Option(min=1, max=4000, help="Characters of a message that are read.")] = 200,
    waiting: Annotated[int, typer.Option(min=1, help="How many messages wait at most.")] = 50,
    each: Annotated[int, typer.Option(min=1, help="How many of one person wait at most.")] = 3,
    every: Annotated[float, typer.Option(min=0, help="Seconds between two messages of one person.")] = 0.0,
    oldest: Annotated[float, typer.Option(min=0, help="Seconds after which a message is let go; 0 for never.")] = 120.0,
    player: Annotated[str, _PLAYER] = "auto",
    latency_ms: Annotated[int | None, _LATENCY] = None,
    vtube_studio: Annotated[bool, typer.Option("--vtube", help="Move a mouth in VTube Studio.")] = False,
    studio: Annotated[str, typer.Option(help="Address of VTube Studio's API.")] = VTUBE_URL,
    release: Annotated[bool, _RELEASE] = False,
    obs: Annotated[bool, typer.Option("--obs", help="Send what is said to OBS, for the overlay page.")] = False,
    obs_url: Annotated[str, typer.Option(help="Address of OBS's WebSocket server.")] = OBS_URL,
    captions: Annotated[bool, typer.Option(help="With --obs: closed captions of the stream too.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Read a chat out: Twitch, or anything that writes lines.

    TWITCH_LOGIN and TWITCH_TOKEN in the environment sign in (reading needs neither); OBS_PASSWORD is that of OBS.
    """
    if captions and not obs:
        raise CommandError("Captions go through OBS: add --obs.")
    if not lines and not twitch_channel:
        raise CommandError("There is nothing to read from: name a channel, or leave stdin on.")
    stage = Stage(
        server,
        player,
        latency_ms,
        studio if vtube_studio else None,
        release,
        obs_url if obs else None,
        captions,
        as_json,
    )
    limits = Limits(waiting, each, every, oldest)
    casting = Casting(tuple(voices.split(",")) if voices else (), _people(people))
    _check_pattern(pattern)
    wording = Wording(pattern, longest, blocked=_blocked(blocked))
    _run(_read(stage, limits, casting, wording, _sources(twitch_channel or [], lines=lines)))


def _check_pattern(pattern: str) -> None:
    """Raises CommandError for one that would read out its own braces, or nothing of anybody's."""
    filled = re.findall(r"\{.*?\}", pattern)
    if not filled or not set(filled) <= {"{user}", "{text}"}:
        raise CommandError("--pattern says what is read of a message by {user} and {text}, and no other braces.")


def _sources(channels: list[str], *, lines: bool) -> list[Source]:
    account = None
    if login := os.environ.get("TWITCH_LOGIN"):
        account = twitch.Account(login, os.environ.get("TWITCH_TOKEN", ""))
    sources: list[Source] = [twitch.messages_of(channel, account) for channel in channels]
    return [*sources, stdin.messages_of(sys.stdin.buffer)] if lines else sources


def _run(work: Any) -> None:
    """To its end, or Ctrl-C; an error of a bridge as a sentence."""
    logging.basicConfig(format="%(message)s", stream=sys.stderr)
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        return
    except (OutputError, twitch.TwitchError, VTubeStudioError, ObsError) as error:
        raise CommandError(str(error)) from error


async def _read(stage: Stage, limits: Limits, casting: Casting, wording: Wording, sources: list[Source]) -> None:
    def verdict(message: ChatMessage, verdict: Verdict) -> None:
        if stage.as_json:
            print_json({"event": verdict.name.lower(), "user": message.user, "priority": message.priority})
            sys.stdout.flush()

    async with _staged(stage) as player:
        await ChatReader(player, SpeechQueue(limits, verdict), casting, wording).run(sources)


@asynccontextmanager
async def _staged(stage: Stage) -> AsyncIterator[Player]:
    """A player with what follows it; a face that fails ends the whole, with its sentence."""
    output = output_of(stage.player)
    if stage.latency_ms is not None:
        output.latency_s = stage.latency_ms / 1000
    captions = ObsCaptions(with_stream_captions=stage.captions) if stage.obs is not None else None

    def told(event: LineStarted | LineEnded) -> None:
        if captions is not None:
            captions.told(event)
        if stage.as_json:
            print_json({"event": type(event).__name__, **_shown(event)})
            sys.stdout.flush()

    player = Player(connector(stage.server, config_of().token), output, observer=told)
    await player.voices()  # a server that is not there is told of now, not with the first message
    try:
        async with _beside(player, stage, captions):
            yield player
    finally:
        await player.close()


@asynccontextmanager
async def _beside(player: Player, stage: Stage, captions: ObsCaptions | None) -> AsyncIterator[None]:
    """The face and the captions, run beside the reader."""
    tasks = []
    if stage.vtube is not None:
        url, token = stage.vtube, TokenFile(_config_home() / "vtube_studio.token")
        bridge = Bridge(player.pose, lambda: VTubeStudio.connect(url), token, release=stage.release)
        tasks.append(asyncio.create_task(bridge.run()))
    if stage.obs is not None and captions is not None:
        obs = await Obs.connect(stage.obs, os.environ.get("OBS_PASSWORD", ""))
        tasks.append(asyncio.create_task(captions.run(obs, player)))
    try:
        async with _ended_by(tasks):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _ended_by(tasks: list[asyncio.Task[None]]) -> AsyncIterator[None]:
    """Cancels its body when a task fails, and raises what the task raised."""
    body = asyncio.current_task()
    failed: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and body is not None:
            failed.append(error)
            body.cancel()

    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if failed:
            raise failed[0] from None
        raise


def _shown(event: LineStarted | LineEnded) -> dict[str, Any]:
    """Ids and lengths; what was said is the user's."""
    if isinstance(event, LineStarted):
        return {"id": event.id, "seconds": event.seconds}
    return {"id": event.id, "seconds": event.seconds, "reason": event.reason}


def _config_home() -> Path:
    """The user configuration directory, as the XDG base directory specification has it."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "oncue"


def _people(path: Path | None) -> dict[str, Person]:
    if path is None:
        return {}
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, _Person])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise CommandError(f"The file of people cannot be used: {error}.") from error
    return {
        name.casefold(): Person(person.voice, person.emotion, person.priority, person.mute)
        for name, person in found.items()
    }


def _blocked(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        return blocked_words(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("The file of blocked words cannot be read as UTF-8 text.") from error
