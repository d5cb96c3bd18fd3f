from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from oncue.model.api import Samples
from oncue.model.tiny.layout import CODE_SAMPLES, SAMPLE_RATE
from oncue.model.tiny.speech import load
from oncue.model.training.evaluate.report import write_wav
from oncue.model.training.evaluate.spectrograms import CLONED, STYLES, clones, columns, draw, spoken
from oncue.model.training.stages.codec import Codec
from tests.model.conftest import hum
from tests.model.training.evaluate.test_resynthesis import case


def test_the_model_says_a_text_to_its_end_in_whole_codes_and_gives_its_slot_back() -> None:
    model = load()
    one, two = (spoken(model, "好的。", model.voices["ada"], 1) for _ in range(2))
    assert len(one) % CODE_SAMPLES == 0
    assert np.array_equal(one, two)


def test_a_page_has_three_columns_of_a_line(tmp_path: Path) -> None:
    torch.manual_seed(0)
    three = columns(case(1.0), Codec().eval(), load())
    assert len(three) == 3
    assert all(np.isfinite(sound).all() for sound in three)
    sounds: list[Samples] = [hum(150, 0.5)] * 3
    draw([("1", sounds), ("2", sounds)], ("teacher", "codec", "model"), tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_of_clones_shows_the_clip_a_plain_line_of_each_language_and_three_styles(tmp_path: Path) -> None:
    rows, number = list[dict[str, str | None]](), 0
    for name in CLONED:
        write_wav(tmp_path / f"{name}-0.wav", np.full(5 * SAMPLE_RATE, 100, np.int16))
        for condition, language, style in [
            ("clean", "zh", None), ("clean", "zh", None), ("clean", "en", None), ("telephone", "en", None),
            *(("clean", "zh", style) for style in STYLES),
        ]:  # fmt: skip
            file, number = f"{number}.wav", number + 1
            write_wav(tmp_path / file, np.full(1000, number, np.int16))
            rows.append({"file": file, "voice": name, "condition": condition, "language": language, "style": style})
    (tmp_path / "index.json").write_text(json.dumps(rows), encoding="utf-8")
    shown = dict(clones(tmp_path, tmp_path))
    assert [round(float(pcm[0]) * 32_768) for pcm in shown[CLONED[0]]] == [100, 1, 3, 5, 6, 7]
    assert {len(pcm) for sounds in shown.values() for pcm in sounds} == {4 * SAMPLE_RATE}
