from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from oncue.clients.bench.listeners import HeardLine
from oncue.clients.bench.playback import Chunk
from oncue.clients.bench.stalls import NO_STALLS, Stall, Stalls
from oncue.server.cli import demo_picture
from oncue.server.cli.demo import _playback_table, judge
from oncue.server.cli.demo_verdict import DemoLine
from oncue.streaming.protocol import messages
from oncue.streaming.protocol.messages import MarkItem

CUE = DemoLine("en", "Hello.", 1.0)
WORD = messages.MarkItem("word", "Hello", 0, 5, 100, 9000)
LATE_S = 1.2
"""The second chunk was needed at 0.7."""
PAUSE = Stalls((Stall(0.3, 0.9),))


def heard(*, samples: int = 24000, second_at_s: float = 0.6, last_code_s: float = 0.5) -> HeardLine:
    trace = messages.Trace((0.1, last_code_s), (0.2, 0.9))
    done = messages.Done("a", "complete", samples, 24000, 1, 200.0, {}, trace=trace)
    chunks = (Chunk(0.2, 12000), Chunk(second_at_s, samples - 12000))
    return HeardLine(b"\xff\x01" * samples, 24000, 0.0, chunks, second_at_s, (WORD,), done)


def test_early_unbroken_and_exact_is_good() -> None:
    assert judge(CUE, heard(), NO_STALLS).good


def test_one_sample_off_an_underrun_or_sound_after_decoding_is_not() -> None:
    assert not judge(CUE, heard(samples=23999), NO_STALLS).good
    assert not judge(CUE, heard(second_at_s=LATE_S), NO_STALLS).good
    assert not judge(CUE, heard(last_code_s=0.15), NO_STALLS).good


def test_an_underrun_that_the_machine_explains_is_forgiven_but_told() -> None:
    verdict = judge(CUE, heard(second_at_s=LATE_S), PAUSE)
    assert verdict.good
    assert (verdict.as_heard.underruns, verdict.net.underruns) == (1, 0)
    shown = io.StringIO()
    Console(width=140, file=shown).print(_playback_table([verdict]))
    told = shown.getvalue()
    assert "1 (0.500 s)" in told
    assert "0 (0.000 s)" in told
    assert "stood still for 0.60 of 1.20 s" in told


@pytest.mark.parametrize("stalls", [NO_STALLS, PAUSE])
def test_the_picture_is_drawn(tmp_path: Path, stalls: Stalls) -> None:
    demo_picture.draw([judge(CUE, heard(), stalls), judge(CUE, heard(), stalls)], tmp_path / "timeline.png")
    assert (tmp_path / "timeline.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_chinese_font_words_are_written_in_pinyin_and_with_one_as_they_are() -> None:
    text = "大家好，OK。"
    words = [MarkItem("word", text[at:end], at, end, 0, 1) for at, end in ((0, 1), (1, 2), (2, 3), (4, 6))]
    assert demo_picture.labels(words, text, chinese=False) == ["da4", "jia1", "hao3", "OK"]
    assert demo_picture.labels(words, text, chinese=True) == ["大", "家", "好", "OK"]


def test_a_font_counts_only_if_it_has_every_character(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_picture, "_CHINESE_FONTS", ("DejaVu Sans",))
    assert demo_picture.chinese_font("大家好") is None
    assert demo_picture.chinese_font("Hello.") == "DejaVu Sans"
    monkeypatch.setattr(demo_picture, "_CHINESE_FONTS", ("No Such Font",))
    assert demo_picture.chinese_font("Hello.") is None
