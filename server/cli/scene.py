"""`oncue scene`: several characters on one clock, made in one go or while it runs; and what a scene file may say."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from oncue.server.audio.credentials import signed
from oncue.server.audio.subtitles import Cue, srt, vtt
from oncue.server.audio.wav import wav
from oncue.server.cli.common import CommandError, config_of, print_json, write
from oncue.server.local_engine import local_engine
from oncue.server.scenes.play import ID, Decided, play
from oncue.server.scenes.reading import read_scene
from oncue.server.scenes.render import RenderedScene, render
from oncue.streaming.protocol import messages
from oncue.streaming.scenes.planner import Facts, LineFacts, plan
from oncue.streaming.scenes.scene import Scene, SceneError, schema

scene = typer.Typer(help="Scenes: several characters on one clock.", no_args_is_help=True)

_FILE = typer.Argument(help="A scene, .yaml or .json; docs/scenes.md says how it is written.")
_CHOOSE = typer.Option(help="CHOICE=OPTION, where not the default.")
_CUE = typer.Option(help="CUE=SECONDS on the scene's clock.")


@scene.command("render")
def render_command(
    file: Annotated[Path, _FILE],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for mix.wav, a stem for each character, and the times.")
    ],
    choose: Annotated[list[str] | None, _CHOOSE] = None,
    cue: Annotated[list[str] | None, _CUE] = None,
    together: Annotated[int, typer.Option(min=1, max=8, help="How many lines at once.")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Speak a whole scene: stems that sum to the mix, subtitles, and where every line lies."""
    try:
        read = read_scene(file)  # before the model: a mistake in it fails at once
        choices, cues = _choices(read, choose or ()), _cues(read, cue or ())
        made = asyncio.run(_render(read, choices, cues, together))
    except SceneError as error:
        raise CommandError(str(error)) from error
    told = _written(read, made, output)
    if as_json:
        print_json(told)
    else:
        _print(made, output)


@scene.command("play")
def play_command(
    file: Annotated[Path, _FILE],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for stems and mix of what was heard.")
    ] = None,
    server: Annotated[str, typer.Option(help="URL of the server that speaks.")] = "http://127.0.0.1:8760",
    choose: Annotated[list[str] | None, _CHOOSE] = None,
    cue: Annotated[list[str] | None, _CUE] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Run a scene in real time by a server. Choices and cues are typed while it runs: `answer open`, `knock`."""
    try:
        read = read_scene(file)
        choices, cues = _choices(read, choose or ()), _cues(read, cue or ())
    except SceneError as error:
        raise CommandError(str(error)) from error

    def told(now_s: float, place: messages.ScenePlace) -> None:
        if place.status in {"begun", "waiting", "dropped"}:
            print(f"{now_s:7.2f} s  {place.status} {place.line}", file=sys.stderr, flush=True)

    made = asyncio.run(play(server, config_of().token, read, _typed(read), told, choices=choices, cues=cues))
    if output is not None:
        sound = made.sound()
        for who, stem in sound.stems.items():
            write(output / f"stem-{who}.wav", signed(wav(stem.tobytes(), made.rate, 2), "wav"))
        write(output / "mix.wav", signed(wav(sound.mix.tobytes(), made.rate, 2), "wav"))
    lost = made.done.lost if made.done is not None else ()
    if as_json:
        rows = [msgspec.to_builtins(made.places[name]) for name in read.lines if name in made.places]
        print_json({"lines": rows, "lost": list(lost), "ai_generated": True})
    for name in lost:
        print(f"oncue: line {name} could not be spoken", file=sys.stderr)
    if lost:
        raise typer.Exit(1)


async def _typed(read: Scene) -> AsyncIterator[Decided]:
    """Choices and cues as they are typed: a cue's name, or a choice and an option."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def listen() -> None:
        for text in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, text)

    threading.Thread(target=listen, daemon=True).start()  # a thread, for a terminal cannot be waited for everywhere
    while True:
        words = (await lines.get()).split()
        if len(words) == 1 and words[0] in read.cues:
            yield messages.Cue(ID, words[0])
        elif len(words) == 2 and words[0] in read.choices:
            yield messages.Choose(ID, words[0], words[1])
        elif words:
            print("Type a cue, or a choice and an option.", file=sys.stderr)


@scene.command("check")
def check_command(
    file: Annotated[Path, _FILE],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Read a scene and say when every line would begin, with lengths that are guessed; nothing is spoken."""
    try:
        read = read_scene(file)
    except SceneError as error:
        raise CommandError(str(error)) from error
    guessed = plan(
        read, Facts({name: LineFacts(max(0.3, 0.07 * len(line.text))) for name, line in read.lines.items()}), 0.0
    )
    if as_json:
        print_json({"lines": [asdict(place) for place in guessed.places.values()], "end_s": guessed.end_s})
        return
    table = Table(title=read.title or str(file))
    for head in ("line", "who", "begins", "ends", "status"):
        table.add_column(head)
    for name, place in guessed.places.items():
        table.add_row(name, read.lines[name].who, _time(place.start_s), _time(place.end_s), place.status)
    Console().print(table)


@scene.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a scene file."""
    print_json(schema())


async def _render(read: Scene, choices: dict[str, str], cues: dict[str, float], together: int) -> RenderedScene:
    def told(name: str, done: int, of: int) -> None:
        print(f"{done}/{of} {name}", file=sys.stderr, flush=True)

    async with local_engine(config_of()) as engine:
        return await render(engine, read, choices, cues, told, together=together)


def _choices(read: Scene, pairs: list[str] | tuple[()]) -> dict[str, str]:
    found = dict(_pair(pair, "A choice is written CHOICE=OPTION.") for pair in pairs)
    for name, option in found.items():
        if name not in read.choices or option not in read.choices[name].options:
            raise SceneError(f"There is no choice {name} with that option.")
    return found


def _cues(read: Scene, pairs: list[str] | tuple[()]) -> dict[str, float]:
    found = {}
    for pair in pairs:
        name, value = _pair(pair, "A cue is written CUE=SECONDS.")
        if name not in read.cues:
            raise SceneError(f"There is no cue {name} in the scene.")
        try:
            found[name] = float(value)
        except ValueError:
            raise CommandError("A cue is written CUE=SECONDS.") from None
    return found


def _pair(text: str, otherwise: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise CommandError(otherwise)
    return name.strip(), value.strip()


def _written(read: Scene, made: RenderedScene, folder: Path) -> dict[str, object]:
    """Everything of a scene into a folder, and what is told of it. Raises CommandError."""
    stems = {who: f"stem-{who}.wav" for who in made.sound.stems}
    for who, name in stems.items():
        write(folder / name, signed(wav(made.sound.stems[who].tobytes(), made.rate, 2), "wav"))
    write(folder / "mix.wav", signed(wav(made.sound.mix.tobytes(), made.rate, 2), "wav"))
    shown = [
        Cue(read.pre_roll + row.start_s, read.pre_roll + row.end_s, read.lines[row.line].text, row.who)
        for row in sorted(made.lines, key=lambda row: row.start_s)
    ]
    write(folder / "scene.srt", srt(shown).encode())
    write(folder / "scene.vtt", vtt(shown).encode())
    told: dict[str, object] = {
        "title": read.title,
        "rate": made.rate,
        "pre_roll_s": read.pre_roll,
        "length_s": made.length_s,
        "gain": made.sound.gain,
        "mix": "mix.wav",
        "stems": stems,
        "lines": [asdict(row) for row in made.lines],
        "skipped": list(made.skipped),
        "ai_generated": True,
    }
    write(folder / "scene.json", json.dumps(told, ensure_ascii=False, indent=1).encode())
    return told


def _print(made: RenderedScene, folder: Path) -> None:
    table = Table(title=str(folder))
    for head in ("line", "who", "begins", "ends", ""):
        table.add_column(head)
    for row in made.lines:
        note = "cut" if row.cut_s is not None else f"{row.late_s:.2f} s late" if row.late_s > 0.02 else ""
        table.add_row(row.line, row.who, _time(row.start_s), _time(row.end_s), note)
    Console().print(table)


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f}"
