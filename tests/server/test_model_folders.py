from __future__ import annotations

from pathlib import Path

import pytest

from oncue.server.config import Config
from oncue.server.from_config import engine_options
from oncue.server.model_folders import folder_of, installed, models_path


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def test_a_family_that_was_fetched_is_found_by_its_name(home: Path) -> None:
    assert installed("indextts2") is None
    folder_of("indextts2").mkdir(parents=True)
    assert installed("indextts2") == home / "oncue" / "models" / "indextts2"


def test_a_family_named_by_module_is_no_path(home: Path) -> None:
    assert installed("tests.fakes:ScriptedModel") is None
    assert installed("../..") is None


def test_named_weights_come_before_fetched_ones(home: Path) -> None:
    folder_of("some").mkdir(parents=True)
    assert engine_options(Config(family="some")).weights == folder_of("some")
    assert engine_options(Config(family="some", weights="/here")).weights == Path("/here")
    assert engine_options(Config(family="other")).weights is None


def test_without_a_data_home_it_is_the_users_own_folder() -> None:
    assert models_path({}) == Path.home() / ".local" / "share" / "oncue" / "models"
