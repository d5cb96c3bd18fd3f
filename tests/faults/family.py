"""The scripted model with room for many lines: what the server does is looked at, and not what a model costs."""

from __future__ import annotations

from tests.fakes import ScriptedModel, Speaker

NAME = "tests.faults.family:many"
SLOTS = 64


def many() -> ScriptedModel:
    """A speaker who needs the planner, so that a line made again wrongly would not be the same."""
    return ScriptedModel(slots=SLOTS, speaker=Speaker(bias=1.1, jitter=0.2))
