"""A small family with random weights: the laws do not depend on what was learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.tiny.speech import TinySpeech
from oncue.model.training.networks.networks import Networks


def hum(f0_hz: float, seconds: float) -> Samples:
    """A buzz with eight harmonics."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    partials = np.stack([np.sin(2 * np.pi * f0_hz * k * time) / k for k in range(1, 9)])
    tone: Samples = (0.1 * partials.sum(0)).astype(np.float32)
    return tone


@pytest.fixture(scope="session")
def networks() -> Networks:
    """The bundled family's networks before training."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    networks = Networks()
    networks.freeze()
    return networks


@pytest.fixture(scope="session")
def untrained(networks: Networks) -> TinySpeech:
    """The bundled family with those, and one voice."""
    voice = TinySpeech(networks.tensors(), {}, "untrained").voice(hum(120, 1.5), SAMPLE_RATE)
    return TinySpeech(networks.tensors(), {"hum": voice}, "untrained")
