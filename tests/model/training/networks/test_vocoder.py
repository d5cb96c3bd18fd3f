from __future__ import annotations

from dataclasses import fields, replace

import torch

from oncue.model.tiny.layout import NUM_EMOTIONS, VOICE_DIM
from oncue.model.tiny.melody import CODE_FEATURES
from oncue.model.training.networks.vocoder import (
    Vocoder,
    VocoderInput,
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
