from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.indextts2.options import FILE, SpeechOptions, read_options


def told(folder: Path, text: str) -> SpeechOptions:
    (folder / FILE).write_text(text, "utf-8")
    return read_options(folder)


def test_without_a_file_everything_is_as_released(tmp_path: Path) -> None:
    assert read_options(tmp_path) == SpeechOptions()


def test_a_file_chooses_steps_windows_and_where_the_length_is_told(tmp_path: Path) -> None:
    options = told(
        tmp_path, 'slots = 2\nlength = "before_last"\n[stream]\nsteps = 10\nblocks = [4, 8]\n[sampling]\ntop_k = 5\n'
    )
    assert (options.slots, options.length, options.stream.steps) == (2, "before_last", 10)
    assert options.stream.blocks == (4, 8)
    assert options.sampling.top_k == 5
    assert options.stream.guidance == SpeechOptions().stream.guidance


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("slot = 2", "unknown key slot"),
        ("[stream]\nstep = 2", r"unknown key stream\.step"),
        ('length = "first"', "length"),
        ('runtime = "tpu"', "runtime"),
        ("slots = 0", "one slot"),
        ("slots = 2\ngroups = [1, 3]", "between 1 and all 2"),
        ("[slots]\na = 1", "slots"),
        ("slots = ", "wrong"),
        ("[stream]\nsteps = 0", "step"),
    ],
)
def test_a_mistake_is_a_sentence_that_names_it(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        told(tmp_path, text)
