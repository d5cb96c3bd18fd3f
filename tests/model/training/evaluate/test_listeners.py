from __future__ import annotations

from pathlib import Path

import numpy as np

from oncue.model.training.data.speakers import HELD_OUT
from oncue.model.training.evaluate.likeness import Verdict, strangers, verdict
from oncue.model.training.evaluate.listeners import Turning, unit


def clips_of(speakers: int, clips: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Speakers that differ in a few of many directions, in all of which what is said differs much more."""
    rng = np.random.default_rng(seed)
    who = np.repeat(rng.normal(size=(speakers, 8)), clips, 0)
    said = 5 * rng.normal(size=(speakers * clips, 40))
    mixed = np.concatenate([who, said], 1) @ np.random.default_rng(0).normal(size=(48, 96))
    return (mixed + 3).astype(np.float32), np.repeat(np.arange(speakers), clips)


def test_clips_of_strangers_fall_together_once_it_is_known_what_tells_speakers_apart() -> None:
    turning = Turning.fitted(*clips_of(150, 6, 1))
    clips, _ = clips_of(30, 2, 2)
    first, second = clips[::2], clips[1::2]
    plain = [int(np.argmax([unit(a - 3) @ unit(b - 3) for b in second])) == i for i, a in enumerate(first)]
    turned = [int(np.argmax([turning(a) @ turning(b) for b in second])) == i for i, a in enumerate(first)]
    assert np.mean(turned) > 0.9
    assert np.mean(turned) > np.mean(plain) + 0.3


def test_a_turning_is_what_it_was_when_it_is_read_again(tmp_path: Path) -> None:
    turning = Turning.fitted(*clips_of(20, 4, 1))
    turning.save(tmp_path / "turning.npz")
    clip = clips_of(1, 1, 3)[0][0]
    assert np.array_equal(turning(clip), Turning.load(tmp_path / "turning.npz")(clip))
    assert abs(np.linalg.norm(turning(clip)) - 1) < 1e-5


def test_right_is_whoever_is_nearest_of_all() -> None:
    people = {"a": unit(np.array([1.0, 0, 0])), "b": unit(np.array([0, 1.0, 0])), "c": unit(np.array([0.5, 0.5, 0.7]))}
    assert verdict(unit(np.array([0.9, 0.1, 0])), "a", people).right
    assert not verdict(unit(np.array([0.9, 0.1, 0])), "c", people).right
    assert not Verdict(0.5, 0.5).right


def test_the_strangers_are_the_stock_voices_in_no_mix_and_mixes_that_no_corpus_reaches() -> None:
    names = [
        "af_heart",
        "af_sky",
        "am_echo",
        "bm_fable",
        "zf_xiaoxiao",
        "zf_xiaoni",
        "zm_yunxi",
        "zm_yunyang",
        *HELD_OUT,
    ]
    found = list(strangers(names))
    assert len(found) == len({name for name, _, _ in found}) >= 48
    assert {name for name, _, _ in found} > HELD_OUT
    for name, language, speaker in found:
        assert language in speaker.prosody
        assert name in HELD_OUT or not {stock for stock, _ in speaker.timbre} & HELD_OUT
