"""What is served computes what was trained: each graph, and the numpy around it, against torch on the same weights."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from oncue.model.api import Before, Code, EmotionSource, Start, Step
from oncue.model.tiny import mel, memory, prosody, speaker, synth
from oncue.model.tiny.layout import ATTENTION_WINDOW, FRAMES_PER_CODE, HOP, NUM_DIGITS, NUM_EMOTIONS, VOICE_DIM, unpack
from oncue.model.tiny.melody import CODE_FEATURES
from oncue.model.tiny.render import _laid
from oncue.model.tiny.runtime import GRAPHS, Runtime, wanted
from oncue.model.tiny.speech import TinySpeech
from oncue.model.tiny.stepper import Stepper
from oncue.model.training.graphs.tiny import build, weights_of
from oncue.model.training.networks import synth as torch_synth
from oncue.model.training.networks.decoder import StepInput, timing_features
from oncue.model.training.networks.durations import expected_codes
from oncue.model.training.networks.encoders import LogMel, levelled
from oncue.model.training.networks.encoders import prosody as torch_prosody
from oncue.model.training.networks.networks import Networks
from oncue.model.training.networks.transformer import Block
from oncue.model.training.networks.vocoder import VocoderInput
from tests.model.conftest import hum

TEXT = "Hi there, 你好，今天很好。"


@pytest.fixture(scope="module")
def runtime(networks: Networks) -> Runtime:
    return Runtime(networks.tensors())


def near(got: NDArray[np.float32], wanted: torch.Tensor, tolerance: float = 2e-5) -> None:
    expected = wanted.numpy()
    assert got.shape == expected.shape
    assert np.abs(got - expected).max() <= tolerance * max(1.0, float(np.abs(expected).max()))


def test_the_graphs_in_the_tree_are_those_that_the_networks_make() -> None:
    models = build()
    assert {path.stem for path in GRAPHS.glob("*.onnx")} == set(models)
    for name, model in models.items():
        assert onnx.load(GRAPHS / f"{name}.onnx", load_external_data=False).graph == model.graph, "export them again"
        assert wanted()[name] == weights_of(model)


def test_every_tensor_of_every_network_is_wanted_by_a_graph(networks: Networks) -> None:
    assert {name for names in wanted().values() for name in names} == set(networks.tensors())


def test_a_line_longer_than_the_window_is_decoded_as_the_whole_at_once(
    networks: Networks, untrained: TinySpeech, runtime: Runtime
) -> None:
    """Steps through the ring, beside another row that steps now and then, against one pass over all codes."""
    codes = ATTENTION_WINDOW + 9
    start = Start(
        1, untrained.read(TEXT), next(iter(untrained.voices.values())), untrained.emotion(EmotionSource()), 80.0, 3
    )
    untrained.prefill([start])
    row = untrained._row(1)
    row.hurry = 0.0  # what urges a row on is no part of the network
    untrained.release(1)
    stepper, told, stops = Stepper(runtime.graph("step"), 4), [], []
    previous, timing = [], []
    for index in range(codes):
        step = Step(1, 80.0 - index, may_stop=False)
        idle = {1: step, 2: step} if index % 3 == 0 else {1: step}
        choice = stepper.step([None, row, row, None], idle)[1]
        previous.append(row.previous())
        timing.append((step.codes_left, row.natural_left, row.dwell, row.natural[row.pointer], index))
        told.append(stepper.grounds[1].copy())
        stops.append(choice.wants_stop)
        row.say(choice.digits, choice.advance)
    decoder = networks.decoder
    left, natural_left, dwell, natural, at = torch.tensor(timing, dtype=torch.float32).unbind(1)
    pointers = torch.tensor([0, *(code.pointer for code in row.said)])
    x = StepInput(
        torch.tensor([previous]),
        pointers[None, :-1],
        timing_features(left, natural_left, dwell, natural, torch.ones(codes), at)[None],
        torch.from_numpy(row.condition).view(1, 1, -1),
    )
    with torch.inference_mode():
        text = decoder.text(*torch.tensor(start.script.tokens).t().unsqueeze(1))
        hidden = decoder.body(decoder.embed(x, text))
        ground = decoder.heads.ground(hidden, pointers.diff()[None], text[0, pointers[1:]][None])[0]
        logits = decoder.heads.logits(ground, torch.tensor([code.digits for code in row.said]))
        moves = decoder.heads.advance(hidden)[0]
        near(np.stack(told), F.gelu(ground))
        assert ((decoder.heads.stop(F.gelu(ground))[:, 0] > 0) == torch.tensor(stops)).all()
    noise = torch.from_numpy(np.stack([row.noise.at(index) for index in range(codes)]))
    chosen = (logits[0] + 0.4 * noise[:, 4 : 4 + logits[0].shape[1]]).argmax(-1)
    assert chosen.tolist() == [code.digits[0] for code in row.said], "noise and logits together choose"
    free = [index for index, at in enumerate(pointers[:-1].tolist()) if at + 3 <= row.last_unit]
    assert (moves + 0.25 * noise[:, :4]).argmax(-1)[free].tolist() == [row.said[index].advance for index in free]


def test_a_history_is_heard_as_it_was_said(networks: Networks, untrained: TinySpeech, runtime: Runtime) -> None:
    voice, plain = next(iter(untrained.voices.values())), untrained.emotion(EmotionSource())
    script, codes = untrained.read(TEXT), []
    untrained.prefill([Start(3, script, voice, plain, 20.0, 7)])
    for index in range(9):
        (code,) = untrained.decode([Step(3, 20.0 - index, may_stop=False)])
        assert isinstance(code, Code)
        codes.append(code)
    untrained.release(3)
    start = Start(0, untrained.read("好。"), voice, plain, 20.0, 7, Before(script, tuple(codes)))
    untrained.prefill([start])
    ring = untrained._stepper.ring[:, :, 0].copy()
    row = untrained._row(0)
    untrained.release(0)
    tokens, decoder = torch.tensor((*script.tokens, *start.script.tokens)), networks.decoder
    pointers = [0, *(code.unit or 0 for code in codes)]
    digits = [(0,) * NUM_DIGITS, *(tuple(d + 1 for d in unpack(code.value)) for code in codes)]
    x = StepInput(
        torch.tensor([digits[:-1]]),
        torch.tensor([pointers[:-1]]),
        torch.from_numpy(memory._timing(Before(script, tuple(codes)), start, pointers))[None],
        torch.from_numpy(row.condition).view(1, 1, -1),
    )
    with torch.inference_mode():
        y = decoder.embed(x, decoder.text(*tokens.t().unsqueeze(1)))
        block = decoder.body.blocks[0]
        assert isinstance(block, Block)
        _, _, value = block.split(y)
        near(ring[0, 1, :, :9], value[0])
    assert not ring[:, :, :, 9:].any()


def test_natural_lengths_are_those_of_the_network(networks: Networks, untrained: TinySpeech) -> None:
    script = untrained.read(TEXT)
    columns = torch.tensor(script.tokens).t().unsqueeze(1)
    with torch.inference_mode():
        mean, spread = networks.durations(*columns, torch.ones_like(columns[0], dtype=torch.bool))
    assert [unit.mean_codes for unit in script.units] == pytest.approx(
        expected_codes(mean, spread)[0].tolist(), rel=1e-4
    )


def test_windows_of_several_lines_laid_end_to_end_are_each_what_the_vocoder_makes_of_them(
    networks: Networks, runtime: Runtime
) -> None:
    generator, vocoder, counts = torch.Generator().manual_seed(0), networks.vocoder, (3, 1, 8)
    inputs = [
        VocoderInput(
            torch.randn(1, codes, CODE_FEATURES, generator=generator),
            torch.randint(0, 90, (1, codes, 3), generator=generator),
            torch.randint(0, 9, (1, codes), generator=generator),
            torch.randint(0, 4, (1, codes), generator=generator),
            torch.rand(1, codes, NUM_EMOTIONS, generator=generator),
        )
        for codes in counts
    ]
    voices = [torch.randn(1, VOICE_DIM, generator=generator) for _ in counts]
    states = [torch.randn(4, 1, 6, 256, generator=generator) for _ in counts]
    films = [runtime.graph("films")(voice=voice.numpy())[0] for voice in voices]
    for film in films:
        film[:, :256] += 1
    after, latents = runtime.graph("latents")(
        **{name: np.concatenate([getattr(x, name)[0].numpy() for x in inputs]) for name in VocoderInput.__slots__},
        **_laid(counts),
        films=np.stack([film[:4] for film in films], 1),
        state=np.concatenate([state[:, 0].numpy() for state in states], 1),
    )
    melody = torch.rand(sum(counts) * FRAMES_PER_CODE, 2, generator=generator)
    frames = [codes * FRAMES_PER_CODE for codes in counts]
    _, parts = runtime.graph("frames")(
        latents=latents,
        melody=torch.stack([(melody[:, 0] - 5.1) * 2, melody[:, 1]], 1).numpy(),
        **_laid(frames),
        films=np.stack([film[4:] for film in films], 1),
        state=np.concatenate([state[:, 0].numpy() for state in states], 1),
    )
    ends = np.cumsum(frames)
    with torch.inference_mode():
        for line, (x, voice, state) in enumerate(zip(inputs, voices, states, strict=True)):
            own = slice(ends[line] - frames[line], ends[line])
            own_films = vocoder.films(voice)
            expected, tails = vocoder.latents(x, own_films, list(state))
            near(latents[own], expected[0], 1e-4)
            near(after[:, 6 * line : 6 * line + 6], torch.cat(tails), 1e-4)
            sound, _ = vocoder.sound(expected, melody[None, own, 0], melody[None, own, 1], own_films, list(state))
            near(parts[own], sound[0], 1e-4)


def test_the_synthesis_is_that_which_the_vocoder_learned_through() -> None:
    generator, frames = torch.Generator().manual_seed(0), 12
    parts = torch.randn(1, frames, synth.PARTS, generator=generator)
    log_f0 = 5 + 0.1 * torch.randn(1, frames, generator=generator)
    noise = torch.randn(1, frames * HOP, generator=generator)
    expected, _ = torch_synth.Filterbank()(parts, log_f0, noise, torch_synth.start(log_f0[:, 0]))
    state = synth.start(float(log_f0[0, 0]))
    excitation = synth.excite(log_f0[0].numpy(), noise[0].numpy(), state)
    pulses, breath = (synth.framed(each) for each in (excitation.pulses, excitation.noise))
    pieces = synth.shape(parts[0].numpy(), np.zeros(frames, np.float32), pulses, breath)
    made, _ = synth.assemble(pieces, excitation, state)
    near(made, expected[0], 1e-4)


def test_a_recording_is_heard_as_in_training(networks: Networks, runtime: Runtime, untrained: TinySpeech) -> None:
    swell = 0.6 + 0.4 * np.sin(np.arange(72_000) / 4000).astype(np.float32)
    samples = hum(140, 3.0) * swell
    contour = np.linspace(4.9, 5.1, len(samples) // HOP, dtype=np.float32)
    frames = mel.log_mel(mel.levelled(samples))
    with torch.inference_mode():
        expected = LogMel()(levelled(torch.from_numpy(samples)[None]))
        near(frames, expected[0], 1e-3)
        statistics = prosody.prosody(frames, contour)
        near(statistics, torch_prosody(expected, torch.from_numpy(contour)[None])[0], 1e-3)
        (strengths,) = runtime.graph("feeling")(statistics=statistics[None])
        vector = networks.feeling(torch.from_numpy(statistics)[None])
        near(strengths[:, :NUM_EMOTIONS], networks.feeling.strengths(vector))
        assert np.log(untrained._pace(frames)) == pytest.approx(float(networks.pace(expected)), abs=1e-4)
        heard = samples[::2].copy()
        near(speaker.mel(heard), networks.speaker.mel(torch.from_numpy(heard)), 1e-4)
        (each,) = runtime.graph("speaker")(mel=speaker.windows(speaker.mel(heard)))
        near(speaker.vector_of(each), networks.speaker(torch.from_numpy(heard)), 1e-4)


def test_a_recording_is_mended_as_in_training(networks: Networks, untrained: TinySpeech) -> None:
    frames = speaker.mel(hum(140, 2.0)[::2].copy())
    with torch.inference_mode():
        wanted = networks.restorer(torch.from_numpy(frames)[None])[0]
        near(untrained._restored(frames), wanted, 1e-4)
        assert not torch.allclose(wanted, torch.from_numpy(frames), rtol=0.01)
