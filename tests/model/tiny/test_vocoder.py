from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch

from oncue.model.tiny.layout import NUM_EMOTIONS, PITCH_CENTRE, PITCH_STEP, VOICE_DIM
from oncue.model.tiny.vocoder import (
    CODE_FEATURES,
    Vocoder,
    VocoderInput,
    code_features,
    frame_pitch,
    frame_voicing,
)


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


def small() -> Vocoder:
    torch.manual_seed(0)
    return Vocoder(dim=32, code_blocks=2, frame_blocks=2).eval()


def test_pieces_of_a_line_give_what_the_whole_gives() -> None:
    vocoder, x, voice = small(), random_input(12), torch.randn(1, VOICE_DIM)
    log_f0, voiced = torch.randn(1, 48) * 0.1 + 5, torch.ones(1, 48)
    with torch.inference_mode():
        films = vocoder.films(voice)
        latents, _ = vocoder.latents(x, films)
        whole, _ = vocoder.sound(latents, log_f0, voiced, films)
        codes, frames, parts = None, None, []
        for first, last in ((0, 1), (1, 5), (5, 12)):
            piece, codes = vocoder.latents(cut(x, first, last), films, codes)
            at = slice(4 * first, 4 * last)
            made, frames = vocoder.sound(piece, log_f0[:, at], voiced[:, at], films, frames)
            parts.append(made)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_a_latent_never_knows_a_later_code_and_a_sound_frame_no_later_latent() -> None:
    vocoder, x, voice = small(), random_input(6), torch.zeros(1, VOICE_DIM)
    other = replace(x, features=x.features.clone())
    other.features[:, 4:] += 1
    with torch.inference_mode():
        films = vocoder.films(voice)
        pairs = [vocoder.latents(each, films)[0] for each in (x, other)]
        pairs += [vocoder.sound(each, torch.full((1, 24), 5.0), torch.ones(1, 24), films)[0] for each in pairs]
    for one, two in (pairs[:2], pairs[2:]):
        assert torch.equal(one[:, :16], two[:, :16])
        assert not torch.equal(one[:, 16:], two[:, 16:])


def test_a_feeling_is_heard_from_the_code_it_begins_with() -> None:
    vocoder, x, voice = small(), random_input(6), torch.zeros(1, VOICE_DIM)
    torch.nn.init.normal_(vocoder.emotion.weight)
    other = replace(x, emotion=x.emotion.clone())
    other.emotion[:, 4:] += 1
    with torch.inference_mode():
        one, two = (vocoder.latents(each, vocoder.films(voice))[0] for each in (x, other))
    assert torch.equal(one[:, :16], two[:, :16])
    assert not torch.equal(one[:, 16:], two[:, 16:])


def test_a_frame_has_a_voice_where_its_digit_has() -> None:
    assert frame_voicing([[0, 30], [31, 0]]) == [0, 0, 1, 1, 1, 1, 0, 0]


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
