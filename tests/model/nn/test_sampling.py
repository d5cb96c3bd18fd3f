from __future__ import annotations

import numpy as np
import torch

from model.nn.sampling import sample


def test_choices_follow_the_probabilities() -> None:
    share = torch.tensor([0.1, 0.6, 0.3])
    dice = np.random.default_rng(0).random(4000)
    picked = np.bincount(sample(share.log().expand(4000, 3), dice), minlength=3) / 4000
    assert np.allclose(picked, share, atol=0.03)


def test_a_class_without_probability_is_never_chosen() -> None:
    logits = torch.tensor([[-1e9, 0.0, -1e9, 0.0]]).expand(200, 4)
    assert set(sample(logits, np.linspace(0, 1, 200, endpoint=False))) == {1, 3}


def test_the_same_numbers_give_the_same_choice_in_any_batch() -> None:
    logits, dice = torch.randn(6, 9, generator=torch.Generator().manual_seed(1)), np.linspace(0.05, 0.95, 6)
    assert sample(logits, dice) == [sample(logits[i : i + 1], dice[i : i + 1])[0] for i in range(6)]
