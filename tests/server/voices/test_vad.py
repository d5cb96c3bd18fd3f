from __future__ import annotations

import numpy as np
import pytest

from oncue.model.api import Samples
from oncue.server.voices import vad
from oncue.server.voices.vad import find_speech, probabilities
from tests.sounds import between_silences, silence, speech, with_noise


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100])
@pytest.mark.parametrize("snr_db", [40.0, 10.0])
def test_speech_is_found_where_it_is_at_any_rate_and_in_noise(rate: int, snr_db: float) -> None:
    (span,) = find_speech(with_noise(between_silences(speech(3.0, rate), 1.0, rate), snr_db), rate)
    assert span.start_s == pytest.approx(1.0, abs=0.15)
    assert span.end_s == pytest.approx(4.0, abs=0.3)


def test_what_is_no_speech_is_not_taken_for_it() -> None:
    time = np.arange(3 * 16_000) / 16_000
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(time))
    for sound in (silence(3.0, 16_000), noise, 0.5 * np.sin(2 * np.pi * 220 * time), np.zeros(0)):
        assert find_speech(sound.astype(np.float32), 16_000) == ()


def test_a_pause_parts_spans_and_a_breath_does_not() -> None:
    first, second = speech(1.5, seed=1), speech(1.5, seed=2)
    for pause_s, spans in ((1.0, 2), (0.05, 1)):
        assert len(find_speech(np.concatenate((first, silence(pause_s), second)), 24_000)) == spans


def test_spans_are_in_order_apart_and_within_the_recording() -> None:
    pcm = np.concatenate([part for seed in range(4) for part in (speech(0.8, seed=seed), silence(0.4))])
    spans = find_speech(pcm, 24_000)
    edges = [edge for span in spans for edge in (span.start_s, span.end_s)]
    assert len(spans) > 1
    assert edges == sorted(set(edges))
    assert edges[0] >= 0
    assert edges[-1] <= len(pcm) / 24_000


def mixture(snr_db: float) -> Samples:
    parts = [part for seed in range(3) for part in (speech(0.8, 16_000, seed=seed), silence(0.5, 16_000))]
    return with_noise(np.concatenate(parts), snr_db)


def test_the_network_computes_what_torch_computes_with_the_same_weights() -> None:
    torch = pytest.importorskip("torch")
    functional, pcm = torch.nn.functional, mixture(20)
    weights = {name: torch.from_numpy(value) for name, value in vad._weights().items()}
    state, context, theirs = (torch.zeros(1, 128), torch.zeros(1, 128)), torch.zeros(64), []
    for row in torch.from_numpy(np.pad(pcm, (0, -len(pcm) % vad.WINDOW))).split(vad.WINDOW):
        given = functional.pad(torch.cat((context, row))[None, None], (0, 64), mode="reflect")
        real, imaginary = functional.conv1d(given, weights["stft_conv.weight"], stride=128).chunk(2, dim=1)
        x = torch.sqrt(real**2 + imaginary**2)
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
            x = functional.conv1d(
                x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride=stride, padding=1
            ).relu()
        cell = [weights[f"lstm_cell.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        state = torch.lstm_cell(x[..., 0], state, *cell)
        last = functional.conv1d(state[0].relu()[..., None], weights["final_conv.weight"], weights["final_conv.bias"])
        theirs.append(float(torch.sigmoid(last)))
        context = row[-64:]
    assert np.abs(probabilities(pcm) - np.array(theirs)).max() < 1e-3
    assert max(theirs) > 0.9
    assert min(theirs) < 0.1


@pytest.mark.parametrize("snr_db", [40.0, 10.0])
def test_it_decides_as_the_package_does_by_default(snr_db: float) -> None:
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()  # importing the package sets it
    silero = pytest.importorskip("silero_vad")
    pcm = mixture(snr_db)
    model = silero.load_silero_vad()
    rows = torch.from_numpy(np.pad(pcm, (0, -len(pcm) % vad.WINDOW))).split(vad.WINDOW)
    with torch.inference_mode():
        theirs = np.array([model(row, vad.RATE).item() for row in rows])
    torch.set_num_threads(threads)
    assert np.mean((probabilities(pcm) > 0.5) == (theirs > 0.5)) > 0.93
