from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.training.data.casting import all_speakers
from oncue.model.training.stages.export import CAST, Parts, export


def test_every_role_is_a_voice_that_was_trained_on() -> None:
    trained = {(speaker.engine, speaker.variant) for speaker in all_speakers() if not speaker.held_out}
    assert {(role.engine, role.variant) for role in CAST} <= trained
    assert len({role.name for role in CAST}) == len(CAST)


def test_without_checkpoints_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="train that stage first"):
        export(Parts(*(tmp_path / f"{name}.pt" for name in "abcd")), None, tmp_path)  # type: ignore[arg-type]
