"""A scene of forty lines with overlaps, interruptions and three late choices, over a socket, and where every line came to be heard.

`python -m tests.scenes.report` starts a server with the bundled model, plays the scene in real time, and measures in the sound
that arrived. `--json-only` prints the figures alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np

from oncue.server import config as configuration
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from oncue.server.scenes.play import ID, Decided, Performance, play
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.audio import edges
from oncue.streaming.scenes.scene import Scene, scene_of

TEXTS = (
    "I thought you had left.", "Not without the map.", "Then take it, and go.", "They are already at the door.",
    "Which door do you mean?", "我们没有时间了。", "Keep your voice down.", "You said that an hour ago.",
)  # fmt: skip
CHOICES = {"one": 9.0, "two": 19.0, "three": 29.0}
"""When each is made, on the scene's clock; lines that depend on it are asked for before that."""


def forty() -> Scene:
    """Eight beats of five lines: one after another, an overlap, an interruption, and two that depend on a choice in some."""
    beats: list[dict[str, Any]] = []
    for index in range(8):
        names = [f"b{index}l{number}" for number in range(5)]
        text = [TEXTS[(index + number) % len(TEXTS)] for number in range(5)]
        lines: list[dict[str, Any]] = [
            {"id": names[0], "who": "ada", "text": text[0], "at": 0.0},
            {"id": names[1], "who": "bo", "text": text[1], "with": names[0], "gap": 0.6},
            {"id": names[2], "who": "cy", "text": text[2], "after": names[1], "gap": 0.2},
            {"id": names[3], "who": "ada", "text": text[3], "cut_in": {"line": names[2], "word": 3}},
            {"id": names[4], "who": "bo", "text": text[4], "after": names[3], "gap": 0.25},
        ]
        if index in {2, 4, 6}:
            choice = ("one", "two", "three")[index // 2 - 1]
            lines[3]["when"], lines[4]["when"] = {choice: "a"}, {choice: "a"}
            for line, name in ((lines[3], f"{names[3]}x"), (lines[4], f"{names[4]}x")):
                lines.append(
                    {**line, "id": name, "when": {choice: "b"}} | ({"after": f"{names[3]}x"} if "after" in line else {})
                )
        beats.append({"id": f"beat{index}", "at": 5.0 * index, "lines": lines})
    return scene_of(
        {
            "characters": {
                "ada": {"voice": "ada", "pan": -0.5},
                "bo": {"voice": "ray"},
                "cy": {"voice": "mei", "pan": 0.5},
            },
            "choices": {name: {"options": ["a", "b"], "default": "a"} for name in CHOICES},
            "pre_roll": 3.0,
            "beats": beats,
        }
    )


async def _decide(scene: Scene) -> AsyncIterator[Decided]:
    """Each choice against its default, after the lines of the default were asked for."""
    loop = asyncio.get_running_loop()
    zero = loop.time() + scene.pre_roll
    for name, at in CHOICES.items():
        await asyncio.sleep(max(0.0, zero + at + 1.2 - loop.time()))
        yield messages.Choose(ID, name, "b")


def measured(made: Performance) -> dict[str, Any]:
    """Where lines are heard, against where the plan says."""
    scene, sound = made.scene, made.sound()
    said = [name for name, place in made.places.items() if place.status == "begun"]
    off_ms = []
    for name in said:
        place = made.places[name]
        assert place.start is not None
        first, _ = edges(made.pcm(name), made.rate)
        heard_s = place.start - (place.onset or 0.0) + first / made.rate
        off_ms.append(1000 * (heard_s - place.start))
    late = [made.places[name].late for name in said]
    wanted = [name for name in scene.lines if made.places[name].status not in {"skipped", "dropped"}]
    total = sum(stem.astype(np.int32) for stem in sound.stems.values())
    return {
        "lines": len(said),
        "wanted": len(wanted),
        "lost": list(made.done.lost if made.done else ("no end",)),
        "errors": made.errors,
        "worst_off_ms": round(max(map(abs, off_ms)), 2),
        "late_over_20_ms": sum(value > 0.02 for value in late),
        "worst_late_s": round(max(late), 3),
        "cut": sum(made.places[name].cut is not None for name in said),
        "dropped_or_skipped": sum(place.status in {"skipped", "dropped"} for place in made.places.values()),
        "stems_sum_to_the_mix": bool(np.array_equal(total, sound.mix)),
        "length_s": round(len(sound.mix) / made.rate, 1),
        "last_line_s": round(max(made.places[name].end or 0.0 for name in said), 1),
        "longest_line_s": round(max(len(made.pcm(name)) for name in said) / made.rate, 1),
    }


async def main() -> None:
    """Play it and print the figures."""
    scene = forty()
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ) | {"ONCUE_VOICES_DIR": str(Path(folder) / "voices"), "ONCUE_PORT": "0"}
        config = configuration.load(None, environment, {})
        pool = engine_pool(config, process=True)
        await pool.start()
        try:
            async with listening(Server(config, pool)) as url:
                made = await play(url, "", scene, _decide(scene), lambda _now, _place: None)
        finally:
            await pool.stop()
    print(json.dumps(measured(made)))


if __name__ == "__main__":
    asyncio.run(main())
