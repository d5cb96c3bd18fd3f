from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.text.phones import INDEX
from model.training.judge import Judge, augment, edits, labels_of, transcribe

PHONES = st.lists(st.integers(1, 4), max_size=12)


@settings(derandomize=True, deadline=None)
@given(PHONES, PHONES, PHONES)
def test_edits_are_a_distance(a: list[int], b: list[int], c: list[int]) -> None:
    assert (edits(a, b) == 0) == (a == b)
    assert edits(a, b) == edits(b, a)
    assert edits(a, c) <= edits(a, b) + edits(b, c)
    assert abs(len(a) - len(b)) <= edits(a, b) <= max(len(a), len(b))


def test_one_of_each_edit_is_counted() -> None:
    assert edits([1, 2, 3, 4], [1, 3, 3, 4, 2]) == 2
    assert edits([], [1, 2]) == 2
    assert edits([1, 2], []) == 2


def test_pauses_are_not_judged() -> None:
    assert labels_of([INDEX["AA"], INDEX[","], INDEX["B"], INDEX["."]]) == [INDEX["AA"], INDEX["B"]]


def test_augmentation_keeps_the_shape_and_is_the_same_for_the_same_seed() -> None:
    mel = torch.randn(3, 60, 80, generator=torch.Generator().manual_seed(1))
    one, two = (augment(mel.clone(), torch.Generator().manual_seed(5)) for _ in range(2))
    assert one.shape == mel.shape
    assert torch.isfinite(one).all()
    assert torch.equal(one, two)
    assert not torch.equal(one, mel)


def test_a_transcription_has_no_blanks_and_no_more_phones_than_frames() -> None:
    torch.manual_seed(0)
    heard = transcribe(Judge(dim=16, blocks=1).eval(), torch.randn(12_000).numpy())
    assert 0 not in heard
    assert len(heard) <= 25
