"""A few of what `make fuzz` does many of."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz import voice_names, wire


def test_no_frame_raises_and_every_line_ends_once() -> None:
    tally = wire.run(600, seed=7)
    assert tally.refused > 50
    assert tally.begun == tally.ended > 5


def test_no_name_opens_a_file_outside_the_folder_of_voices(tmp_path: Path) -> None:
    voice_names.run(100, 7, tmp_path.resolve())
