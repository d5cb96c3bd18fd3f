from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from oncue.model.api import Samples
from oncue.model.tiny.layout import CODE_SAMPLES
from oncue.model.tiny.speech import load
from oncue.model.training.evaluate.spectrograms import columns, draw, spoken
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
    draw([("1", sounds), ("2", sounds)], tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
