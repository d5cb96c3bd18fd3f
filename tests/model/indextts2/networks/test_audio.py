from __future__ import annotations

import pytest
import torch

from oncue.model.indextts2.networks.audio import FBANK_BANDS, kaldi_fbank, log_mel, sinc_resample, slaney_filters
from oncue.model.indextts2.networks.config import MelConfig
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("frontend")


def test_the_mel_is_the_references() -> None:
    GOLDEN.check("mel", log_mel(GOLDEN["wave22"], MelConfig()))


def test_the_filterbank_is_the_references() -> None:
    GOLDEN.check("fbank", kaldi_fbank(GOLDEN["wave16"]))


def test_conversion_of_rates_is_the_references() -> None:
    GOLDEN.check("resample_22k_to_16k", sinc_resample(GOLDEN["wave22"], 22_050, 16_000))


@pytest.mark.parametrize("samples", [385, 511, 512, 1024, 22_050])
def test_a_mel_has_a_frame_for_every_whole_hop(samples: int) -> None:
    assert log_mel(torch.zeros(samples), MelConfig()).shape == (1, 80, samples // 256)


def test_mel_filters_have_the_same_area_in_hertz() -> None:
    area = slaney_filters(22_050, 4096, 80).double().sum(1) * (22_050 / 4096)
    assert torch.allclose(area, torch.ones_like(area), atol=0.05)


@pytest.mark.parametrize("samples", [400, 559, 560, 16_000])
def test_a_filterbank_has_only_whole_frames(samples: int) -> None:
    assert kaldi_fbank(torch.zeros(samples)).shape == (1 + (samples - 400) // 160, FBANK_BANDS)


def test_a_filterbank_does_not_hear_a_constant() -> None:
    sound = GOLDEN["wave16"]
    assert torch.allclose(kaldi_fbank(sound + 0.25), kaldi_fbank(sound), atol=0.02)


@pytest.mark.parametrize(("rate", "other"), [(22_050, 16_000), (16_000, 22_050), (48_000, 16_000), (8000, 16_000)])
def test_a_tone_keeps_its_pitch_and_level_at_another_rate(rate: int, other: int) -> None:
    def tone(at: int) -> torch.Tensor:
        return torch.sin(2 * torch.pi * 500 * torch.arange(at // 4) / at)

    got, inner = sinc_resample(tone(rate), rate, other), slice(100, -100)
    assert len(got) == -(-(rate // 4) * other // rate)
    assert torch.allclose(got[: other // 4][inner], tone(other)[inner], atol=0.01)


def test_the_same_rate_is_left_alone() -> None:
    sound = GOLDEN["wave16"]
    assert torch.equal(sinc_resample(sound, 16_000, 16_000), sound)
