"""The plain call, with the bundled family."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import Samples, Voice
from oncue.server.audio.spoken_line import SpokenLine
from oncue.server.audio.wav import wav
from oncue.server.compat.indextts import IndexTTSModel
from oncue.server.tts import SynthesisError
from tests.fakes import ScriptedModel
from tests.sounds import good_recording

TEXT = "Hello there."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexTTSModel]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCUE_VOICES_DIR", str(tmp_path_factory.mktemp("voices")))
        with IndexTTSModel.from_pretrained("tiny", consent="a buzz agrees") as loaded:
            yield loaded


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A buzz of 130 Hz, which is voice enough for the bundled encoders."""
    time = np.arange(4 * 24000) / 24000
    buzz = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 9))
    path = tmp_path_factory.mktemp("sounds") / "me.wav"
    path.write_bytes(wav((np.asarray(buzz) * 3000).astype("<i2").tobytes(), 24000))
    return path


def test_free_mode_has_no_target(model: IndexTTSModel) -> None:
    audio = model.synthesize(TEXT)
    assert audio.target_samples is None
    assert audio.error_samples is None
    assert audio.duration_s > 0.3
    assert [word.text for word in audio.words] == ["Hello", "there"]


def test_a_ratio_is_kept_to_the_sample(model: IndexTTSModel) -> None:
    shorter, longer = (model.synthesize(TEXT, duration_ratio=ratio, ensure_alignment=True) for ratio in (0.9, 1.1))
    assert shorter.error_samples == longer.error_samples == 0
    assert len(longer.pcm) / len(shorter.pcm) == pytest.approx(1.1 / 0.9, rel=1e-3)


def test_a_ratio_out_of_reach_is_refused_only_where_alignment_must_be_ensured(model: IndexTTSModel) -> None:
    assert model.synthesize(TEXT, duration_ratio=0.2).warning
    with pytest.raises(SynthesisError):
        model.synthesize(TEXT, duration_ratio=0.2, ensure_alignment=True)


def test_the_same_seed_gives_the_same_samples(model: IndexTTSModel) -> None:
    one, again, other = (model.synthesize(TEXT, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.pcm, again.pcm)
    assert not np.array_equal(one.pcm, other.pcm)


def test_a_recording_gives_the_voice_as_file_bytes_or_samples(model: IndexTTSModel, recording: Path) -> None:
    with wave.open(str(recording)) as file:
        rate, raw = file.getframerate(), file.readframes(file.getnframes())
    samples = (np.frombuffer(raw, "<i2") / 32768).astype(np.float32)
    by_path = model.synthesize(TEXT, ref_audio=recording)
    by_bytes = model.synthesize(TEXT, speaker_ref=recording.read_bytes())
    by_samples = model.synthesize(TEXT, (samples, rate))
    assert np.array_equal(by_path.pcm, by_bytes.pcm)
    assert np.array_equal(by_path.pcm, by_samples.pcm)
    assert not np.array_equal(by_path.pcm, model.synthesize(TEXT).pcm)


def test_a_recording_is_encoded_once_as_file_as_bytes_and_as_samples(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lengths: list[int] = []
    make = ScriptedModel.voice

    def counting(model: ScriptedModel, pcm: Samples, sample_rate: int) -> Voice:
        lengths.append(len(pcm))
        return make(model, pcm, sample_rate)

    monkeypatch.setenv("ONCUE_VOICES_DIR", str(tmp_path / "voices"))
    monkeypatch.setattr(ScriptedModel, "voice", counting)
    (tmp_path / "me.wav").write_bytes(good_recording())
    with wave.open(str(tmp_path / "me.wav")) as file:
        rate, raw = file.getframerate(), file.readframes(file.getnframes())
    samples = (np.frombuffer(raw, "<i2") / 32768).astype(np.float32)
    with IndexTTSModel.from_pretrained("tests.fakes:ScriptedModel", consent="noise agrees") as scripted:
        for recording in (tmp_path / "me.wav", good_recording(), (samples, rate)):
            assert len(scripted.synthesize(TEXT, ref_audio=recording).pcm) > 0
    assert len(lengths) == 1
    assert lengths[0] < len(samples)
    assert not (tmp_path / "voices").exists()


def test_feelings_in_words_change_the_sound(model: IndexTTSModel) -> None:
    calm = model.synthesize(TEXT)
    angry = model.synthesize(TEXT, emotion_text="very angry", emotion_intensity=1.0)
    assert not np.array_equal(calm.pcm, angry.pcm)


def test_pronunciations_in_the_text_are_heeded_or_left_out(model: IndexTTSModel) -> None:
    plain = model.synthesize("我打印。")
    said = model.synthesize("我打(da2)印。")
    left_out = model.synthesize("我打(da2)印。", use_phoneme=False)
    assert np.array_equal(plain.pcm, left_out.pcm)
    assert not np.array_equal(plain.pcm, said.pcm)


def test_a_line_is_exported_as_a_wav_file(model: IndexTTSModel, tmp_path: Path) -> None:
    audio = model.synthesize(TEXT)
    with wave.open(str(audio.export(tmp_path / "x.wav", format="wav"))) as file:
        assert (file.getframerate(), file.getnframes()) == (audio.sample_rate, len(audio.pcm))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"text": ""}, "no text"),
        ({"emotion_intensity": 7.0, "emotion_text": "sad"}, "intensity"),
        ({"voice": "nobody"}, "no voice"),
        ({"voice": "mei", "ref_audio": b"x"}, "not both"),
        ({"ref_audio": b"x", "speaker_ref": b"x"}, "two names"),
        ({"ref_audio": b"not a sound"}, "not WAV"),
        ({"ref_audio": (np.zeros((2, 5), np.float32), 16000)}, "one row"),
        ({"emotion_ref": b"x", "emotion_text": "sad"}, "not both"),
        ({"duration_ratio": -1.0}, "ratio"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_a_sentence(model: IndexTTSModel, arguments: dict[str, object], word: str) -> None:
    given: dict[str, object] = {"text": TEXT} | arguments
    with pytest.raises(SynthesisError, match=word):
        model.synthesize(**given)  # type: ignore[arg-type]


def test_a_feeling_can_be_taken_from_a_recording_of_somebody_else(model: IndexTTSModel, recording: Path) -> None:
    plain, count_emotion = model.synthesize(TEXT), model.synthesize(TEXT, emotion_ref=recording)
    none = model.synthesize(TEXT, emotion_ref=recording, emotion_intensity=0.0)
    assert np.array_equal(plain.pcm, none.pcm)
    assert not np.array_equal(plain.pcm, count_emotion.pcm)


def test_a_model_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(SynthesisError, match="oncue models fetch indextts2"):
        IndexTTSModel.from_pretrained("bilibili/indextts-v2")
    with pytest.raises(SynthesisError, match="no model known"):
        IndexTTSModel.from_pretrained("somebody/else")
    (tmp_path / "manifest.json").write_text(json.dumps({"family": "nobody"}), "utf-8")
    with pytest.raises(SynthesisError, match="family"):
        IndexTTSModel.from_pretrained(tmp_path)


def test_a_closed_model_says_so() -> None:
    model = IndexTTSModel.from_pretrained("tests.fakes:ScriptedModel")
    assert len(model.synthesize(TEXT).pcm) > 0
    model.close()
    model.close()
    with pytest.raises(SynthesisError, match="closed"):
        model.synthesize(TEXT)


def test_only_formats_that_can_be_written_are_promised(tmp_path: Path) -> None:
    audio = SpokenLine(np.arange(5, dtype=np.int16), 24000, 5, (), None)
    assert audio.export(tmp_path / "x.pcm", format="pcm").read_bytes() == np.arange(5, dtype="<i2").tobytes()
    with pytest.raises(ValueError, match="aiff is none"):
        audio.export(tmp_path / "x.aiff", format="aiff")
