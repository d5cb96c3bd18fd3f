"""What several tests of the server watch."""

from __future__ import annotations

import pytest

from oncue.model.api import Samples, Voice
from tests.fakes import ScriptedModel


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of everything that the model made a voice of."""
    calls: list[int] = []
    make = ScriptedModel.voice

    def counting(model: ScriptedModel, pcm: Samples, sample_rate: int) -> Voice:
        calls.append(len(pcm))
        return make(model, pcm, sample_rate)

    monkeypatch.setattr(ScriptedModel, "voice", counting)
    return calls
