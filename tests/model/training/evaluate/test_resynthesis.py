from __future__ import annotations

import numpy as np
import torch

from oncue.model.text.phones import INDEX
from oncue.model.tiny.layout import CODE_SAMPLES, VOICE_DIM
from oncue.model.tiny.pitch import track
from oncue.model.tiny.render import DELAY
from oncue.model.training.data.corpus import Utterance
from oncue.model.training.data.dataset import as_float, prepare
from oncue.model.training.evaluate.resynthesis import again, figures, intelligibility
from oncue.model.training.stages.codec import Codec
from tests.model.conftest import hum


def line(seconds: float) -> Utterance:
    audio = (hum(140, seconds) * 20_000).astype(np.int16)
    ends = np.array([len(audio) // 2, len(audio)], np.int32)
    phones = np.array([INDEX["a"], INDEX["."]], np.int16)
    return Utterance(audio, phones, np.zeros(2, np.int8), np.array([True, False]), ends, 0, 0, 0, 0.0, 0, 175.0, 0)


def test_a_line_goes_through_the_codec_and_stays_as_long_as_it_is() -> None:
    torch.manual_seed(0)
    utterance = line(1.21)
    log_f0 = track(as_float(utterance.audio))
    item = prepare(utterance, log_f0, float(np.nanmean(log_f0)), 1.0)
    made = again(item, Codec().eval(), np.ones(VOICE_DIM, np.float32), float(np.nanmean(log_f0)))
    assert len(made) == item.codes * CODE_SAMPLES
    assert np.isfinite(made).all()


def test_a_late_copy_is_as_intelligible_as_the_line_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    swell = np.abs(np.sin(np.arange(48_000) / 3000)).astype(np.float32)
    clean = (hum(120, 2.0) * swell + 0.01 * rng.standard_normal(48_000)).astype(np.float32)
    late = np.concatenate([np.zeros(DELAY, np.float32), clean])[: len(clean)]
    assert intelligibility(clean, late) > 0.99
    assert intelligibility(clean, rng.standard_normal(48_000).astype(np.float32) * 0.1) < 0.6


def test_every_group_has_its_figure() -> None:
    torch.manual_seed(0)
    utterance = line(1.0)
    log_f0 = track(as_float(utterance.audio))
    item = prepare(utterance, log_f0, 5.0, 1.0)
    (found,) = figures({"seen voices": [(item, np.ones(VOICE_DIM, np.float32), 5.0)]}, Codec().eval())
    assert found.n == 1
    assert -1 <= found.value <= 1
    assert found.wanted
