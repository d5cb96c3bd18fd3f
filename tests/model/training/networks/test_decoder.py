from __future__ import annotations

import pytest
import torch

from oncue.model.tiny.layout import CODES_PER_SECOND, CONDITION_DIM, DIGIT_LEVELS, MAX_ADVANCE, NUM_DIGITS, READ_AHEAD
from oncue.model.tiny.steps import NUM_TIMING
from oncue.model.tiny.tempo import SWAY_HZ
from oncue.model.training.networks.decoder import Decoder, StepInput, timing_features


def test_a_step_depends_on_no_later_code_and_no_text_beyond_its_reach() -> None:
    torch.manual_seed(0)
    decoder = Decoder(dim=32, heads=2, hidden=32, layers=1).eval()
    units, codes = 9, 6
    text = torch.randn(1, units + READ_AHEAD, 32)
    x = StepInput(
        torch.randint(0, 8, (1, codes, NUM_DIGITS)),
        torch.arange(codes).unsqueeze(0),
        torch.randn(1, codes, NUM_TIMING),
        torch.randn(1, 1, CONDITION_DIM),
    )
    advance, digits = torch.ones(1, codes, dtype=torch.long), torch.randint(0, 8, (1, codes, NUM_DIGITS))
    later = text.clone()
    later[:, 2 + READ_AHEAD + 1 :] += 1
    with torch.inference_mode():
        one, two = (decoder(x, each, advance, digits) for each in (text, later))
    assert torch.allclose(one[0][:, :2], two[0][:, :2], atol=1e-6)
    assert one[0].shape == (1, codes, MAX_ADVANCE + 1)
    assert [d.shape[-1] for d in one[2]] == list(DIGIT_LEVELS)


def test_each_digit_knows_those_before_it_and_none_after() -> None:
    torch.manual_seed(0)
    heads = Decoder(dim=32, heads=2, hidden=32, layers=1).heads
    ground, digits = torch.randn(1, 32), torch.full((1, NUM_DIGITS), 3)
    changed = digits.clone()
    changed[0, 4] = 6
    one, two = heads.logits(ground, digits), heads.logits(ground, changed)
    assert all(torch.equal(one[i], two[i]) for i in range(5))
    assert not any(torch.equal(one[i], two[i]) for i in range(5, NUM_DIGITS))


def test_timing_is_bounded_and_silent_when_the_countdown_is_unknown() -> None:
    left = torch.tensor([0.0, 3.0, 500.0])
    known = timing_features(left, left * 2, left * 0, left + 1, torch.ones(3), left)
    unknown = timing_features(left, left * 2, left * 0, left + 1, torch.zeros(3), left)
    assert torch.isfinite(known).all()
    assert known[:, 0].abs().max() <= 1.2
    assert (unknown[:, :4] == 0).all()


def test_the_phases_of_the_sways_begin_with_the_segment_and_go_round_as_often_as_they_should() -> None:
    one = torch.ones(1)
    for index, hertz in enumerate(SWAY_HZ.values()):
        rows = [
            timing_features(one, one, one, one, one, torch.tensor([cycles * CODES_PER_SECOND / hertz]))[0, 6:]
            for cycles in (0.0, 0.25, 1.0)
        ]
        sines, cosines = ([float(row[place]) for row in rows] for place in (index, len(SWAY_HZ) + index))
        assert sines == pytest.approx([0.0, 1.0, 0.0], abs=1e-4)
        assert cosines == pytest.approx([1.0, 0.0, 1.0], abs=1e-4)
