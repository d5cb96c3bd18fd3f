from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from model.training import train

WRITES = {
    "model.training.codec": {"--out", "--codes"},
    "model.training.speakers": {"--out", "--vectors"},
    "model.training.dataset": set[str](),
}


def test_every_stage_is_a_module_of_ours_and_reads_what_an_earlier_one_wrote(tmp_path: Path) -> None:
    made: set[str] = set()
    for stages in train.plan(tmp_path, 7.0, 60.0, tmp_path / "weights"):
        written = set()
        for arguments in stages.values():
            assert importlib.util.find_spec(arguments[0]) is not None
            flags = WRITES.get(arguments[0], {"--out"})
            out = {arguments.index(flag) + 1 for flag in flags if flag in arguments}
            written |= {arguments[index] for index in out}
            inside = {word for i, word in enumerate(arguments) if word.startswith(str(tmp_path)) and i not in out}
            assert inside <= made
        made |= written


def test_a_finished_stage_is_not_run_again_and_a_failed_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.finished").touch()
    train.run_together(tmp_path, {"one": ["no.such.module"]})
    with pytest.raises(SystemExit, match="two"):
        train.run_together(tmp_path, {"two": ["no.such.module"]})
    assert not (tmp_path / "two.finished").exists()
