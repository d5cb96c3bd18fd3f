from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from oncue.model.training import train
from oncue.model.training.train import Stage

WRITES = {
    "oncue.model.training.stages.codec": {"--out", "--codes"},
    "oncue.model.training.stages.speakers": {"--out", "--vectors"},
    "oncue.model.training.data.dataset": set[str](),
}


def written_by(stage: Stage) -> set[str]:
    flags = WRITES.get(stage.arguments[0], {"--out"}) & set(stage.arguments)
    return {stage.arguments[stage.arguments.index(flag) + 1] for flag in flags}


def test_every_stage_is_a_module_of_ours_and_needs_the_stages_whose_files_it_reads(tmp_path: Path) -> None:
    stages = {stage.name: stage for stage in train.plan(tmp_path, 7.0, 60.0, tmp_path / "weights")}

    def behind(stage: Stage) -> set[str]:
        return {file for name in stage.needs for file in written_by(stages[name]) | behind(stages[name])}

    for stage in stages.values():
        assert importlib.util.find_spec(stage.arguments[0]) is not None
        files = {word for word in stage.arguments if word.startswith(str(tmp_path))}
        assert files - written_by(stage) <= behind(stage)


def test_two_stages_that_write_the_same_file_never_run_side_by_side(tmp_path: Path) -> None:
    stages = {stage.name: stage for stage in train.plan(tmp_path, 7.0, 60.0, tmp_path / "weights")}

    def before(name: str) -> set[str]:
        return {other for need in stages[name].needs for other in {need} | before(need)}

    for one in stages.values():
        for other in stages.values():
            if one is not other and written_by(one) & written_by(other):
                assert one.name in before(other.name) or other.name in before(one.name)


def test_a_finished_stage_is_not_run_again_and_a_failed_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.finished").touch()
    train.run(tmp_path, [Stage("one", ("no.such.module",))])
    with pytest.raises(SystemExit, match="two"):
        train.run(tmp_path, [Stage("two", ("no.such.module",)), Stage("three", ("no.such.module",), ("two",))])
    assert not (tmp_path / "two.finished").exists()


def test_a_stage_begins_only_when_what_it_needs_has_ended_well(tmp_path: Path) -> None:
    late, early = Stage("late", ("this",), ("early",)), Stage("early", ("this",))
    train.run(tmp_path, [late, early])
    made = {stage.name: (tmp_path / f"{stage.name}.finished").stat().st_mtime_ns for stage in (late, early)}
    assert made["early"] < made["late"]
