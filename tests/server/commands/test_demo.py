from __future__ import annotations

from pathlib import Path

from clients.bench import Heard
from server.commands import timeline
from server.commands.demo import Cue, judge
from streaming import messages

CUE = Cue("en", "Hello.", 1.0)
WORD = messages.MarkItem("word", "Hello", 0, 5, 100, 9000)


def heard(*, samples: int = 24000, underruns: int = 0, last_code_s: float = 0.5) -> Heard:
    trace = messages.Trace((0.1, last_code_s), (0.2, 0.9))
    done = messages.Done("a", "complete", samples, 24000, 1, 200.0, {}, trace=trace)
    return Heard(b"\1\0" * samples, 24000, 0.2, 0.2, 1.0, 2, underruns, 0.0, (0.2, 0.9), (WORD,), done)


def test_early_unbroken_and_exact_is_good() -> None:
    assert judge(CUE, heard()).good


def test_one_sample_off_a_stall_or_sound_after_decoding_is_not() -> None:
    assert not judge(CUE, heard(samples=23999)).good
    assert not judge(CUE, heard(underruns=1)).good
    assert not judge(CUE, heard(last_code_s=0.15)).good


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    timeline.draw([judge(CUE, heard()), judge(CUE, heard())], tmp_path / "timeline.png")
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")
