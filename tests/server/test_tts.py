"""The plain class for programs without a server, with the bundled family."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from oncue import TTS, Duration, Emotion
from oncue.server.tts import SynthesisError
from tests.sounds import good_recording

TEXT = "Hello there."


@pytest.fixture(scope="module")
def tts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TTS]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCUE_VOICES_DIR", str(tmp_path_factory.mktemp("voices")))
        with TTS(consent="whoever speaks here is made of arithmetic") as loaded:
            yield loaded


def test_a_line_ends_on_the_sample_asked_for_and_becomes_a_file(tts: TTS, tmp_path: Path) -> None:
    line = tts.say(TEXT, duration=Duration(seconds=1.2), emotion=Emotion(text="sad and tired"), voice="mei")
    assert len(line.pcm) == line.target_samples == 28_800
    with wave.open(str(line.export(tmp_path / "x.wav"))) as file:
        assert file.getnframes() == 28_800


def test_a_stream_is_the_same_samples_frame_by_frame(tts: TTS) -> None:
    frames = list(tts.stream(TEXT, seed=3))
    assert len(frames) > 1
    assert [frame.start for frame in frames[1:]] == [frame.end for frame in frames[:-1]]
    assert b"".join(frame.pcm for frame in frames) == tts.say(TEXT, seed=3).pcm.tobytes()


def test_a_stream_that_nobody_hears_to_its_end_is_cancelled(tts: TTS) -> None:
    frames = tts.stream("A line that goes on and on, and on. " * 10)
    next(frames)
    frames.close()  # type: ignore[attr-defined] # it is a generator
    assert len(tts.say(TEXT).pcm) > 0
    assert tts._engine.pool.lines == 0


def test_a_voice_is_a_name_or_one_made_of_a_recording(tts: TTS) -> None:
    own = tts.make_voice(good_recording())
    assert np.array_equal(tts.say(TEXT, voice=own).pcm, tts.say(TEXT, voice=own).pcm)
    assert not np.array_equal(tts.say(TEXT, voice=own).pcm, tts.say(TEXT).pcm)
    assert np.array_equal(tts.say(TEXT, voice=tts.voices[0]).pcm, tts.say(TEXT).pcm)
    assert not np.array_equal(tts.say(TEXT, voice=tts.voices[1]).pcm, tts.say(TEXT).pcm)


def test_no_voice_is_made_of_a_recording_of_which_nobody_said_that_its_speaker_agreed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    with TTS("tests.fakes:ScriptedModel") as silent, pytest.raises(SynthesisError, match="consent"):
        silent.make_voice(good_recording())
    assert not (tmp_path / "audit.jsonl").exists()
    with TTS("tests.fakes:ScriptedModel", consent="all of us agreed on 30 November") as told:
        voice = told.make_voice(good_recording())
    entry = json.loads((tmp_path / "audit.jsonl").read_text())
    assert (entry["event"], entry["voice"]) == ("voice_tried", voice.key)
    assert entry["consent"]["statement"] == "all of us agreed on 30 November"


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"text": " "}, "no text"),
        ({"voice": "nobody"}, "no voice"),
        ({"duration": Duration(ratio=0.1), "strict": True}, "nearest"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_mistake_is_a_sentence_in_both_ways(tts: TTS, given: dict[str, object], word: str) -> None:
    arguments: dict[str, object] = {"text": TEXT} | given
    with pytest.raises(SynthesisError, match=word):
        tts.say(**arguments)  # type: ignore[arg-type]
    with pytest.raises(SynthesisError, match=word):
        list(tts.stream(**arguments))  # type: ignore[arg-type]


def test_a_family_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(SynthesisError, match="family"):
        TTS("nobody")


def test_a_closed_one_says_so() -> None:
    closed = TTS("tests.fakes:ScriptedModel")
    closed.close()
    with pytest.raises(SynthesisError, match="closed"):
        closed.say(TEXT)
