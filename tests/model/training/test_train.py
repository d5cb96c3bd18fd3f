from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from oncue.model.training import train
from oncue.model.training.train import Stage

WRITES = {"oncue.model.training.stages.voices": {"--out", "--encoder"}}


def written_by(stage: Stage) -> set[str]:
    if stage.name == "teacher":
        return {str(Path(stage.arguments[1]).parent)}
    flags = WRITES.get(stage.arguments[0], {"--out"}) & set(stage.arguments)
    return {stage.arguments[stage.arguments.index(flag) + 1] for flag in flags}


def planned(tmp_path: Path) -> dict[str, Stage]:
    found = train.plan(tmp_path, tmp_path / "teacher", 7.0, 60.0, tmp_path / "weights")
    return {stage.name: stage for stage in found}


def test_every_stage_is_a_module_of_ours_and_needs_the_stages_whose_files_it_reads(tmp_path: Path) -> None:
    stages = planned(tmp_path)

    def behind(stage: Stage) -> set[str]:
        return {file for name in stage.needs for file in written_by(stages[name]) | behind(stages[name])}

    for stage in stages.values():
        assert importlib.util.find_spec(stage.arguments[0]) is not None
        files = {word for word in stage.arguments if word.startswith(str(tmp_path))} - {
            str(tmp_path / "teacher" / "graphs")
        }
        assert files - written_by(stage) <= behind(stage)


def test_two_stages_that_write_the_same_file_never_run_side_by_side_but_for_workers_of_one(tmp_path: Path) -> None:
    stages = planned(tmp_path)

    def before(name: str) -> set[str]:
        return {other for need in stages[name].needs for other in {need} | before(need)}

    for one in stages.values():
        for other in stages.values():
            if one is not other and written_by(one) & written_by(other):
                workers = {"--worker"} & {*one.arguments, *other.arguments}
                assert workers or one.name in before(other.name) or other.name in before(one.name)


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
