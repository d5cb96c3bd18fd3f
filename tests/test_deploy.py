"""What is in `deploy/` names only what there is: figures, commands, keys of the configuration, files."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import msgspec
import yaml

from oncue.server.cli.main import VERBS
from oncue.server.config import Config
from oncue.server.http.metrics import Metrics

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
KEYS = {field.name for field in msgspec.structs.fields(Config)}


def test_the_board_asks_for_figures_that_the_server_has() -> None:
    metrics = Metrics()
    metrics.lines.labels("complete")
    metrics.errors.labels("busy")
    metrics.emotions.labels("lexicon")
    there = set(re.findall(r"^(oncue_\w+)", metrics.text().decode(), re.MULTILINE))
    board = json.loads((DEPLOY / "grafana" / "oncue.json").read_text("utf-8"))
    asked = {
        name for panel in board["panels"] for t in panel["targets"] for name in re.findall(r"oncue_\w+", t["expr"])
    }
    assert asked
    assert asked <= there


def test_the_unit_starts_the_server_and_gives_lines_the_time_they_have() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "oncue.service")
    program, verb, *_ = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "oncue"
    assert verb in VERBS
    assert float(unit["Service"]["TimeoutStopSec"]) > Config().drain_s


def test_images_and_services_set_keys_of_the_configuration_and_copy_files_that_are_there() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    docker = (DEPLOY / "Dockerfile").read_text("utf-8")
    unit = (DEPLOY / "oncue.service").read_text("utf-8")
    named = re.findall(r"ONCUE_(\w+)=", docker + unit) + [
        key.removeprefix("ONCUE_") for key in compose["services"]["oncue"]["environment"]
    ]
    assert {name.lower() for name in named} <= KEYS
    for line in re.findall(r"^COPY (?!--)(.+)$", docker, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (DEPLOY.parent / source).exists(), source
    assert float(compose["services"]["oncue"]["stop_grace_period"].removesuffix("s")) > Config().drain_s
    for text in (each["content"] for each in compose["configs"].values()):
        assert yaml.safe_load(text)
