from __future__ import annotations

import torch

from oncue.model.tiny.layout import DIGIT_LEVELS, NUM_DIGITS, NUM_PITCH
from oncue.model.training.stages.decoder import DRIFT_LEVELS, PITCH_FORGOTTEN_SHARE, history


def test_history_is_the_code_before_with_small_errors_and_stays_in_range() -> None:
    torch.manual_seed(0)
    digits = torch.stack([torch.randint(0, levels, (4, 200)) for levels in DIGIT_LEVELS], -1)
    seen = history(digits)
    shifted = digits[:, :-1] + 1
    known = seen[:, 1:].any(-1)
    difference = (seen[:, 1:] - shifted)[..., NUM_PITCH:][known]
    assert (seen[:, 0] == 0).all()
    assert difference.abs().max() <= 1
    assert 0.05 < (difference != 0).float().mean() < 0.2
    assert 0.9 < known.float().mean() < 1
    assert (seen <= torch.tensor(DIGIT_LEVELS)).all()


def test_the_pitch_of_a_history_is_off_by_the_same_all_the_way_and_now_and_then_forgotten() -> None:
    torch.manual_seed(0)
    digits = torch.full((64, 100, NUM_DIGITS), 4)
    seen = history(digits)[:, 1:, :NUM_PITCH]
    known = seen > 0
    assert PITCH_FORGOTTEN_SHARE < 1 - known.float().mean() < 2 * PITCH_FORGOTTEN_SHARE
    middle = torch.stack([row[row > 0].median() for row in seen]) - 5
    assert set(middle.tolist()) == set(range(-DRIFT_LEVELS, DRIFT_LEVELS + 1))
    assert 0.1 < (middle != 0).float().mean() < 0.4
    off = (seen - 5 - middle.view(-1, 1, 1))[known]
    assert off.abs().max() <= 1


def test_noise_never_turns_an_unvoiced_half_into_a_voiced_one() -> None:
    torch.manual_seed(0)
    unvoiced = history(torch.zeros(2, 100, NUM_DIGITS, dtype=torch.long))[:, 1:, :NUM_PITCH]
    assert unvoiced.max() <= 1
