from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import EMOTION_NAMES, Samples
from oncue.model.training.evaluate.likeness import alike, read, told
from oncue.model.training.evaluate.listeners import Vector, unit
from oncue.model.training.evaluate.report import write_wav
from oncue.model.training.evaluate.witness import Witness, manner


def by_level(pcm: Samples) -> Vector:
    """A listener to whom people are their levels."""
    turn = float(pcm[0]) * 32_768 / 1000
    return unit(np.array([np.cos(turn), np.sin(turn)]))


def folder_of(folder: Path, rows: list[tuple[str, str, str | None, int]]) -> Path:
    """Sounds of one level each, with an index: voice, condition, style and level."""
    folder.mkdir()
    index = []
    for number, (voice, condition, style, level) in enumerate(rows):
        file = f"said-{number}.wav"
        write_wav(folder / file, np.full(12_000, level, np.int16))
        index.append(
            {"file": file, "voice": voice, "condition": condition, "language": "en", "style": style, "text": "x"}
        )
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def test_a_listener_says_who_is_nearest_and_how_far_the_likeness_has_come(tmp_path: Path) -> None:
    for name, level in (("ann", 0), ("bob", 1000)):
        write_wav(tmp_path / f"{name}-0.wav", np.full(12_000, level, np.int16))
        write_wav(tmp_path / f"{name}-1.wav", np.full(12_000, level, np.int16))
    said = [
        ("ann", "clean", None, 0),
        ("bob", "clean", None, 100),
        ("bob", "telephone", None, 1000),
        ("ann", "clean", "sad", 0),
    ]
    folder = folder_of(tmp_path / "said", said)
    found = {figure.what: figure for figure in alike("ear", by_level, read(folder), folder, tmp_path)}
    assert found["ear: clean, en: right voice nearest"].value == 0.5
    assert found["ear: telephone, en: right voice nearest"].value == 1
    assert found["ear: all styles: right voice nearest"].value == 1
    assert found["ear: all styles: way from the nearest wrong voice to the own clip"].value == pytest.approx(1)
    assert 0.5 < found["ear: clean: way from the nearest wrong voice to the own clip"].value < 0.7
    assert next(figure for what, figure in found.items() if "own other clip" in what).value == 1


def test_the_witness_is_asked_about_each_styled_line_of_a_clean_clip(tmp_path: Path) -> None:
    said = [
        ("ann", "clean", None, 100),
        *(("ann", "clean", style, 100) for style in EMOTION_NAMES),
        ("ann", "telephone", None, 5),
    ]
    folder = folder_of(tmp_path / "said", said)
    size = len(manner(np.zeros(12_000, np.float32)))
    always_sad = Witness(
        np.zeros(size, np.float32), np.ones(size, np.float32), np.zeros((1, size), np.float32), np.zeros(1, np.float32),
        np.zeros((8, 1), np.float32), np.eye(8, dtype=np.float32)[EMOTION_NAMES.index("sad")],
    )  # fmt: skip
    found = {figure.what: figure for figure in told(always_sad, read(folder), folder)}
    assert found["witness: sad: told to be that style"].value == 1
    assert found["witness: happy: told to be that style"].value == 0
    assert (
        found["witness: all styles: told to be that style"].value,
        found["witness: all styles: told to be that style"].n,
    ) == (1 / 8, 8)
