"""The unseen engine. Festival and its voices are Debian packages; where they are not, nothing is said and nothing breaks."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.training.data import festival
from oncue.model.training.evaluate.strangers import of_festival

FAKE = """#!/bin/sh
while [ "$1" != "-o" ]; do case "$1" in *missing*) exit 1;; esac; shift; done
cat > /dev/null
printf 'RIFF\\044\\175\\000\\000WAVEfmt \\020\\000\\000\\000\\001\\000\\001\\000\\200\\076\\000\\000\\000\\175\\000\\000\\002\\000\\020\\000data\\000\\175\\000\\000' > "$2"
head -c 32000 /dev/zero | tr '\\000' '\\100' >> "$2"
"""
"""A program that writes a second of 16 kHz for any voice but a missing one."""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "text2wave"
    program.write_text(FAKE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


def test_what_the_program_says_comes_at_our_rate(fake: None) -> None:
    said = festival.say("any", "Hello.")
    assert said is not None
    assert len(said) == SAMPLE_RATE
    assert float(np.abs(said).max()) > 0.1


def test_a_voice_that_is_not_there_says_nothing(fake: None) -> None:
    assert festival.say("missing", "Hello.") is None


def test_without_the_program_there_is_no_unseen_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert festival.say("any", "Hello.") is None
    assert of_festival(["Hello.", "Good day.", "Bye."]) == []
