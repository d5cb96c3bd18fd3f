from __future__ import annotations

import numpy as np
import torch

from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import CODE_SAMPLES, HOP, VOICE_DIM
from oncue.model.training.data.dataset import prepare
from oncue.model.training.data.shards import Line
from oncue.model.training.evaluate.resynthesis import Case, again, figures, intelligibility, spectral_distance
from oncue.model.training.stages.codec import Codec
from tests.model.conftest import hum


def line(seconds: float) -> Line:
    audio = (hum(140, seconds) * 20_000).astype(np.int16)
    ends = np.array([len(audio) // 2, len(audio)])
    units = np.array([[INDEX["a"], 1, 1], [INDEX["."], 0, 0]])
    return Line(audio, units, ends, np.full(int(seconds * 80) + 1, 140.0, np.float32), 0.0125, 0, 0, -1, 0.0, "啊。")


def case(seconds: float) -> Case:
    said = line(seconds)
    item = prepare(said, 0, said.log_f0(HOP), float(np.log(140)), 1.0, np.random.default_rng(0))
    return Case(item, np.ones(VOICE_DIM, np.float32), float(np.log(140)))


def test_a_line_goes_through_the_codec_and_stays_as_long_as_it_is() -> None:
    torch.manual_seed(0)
    known = case(1.21)
    made = again(known, Codec().eval())
    assert len(made) == known.item.codes * CODE_SAMPLES
    assert np.isfinite(made).all()


def test_a_louder_copy_is_as_intelligible_as_the_line_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    swell = np.abs(np.sin(np.arange(48_000) / 3000)).astype(np.float32)
    clean = (hum(120, 2.0) * swell + 0.01 * rng.standard_normal(48_000)).astype(np.float32)
    assert intelligibility(clean, 2 * clean) > 0.99
    assert intelligibility(clean, rng.standard_normal(48_000).astype(np.float32) * 0.1) < 0.6


def test_a_line_is_no_distance_from_itself_and_some_from_half_its_loudness() -> None:
    clean = hum(120, 1.0)
    assert spectral_distance(clean, clean) == 0
    assert 1 < spectral_distance(clean * 0.5, clean) < 6.1


def test_every_group_has_its_figures() -> None:
    torch.manual_seed(0)
    heard, away = figures({"seen voices": [case(1.0)]}, Codec().eval())
    assert heard.n == away.n == 1
    assert -1 <= heard.value <= 1
    assert heard.wanted
