from __future__ import annotations

import pytest
import torch

from oncue.model.tiny.layout import CONTENT_LEVELS, NUM_CONTENT
from oncue.model.tiny.mel import BANDS
from oncue.model.tiny.prosody import NUM_PROSODY
from oncue.model.training.networks.encoders import (
    CodeEncoder,
    LogMel,
    mel_matrix,
    prosody,
    quantise,
)


def test_mel_filters_are_positive_and_sum_to_one() -> None:
    table = mel_matrix(513, 40)
    assert (table >= 0).all()
    assert torch.allclose(table.sum(0), torch.ones(40), atol=1e-5)


def test_log_mel_has_a_frame_a_hop_and_grows_with_level() -> None:
    mel, tone = LogMel(), torch.sin(torch.arange(12_000) * 0.2).unsqueeze(0)
    assert mel(tone).shape == (1, 50, BANDS)
    assert mel(tone).max() > mel(tone * 0.1).max()


def test_the_long_term_spectrum_is_gone_before_the_codes_are_made() -> None:
    torch.manual_seed(0)
    encoder, mel = CodeEncoder(dim=16, blocks=1), torch.randn(1, 40, BANDS)
    tilt = torch.linspace(-1, 1, BANDS) * 2
    phones = torch.ones(1, 40, dtype=torch.long)
    assert torch.equal(encoder(mel, phones)[1], encoder(mel + tilt - tilt.mean(), phones)[1])


def test_no_digit_flees_to_its_ends_however_large_the_network_makes_it() -> None:
    torch.manual_seed(0)
    encoder, mel = CodeEncoder(dim=16, blocks=1), torch.randn(8, 400, BANDS)
    with torch.no_grad():
        encoder.leave.weight.mul_(1000)
        encoder.leave.bias.add_(500)
        _, digits = encoder(mel, torch.ones(8, 400, dtype=torch.long))
    for digit in digits.flatten(0, 1).T:
        shares = torch.bincount(digit, minlength=CONTENT_LEVELS) / len(digit)
        assert (shares > 0.04).all()


def test_a_code_does_not_depend_on_what_else_is_encoded() -> None:
    torch.manual_seed(0)
    encoder, mel = CodeEncoder(dim=16, blocks=1).eval(), torch.randn(3, 80, BANDS)
    phones = torch.ones(3, 80, dtype=torch.long)
    assert torch.equal(encoder(mel, phones)[1][:1], encoder(mel[:1], phones[:1])[1])


def test_quantised_values_are_their_digits_and_the_gradient_passes() -> None:
    x = torch.linspace(-3, 3, 25, requires_grad=True)
    values, digits = quantise(x)
    assert torch.allclose(values.detach(), digits * (2 / (CONTENT_LEVELS - 1)) - 1, atol=1e-6)
    assert digits.min() == 0
    assert digits.max() == CONTENT_LEVELS - 1
    values.sum().backward()
    assert x.grad is not None
    assert (x.grad > 0).all()
    assert NUM_CONTENT > 0


def test_prosody_does_not_hear_pitch_or_level_but_hears_tempo_and_colour() -> None:
    torch.manual_seed(0)
    time = torch.arange(300) / 100

    def clip(syllables_hz: float) -> tuple[torch.Tensor, torch.Tensor]:
        swell = torch.sin(2 * torch.pi * syllables_hz * time)
        return swell.view(1, -1, 1) + 0.1 * torch.randn(1, 300, BANDS), 0.1 * swell.unsqueeze(0) + 5

    mel, log_f0 = clip(4.0)
    plain = prosody(mel, log_f0)
    assert plain.shape == (1, NUM_PROSODY)
    assert torch.allclose(plain, prosody(mel + 0.7, log_f0 + 0.4), atol=1e-3)
    brighter = prosody(mel + torch.linspace(-1, 1, BANDS), log_f0) - plain
    assert brighter.abs().max() == pytest.approx(1.0, abs=0.1)
    assert (plain - prosody(*clip(7.0))).abs().max() > 0.5
    assert torch.isfinite(prosody(torch.zeros(1, 300, BANDS), torch.zeros(1, 300))).all()
