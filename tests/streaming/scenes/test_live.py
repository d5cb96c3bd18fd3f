from __future__ import annotations

from typing import Any

from oncue.streaming.protocol import messages, wire
from oncue.streaming.scenes.live import LiveScene

RATE = 24_000
SCENE: dict[str, Any] = {
    "characters": {"ada": {}},
    "pre_roll": 0.5,
    "choices": {"answer": {"options": ["stay", "go"], "default": "stay"}},
    "beats": [
        {
            "id": "one",
            "lines": [
                {"id": "s", "who": "ada", "text": "Stay.", "at": 2, "when": {"answer": "stay"}},
                {"id": "g", "who": "ada", "text": "Go.", "at": 2, "when": {"answer": "go"}},
            ],
        }
    ],
}


def asked(commands: list[messages.ClientMessage]) -> list[str]:
    return [command.id for command in commands if isinstance(command, messages.Speak)]


def frame(number: int, start: int, samples: int = RATE) -> wire.AudioFrame:
    return wire.AudioFrame(number, 0, start, samples, b"\x00\x10" * samples)


def test_what_still_comes_of_a_line_that_is_no_longer_said_is_no_part_of_the_line_when_it_is_said_after_all() -> None:
    scene = LiveScene(messages.Scene("play", SCENE), RATE, 0.0)
    (first,) = asked(scene.poll(0.0)[0])
    scene.observe(messages.Started(first, 1, RATE, None, None))
    scene.observe(frame(1, 0))
    scene.receive(messages.Choose("play", "answer", "go"), 0.1)
    commands, _ = scene.poll(0.1)
    assert messages.Cancel(first, 0) in commands
    scene.observe(frame(1, RATE))  # it was made before the cancel arrived
    scene.receive(messages.Choose("play", "answer", "stay"), 0.2)
    (again,) = asked(scene.poll(0.2)[0])
    assert again != first
    scene.observe(frame(1, 2 * RATE))
    scene.observe(messages.Started(again, 7, RATE, None, None))
    scene.observe(frame(7, 0, 1000))
    assert scene._sounding["s"].samples == 1000
