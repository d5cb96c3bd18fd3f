from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from oncue.model.text.frontend import read
from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import CODE_SAMPLES, HOP
from oncue.model.tiny.pitch import scale_of
from oncue.model.training.data.corpus import Shard
from oncue.model.training.data.dataset import HELD_OUT, build, melodies
from oncue.model.training.data.kokoro import Spoken
from oncue.model.training.data.shards import Line, lines


def said(log_f0: np.ndarray, intensity: float, speaker: int) -> Line:
    nothing = np.zeros(0, np.int64)
    return Line(np.zeros(0, np.int16), nothing, nothing, np.exp(log_f0), 0.01, speaker, 0, -1, intensity, "")


def test_a_voice_is_known_by_its_plain_lines_and_one_without_any_by_all() -> None:
    time = np.arange(300) / 100
    sung = np.sin(2 * np.pi * 3 * time)
    tracks = [(4.8 + width * sung).astype(np.float32) for width in (0.1, 0.3, 0.1, 0.2)]
    tracks[1] += np.float32(0.3)
    tracks[3] += np.float32(0.4)
    read_lines = [
        said(track, share, who) for track, share, who in zip(tracks, (0.0, 1.0, 0.6, 1.0), (0, 0, 1, 1), strict=True)
    ]
    means, scales = melodies(read_lines, [0, 0, 1, 1], tracks, 3)
    assert means[:2].tolist() == pytest.approx([4.8, 5.0], abs=0.01)
    assert scales[0] == pytest.approx(scale_of(tracks[0]))
    assert scales[1] == pytest.approx((scale_of(tracks[2]) * scale_of(tracks[3])) ** 0.5)
    assert scales[2] == 1.0


def shard(folder: Path, speakers: int) -> list[str]:
    """Two lines a speaker, at 150 Hz but for a voiceless middle."""
    out, texts = Shard(folder, 0), ["你好。", "Well, yes!"]
    for speaker in range(speakers):
        for text in texts:
            phones = read(text).phones
            units = [(phone.symbol, phone.tone, int(phone.word_start)) for phone in phones]
            audio = (8000 * np.sin(np.arange(24_000) / 20 + speaker)).astype(np.int16)
            f0 = np.full(80, 150.0, np.float16)
            f0[30:50] = 0
            ends = tuple(np.linspace(0, len(audio), len(units) + 1)[1:].astype(int).tolist())
            row = {"lang": "zh", "text": text, "speaker": speaker, "style": "sad", "intensity": 0.6, "units": units}
            out.put(Spoken(audio, ends, f0, 0.0125), row)
    out.close()
    return texts


def test_a_corpus_comes_back_with_exact_places_units_and_pitch(tmp_path: Path) -> None:
    texts = shard(tmp_path, 2)
    found = list(lines(tmp_path))
    assert [line.text for line in found] == texts * 2
    for line in found:
        assert len(line.audio) == 24_000
        assert [int(unit) for unit in line.units[:, 0]] == [INDEX[phone.symbol] for phone in read(line.text).phones]
        track = line.log_f0(HOP)
        assert np.isnan(track[45:60]).all()
        assert track[10] == pytest.approx(np.log(150), abs=1e-3)
    first = found[0].audio.astype(float)
    wanted = 8000 * np.sin(np.arange(24_000) / 20)
    assert np.corrcoef(first, wanted)[0, 1] > 0.95, "the sound begins where the row says"


def test_the_last_speakers_of_the_first_corpus_are_kept_from_training(tmp_path: Path) -> None:
    shard(tmp_path, HELD_OUT + 2)
    data = build([tmp_path])
    trained = {data.items[i].speaker for i in data.training}
    assert trained == {0, 1}
    assert {data.items[i].speaker for i in data.validation} >= set(range(2, HELD_OUT + 2))
    item = data.items[0]
    assert item.codes == 24_000 // CODE_SAMPLES
    assert len(item.told_log_f0) == len(item.log_f0) == item.codes * CODE_SAMPLES // HOP
    assert item.emotion == 2


def test_a_shard_that_is_still_written_has_no_rows(tmp_path: Path) -> None:
    out = Shard(tmp_path, 0)
    out.put(Spoken(np.zeros(4800, np.int16), (4800,), np.zeros(16, np.float16), 0.0125), {"lang": "zh"})
    assert list(lines(tmp_path)) == []
    out.close()
    (row,) = (json.loads(text) for text in (tmp_path / "shard-000.jsonl").read_text().splitlines())
    assert (row["start"], row["samples"], row["f0_count"]) == (0, 4800, 16)
