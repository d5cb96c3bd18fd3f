from __future__ import annotations

import torch

from oncue.model.indextts2.streaming.noise import frame_noise


def test_any_part_is_cut_from_the_same_noise() -> None:
    whole = frame_noise(5, 0, 300, 8)
    for first, frames in ((0, 1), (63, 2), (64, 64), (100, 200), (17, 0)):
        assert torch.equal(frame_noise(5, first, frames, 8), whole[first : first + frames])


def test_another_seed_is_other_noise() -> None:
    assert not torch.equal(frame_noise(5, 0, 4, 8), frame_noise(6, 0, 4, 8))


def test_neighbouring_chunks_and_seeds_are_unrelated() -> None:
    whole = frame_noise(5, 0, 128, 80)
    assert abs(float((whole[:64] * whole[64:]).mean())) < 0.06
    assert abs(float((frame_noise(6, 0, 64, 80) * whole[64:]).mean())) < 0.06


def test_it_is_standard_normal() -> None:
    noise = frame_noise(-1, 1000, 500, 80)
    assert abs(float(noise.mean())) < 0.03
    assert abs(float(noise.std()) - 1) < 0.03
