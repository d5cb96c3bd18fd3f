from __future__ import annotations

import numpy as np

from oncue.model.tiny.sampling import TOGETHER, GumbelNoise


def test_the_largest_sum_follows_the_probabilities() -> None:
    share = np.array([0.1, 0.6, 0.3], np.float32)
    noise = GumbelNoise(3, 3)
    picked = [int((np.log(share) + noise.at(position)).argmax()) for position in range(4000)]
    assert np.allclose(np.bincount(picked, minlength=3) / 4000, share, atol=0.03)


def test_a_class_without_probability_is_never_chosen() -> None:
    logits, noise = np.array([-1e9, 0.0, -1e9, 0.0], np.float32), GumbelNoise(1, 4)
    assert {int((logits + noise.at(position)).argmax()) for position in range(200)} == {1, 3}


def test_noise_depends_on_seed_and_position_alone() -> None:
    forward, backward, other = GumbelNoise(7, 5), GumbelNoise(7, 5), GumbelNoise(8, 5)
    positions = range(2 * TOGETHER + 3)
    one = [forward.at(position).copy() for position in positions]
    again = [backward.at(position).copy() for position in reversed(positions)][::-1]
    assert np.array_equal(one, again)
    assert not any(np.array_equal(a, other.at(position)) for position, a in enumerate(one))
    assert len({row.tobytes() for row in one}) == len(one)
