from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from oncue.model.indextts2.networks.bigvgan import BigVGAN
from oncue.model.indextts2.networks.cfm import FlowMatching, FlowRow
from oncue.model.indextts2.networks.config import DiTConfig, RegulatorConfig, VocoderConfig
from oncue.model.indextts2.networks.length_regulator import LengthRegulator
from oncue.model.indextts2.streaming.grid import StreamConfig
from oncue.model.indextts2.streaming.noise import frame_noise
from oncue.model.indextts2.streaming.regulator_stream import begin, regulate
from oncue.model.indextts2.streaming.second_stage import (
    FRAMES_PER_CODE,
    LineState,
    SecondStage,
    VoicePrompt,
    WindowRequest,
)
from tests.model.indextts2.receptive_field import receptive_field
from tests.model.indextts2.seeded import normal, seeded
from tests.model.indextts2.snr import snr_db

MELS, FEATURES, CODES = 8, 12, 45
VOCODER = VocoderConfig(MELS, 8, (4, 4), (8, 8), (3,), ((1, 3),))
DIT = DiTConfig(16, 2, 3, MELS, 16, 6, 1, 16, 2, 5)
FULL = receptive_field(VOCODER)
CONFIG = StreamConfig(
    blocks=(4, 6),
    lookahead_codes=4,
    context_frames=24,
    steps=4,
    vocoder_context_frames=FULL,
    vocoder_lookahead_frames=FULL,
)


@cache
def networks() -> tuple[LengthRegulator, FlowMatching, BigVGAN]:
    regulator = LengthRegulator(RegulatorConfig(FEATURES, 16, 1))
    return seeded(regulator), seeded(FlowMatching(DIT)), seeded(BigVGAN(VOCODER))


def stage(config: StreamConfig = CONFIG) -> SecondStage:
    return SecondStage(*networks(), config)


@cache
def voice() -> VoicePrompt:
    regulator, rows = networks()[0], normal("windows.rows", (1, 12, FEATURES))
    mel = normal("windows.mel", (20, MELS))
    return VoicePrompt(mel, regulator(rows, 20)[0], regulator.moments(rows, 20), normal("windows.style", (6,)))


def content(codes: int = CODES, name: str = "windows.content") -> Tensor:
    return normal(name, (codes, FEATURES))


def spans(codes: int = CODES, factor: float = 1.0) -> tuple[int, ...]:
    natural = float(FRAMES_PER_CODE) * 16 * factor
    return tuple(int(span) for span in np.diff(np.rint(np.arange(codes + 1) * natural).astype(int)))


def wandering(codes: int = CODES) -> tuple[int, ...]:
    factors = np.random.default_rng(7).uniform(0.9, 1.1, codes)
    return tuple(int(span) for span in np.rint(factors * float(FRAMES_PER_CODE) * 16))


def speak(
    config: StreamConfig = CONFIG,
    sizes: tuple[int, ...] = (CODES,),
    *,
    live: bool = False,
    lengths: tuple[int, ...] = (),
) -> tuple[LineState, Tensor]:
    """The line in windows of these sizes, the last going on; `live` hides what would not be decoded yet."""
    lengths = lengths or spans()
    second, line, parts, first, index = stage(config), stage(config).begin(voice(), 3), [], 0, 0
    while first < CODES:
        end = min(CODES, first + sizes[min(index, len(sizes) - 1)])
        known = min(CODES, end + config.lookahead(FRAMES_PER_CODE)) if live else CODES
        ask = WindowRequest(line, content()[:known], lengths[first:end], ended=known == CODES)
        ((line, sound),) = second.render([ask])
        assert len(sound) == sum(lengths[first:end]), "a window yields what it was asked"
        parts.append(sound)
        first, index = end, index + 1
    return line, torch.cat(parts)


def test_a_line_in_one_piece_is_the_networks_one_after_the_other() -> None:
    regulator, flow, vocoder = networks()
    line, sound = speak(CONFIG.whole())
    frames = -(-CODES * 43 // 25)
    sources = torch.arange(frames) * 25 // 43
    state = begin(regulator, voice().moments, CONFIG.prior_frames)
    condition, _ = regulate(regulator, state, content(), sources, frames)
    row = FlowRow(
        voice().mel, frame_noise(3, 0, frames, MELS), torch.cat([voice().condition, condition]), voice().style
    )
    mel = flow.solve([row], CONFIG.steps)[0].mel
    torch.testing.assert_close(line.mel, mel, rtol=0, atol=1e-5)
    torch.testing.assert_close(sound, vocoder(mel.unsqueeze(0))[0, : len(sound)], rtol=0, atol=1e-5)


@pytest.mark.parametrize("sizes", [(1,), (3, 4, 6, 8), (13, 2)])
@pytest.mark.parametrize("live", [False, True])
def test_any_split_gives_the_same_mel_to_the_bit_and_the_same_sound(sizes: tuple[int, ...], live: bool) -> None:
    whole, split = speak(), speak(sizes=sizes, live=live)
    assert torch.equal(split[0].mel, whole[0].mel)
    torch.testing.assert_close(split[1], whole[1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("lengths", [spans(factor=1.2), spans(factor=0.8), wandering()])
def test_a_stretched_line_has_the_same_mel_and_in_any_split_nearly_the_same_sound(lengths: tuple[int, ...]) -> None:
    natural, whole = speak(), speak(lengths=lengths)
    split = speak(sizes=(3, 5), live=True, lengths=lengths)
    assert len(whole[1]) == sum(lengths)
    assert torch.equal(split[0].mel, natural[0].mel)
    assert torch.equal(whole[0].mel, natural[0].mel)
    assert snr_db(whole[1], split[1]) > 15


def test_a_vocoder_that_hears_less_ahead_than_it_needs_is_near_and_not_exact() -> None:
    whole = speak()[1]
    short = [
        snr_db(whole, speak(replace(CONFIG, vocoder_lookahead_frames=frames), (5,))[1]) for frames in (0, FULL // 2)
    ]
    assert short[0] < short[1]
    assert short[1] > 15


@pytest.mark.parametrize(("context_as", "floor_db", "gain_db"), [("trail", 12, 3), ("prompt", 10, 0)])
def test_blocks_come_near_the_whole_line_and_nearer_the_more_they_see(
    context_as: Literal["trail", "prompt"], floor_db: float, gain_db: float
) -> None:
    whole = speak(CONFIG.whole())[0].mel
    base = replace(CONFIG, context_as=context_as)
    blind = snr_db(whole, speak(replace(base, context_frames=0, lookahead_codes=0))[0].mel)
    seeing = snr_db(whole, speak(replace(base, context_frames=60, lookahead_codes=8))[0].mel)
    assert seeing > floor_db
    assert seeing > blind + gain_db


def test_a_recorded_trail_is_nearer_the_whole_line_than_a_prompt() -> None:
    whole = speak(CONFIG.whole())[0].mel
    trail, prompt = speak(CONFIG)[0].mel, speak(replace(CONFIG, context_as="prompt"))[0].mel
    assert snr_db(whole, trail) > snr_db(whole, prompt)


def test_lines_side_by_side_are_what_they_are_alone() -> None:
    second = stage()
    other = replace(voice(), mel=voice().mel[:9] * 2, condition=voice().condition[:9])
    asks = [
        WindowRequest(second.begin(voice(), 3), content(), spans()[:20], ended=True),
        WindowRequest(second.begin(other, 4), content(31, "windows.other"), spans()[:7], ended=False),
        WindowRequest(second.begin(voice(), 5), content(5), spans()[:5], ended=True),
    ]
    for ask, (line, sound) in zip(asks, second.render(asks), strict=True):
        ((alone, heard),) = second.render([ask])
        torch.testing.assert_close(line.mel, alone.mel, rtol=0, atol=2e-5)
        torch.testing.assert_close(sound, heard, rtol=0, atol=2e-5)


def test_a_broken_line_breaks_no_other() -> None:
    second = stage()
    good = WindowRequest(second.begin(voice(), 3), content(), spans()[:10], ended=True)
    bad = WindowRequest(second.begin(voice(), 3), content() * float("nan"), spans()[:10], ended=True)
    (_, sound), (_, broken) = second.render([good, bad])
    assert sound.isfinite().all()
    assert broken.isnan().any()


@pytest.mark.parametrize("rate", [FRAMES_PER_CODE, Fraction(11, 5)])
def test_the_declared_lookahead_is_enough_for_every_window_and_pace(rate: Fraction) -> None:
    config = replace(CONFIG, steps=1, guidance=0.0, vocoder_lookahead_frames=5)
    second = stage(config)
    for factor in (config.stretch[0], 1.0, config.stretch[1]):
        line, lengths = second.begin(voice(), 3, rate), spans(factor=factor * float(rate / FRAMES_PER_CODE))
        for end in range(1, CODES - config.lookahead(rate) + 1):
            known = content()[: end + config.lookahead(rate)]
            ((line, sound),) = second.render([WindowRequest(line, known, lengths[end - 1 : end], ended=False)])
            assert len(sound) == lengths[end - 1]


def test_a_window_with_too_few_codes_behind_it_is_refused_with_what_it_needs() -> None:
    second = stage()
    with pytest.raises(ValueError, match="8 codes of its line, and 6 are decoded"):
        second.render([WindowRequest(second.begin(voice(), 3), content(6), spans()[:2], ended=False)])


def test_spans_of_codes_that_were_never_decoded_are_refused() -> None:
    second = stage()
    with pytest.raises(ValueError, match="ends at code 4, and the line has 3"):
        second.render([WindowRequest(second.begin(voice(), 3), content(3), spans()[:4], ended=True)])


def test_a_window_of_no_samples_is_silent_and_solves_nothing() -> None:
    second = stage()
    ((line, sound),) = second.render([WindowRequest(second.begin(voice(), 3), content(2), (0, 0), ended=False)])
    assert (len(sound), line.solved, line.times.codes) == (0, 0, 2)


def test_state_does_not_grow_but_for_the_mel_of_the_line() -> None:
    line = speak()[0]
    assert line.trail.shape == (CONFIG.steps, CONFIG.context_frames, MELS)
    assert len(line.condition) == CONFIG.context_frames
    assert len(line.mel) == -(-CODES * 43 // 25)


def test_a_line_leaves_its_earlier_self_as_it_was() -> None:
    second = stage()
    start = second.begin(voice(), 3)
    ask = WindowRequest(start, content(), spans()[:9], ended=True)
    first, again = second.render([ask])[0][1], second.render([ask])[0][1]
    assert torch.equal(first, again)
    assert len(start.mel) == 0


def test_only_the_end_of_a_long_prompt_is_used_where_that_is_asked() -> None:
    line = stage(replace(CONFIG, prompt_frames=6)).begin(voice(), 3)
    assert torch.equal(line.voice.mel, voice().mel[-6:])
    assert torch.equal(line.voice.condition, voice().condition[-6:])
