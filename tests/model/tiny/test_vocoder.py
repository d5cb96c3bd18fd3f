from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch

from oncue.model.tiny.layout import NUM_EMOTIONS, PITCH_CENTRE, PITCH_STEP
from oncue.model.tiny.vocoder import CODE_FEATURES, Vocoder, VocoderInput, code_features, frame_pitch


def random_input(codes: int) -> VocoderInput:
    generator = torch.Generator().manual_seed(0)
    return VocoderInput(
        torch.randn(1, codes, CODE_FEATURES, generator=generator),
        torch.randint(0, 90, (1, codes, 3), generator=generator),
        torch.randint(0, 9, (1, codes), generator=generator),
        torch.randint(0, 4, (1, codes), generator=generator),
        torch.rand(1, codes, NUM_EMOTIONS, generator=generator),
    )


def cut(x: VocoderInput, first: int, last: int) -> VocoderInput:
    return VocoderInput(*(getattr(x, field.name)[:, first:last] for field in fields(x)))


def test_pieces_of_a_line_give_what_the_whole_gives() -> None:
    torch.manual_seed(0)
    vocoder, x, voice = Vocoder(dim=32, code_blocks=2, frame_blocks=2).eval(), random_input(12), torch.randn(1, 128)
    with torch.inference_mode():
        films = vocoder.films(voice)
        whole = vocoder(x, films)[0]
        state, parts = None, []
        for first, last in ((0, 1), (1, 5), (5, 12)):
            pulse, _, state = vocoder(cut(x, first, last), films, state)
            parts.append(pulse)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_a_frame_never_knows_a_later_code() -> None:
    vocoder, x, voice = Vocoder(dim=32, code_blocks=2, frame_blocks=2).eval(), random_input(6), torch.zeros(1, 128)
    other = replace(x, features=x.features.clone())
    other.features[:, 4:] += 1
    with torch.inference_mode():
        one, two = (vocoder(each, vocoder.films(voice))[0] for each in (x, other))
    assert torch.equal(one[:, :16], two[:, :16])
    assert not torch.equal(one[:, 16:], two[:, 16:])


def test_a_feeling_is_heard_from_the_code_it_begins_with() -> None:
    torch.manual_seed(1)
    vocoder, x, voice = Vocoder(dim=32, code_blocks=2, frame_blocks=2).eval(), random_input(6), torch.zeros(1, 128)
    torch.nn.init.normal_(vocoder.emotion.weight)
    other = replace(x, emotion=x.emotion.clone())
    other.emotion[:, 4:] += 1
    with torch.inference_mode():
        one, two = (vocoder(each, vocoder.films(voice))[0] for each in (x, other))
    assert torch.equal(one[:, :16], two[:, :16])
    assert not torch.equal(one[:, 16:], two[:, 16:])


def test_pitch_moves_in_a_line_between_digits_and_is_held_where_there_is_none() -> None:
    mean, up = math.log(100), PITCH_CENTRE + 4
    track = frame_pitch([[up, 0]], mean, 1.5, mean, voiced=True)
    assert track[1] == mean + 6 * PITCH_STEP
    assert track[0] == pytest.approx(mean + 3 * PITCH_STEP)
    assert track[2] == track[3] == track[1]


def test_a_voice_that_sets_in_begins_with_its_own_pitch() -> None:
    mean, up = math.log(100), PITCH_CENTRE + 4
    track = frame_pitch([[up, 0], [0, PITCH_CENTRE - 4]], mean, 1.0, mean + 1, voiced=False)
    assert track[:6] == [mean + 4 * PITCH_STEP] * 6
    assert track[6:] == [mean - 4 * PITCH_STEP] * 2


def test_pitch_in_pieces_is_the_pitch_of_the_whole() -> None:
    mean, digits = math.log(100), [[0, 0], [30, 36], [40, 0], [0, 20], [22, 0]]
    whole = frame_pitch(digits, mean, 1.0, mean, voiced=False)
    for cut in range(1, len(digits)):
        first = frame_pitch(digits[:cut], mean, 1.0, mean, voiced=False)
        second = frame_pitch(digits[cut:], mean, 1.0, first[-1], voiced=digits[cut - 1][-1] > 0)
        assert first + second == whole


def test_features_are_bounded_and_unvoiced_pitch_is_zero() -> None:
    content = torch.tensor([[0, 7, 3, 4, 1, 6]])
    features, wider = (
        code_features(torch.tensor([[0, 63]]), content, torch.tensor([2]), scale) for scale in (1.0, 2.0)
    )
    assert wider[0, 7] == 2 * features[0, 7]
    assert features.shape == (1, CODE_FEATURES)
    assert features[0, :6].abs().max() == 1
    assert features[0, 6] == 0
    assert features[0, 8] == 0
    assert features[0, 9] == 1
