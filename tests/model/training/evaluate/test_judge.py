from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.phones import INDEX, MANDARIN_FINALS, MANDARIN_TONES, SYMBOLS
from oncue.model.training.evaluate.judge import (
    LABELS,
    Judge,
    augment,
    edits,
    label_of,
    labels_of,
    phone_edits,
    phone_of,
    tones_right,
    transcribe,
)

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
    assert labels_of([INDEX["AA"], INDEX[","], INDEX["B"], INDEX["."]], [7, 0, 0, 0]) == [INDEX["AA"], INDEX["B"]]


def test_every_final_has_a_label_for_each_tone_and_all_other_phones_one() -> None:
    labels = {label_of(phone, tone) for phone in range(1, len(SYMBOLS)) for tone in (0, 1, 2, 3, 4, 5, 6, 7, 8)}
    assert max(labels) == LABELS - 1
    for phone in range(1, len(SYMBOLS)):
        toned = {label_of(phone, tone) for tone in MANDARIN_TONES}
        assert len(toned) == (5 if SYMBOLS[phone] in MANDARIN_FINALS else 1)
        assert {phone_of(label) for label in toned} == {phone}
        assert label_of(phone, 0) == label_of(phone, 7) == phone


def test_tones_are_compared_where_the_final_was_heard_and_cost_no_phone() -> None:
    wanted = labels_of([INDEX["m"], INDEX["a"], INDEX["sh"], INDEX["iii"], INDEX["l"], INDEX["e"]], [0, 1, 0, 4, 0, 5])
    heard = labels_of([INDEX["m"], INDEX["a"], INDEX["s"], INDEX["ii"], INDEX["l"], INDEX["e"]], [0, 3, 0, 4, 0, 5])
    assert tones_right(wanted, heard) == (1, 2)
    assert tones_right(wanted, wanted) == (3, 3)
    assert phone_edits(wanted, heard) == 2


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
