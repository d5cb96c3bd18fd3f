from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.indextts2.checkpoints.sources import EMOTION_FOLDER
from oncue.server import from_config
from oncue.server.config import Config, ConfigError
from oncue.server.emotion.chat_endpoint import ChatEndpoint
from oncue.server.emotion.local_model import LocalModel
from oncue.server.from_config import emotion_service

ENDPOINT = Config(emotion_url="http://127.0.0.1:9/v1", emotion_model="small")


@pytest.fixture
def weights(tmp_path: Path) -> str:
    """The folder of a full family, as far as feelings go."""
    (tmp_path / "oncue" / EMOTION_FOLDER).mkdir(parents=True)
    return str(tmp_path)


def test_by_default_feelings_are_read_by_the_lexicon_alone() -> None:
    assert not emotion_service(Config()).has_backend


def test_an_endpoint_reads_feelings_when_it_is_named() -> None:
    assert isinstance(emotion_service(ENDPOINT)._backend, ChatEndpoint)


def test_a_family_that_comes_with_a_model_of_feelings_has_it_read_them_unless_told_otherwise(weights: str) -> None:
    full = Config(family="indextts2", weights=weights)
    assert isinstance(emotion_service(full)._backend, LocalModel)
    assert not emotion_service(Config(family="indextts2", weights=weights, emotion_local=False)).has_backend
    assert not emotion_service(Config(family="tiny", weights=weights)).has_backend


def test_any_family_can_be_told_to_use_a_model_of_feelings(tmp_path: Path) -> None:
    assert isinstance(emotion_service(Config(emotion_dir=str(tmp_path)))._backend, LocalModel)
    with pytest.raises(ConfigError, match="emotion_dir"):
        emotion_service(Config(emotion_dir=str(tmp_path / "none")))


def test_without_its_library_a_model_that_was_named_is_an_error_and_one_that_came_along_is_left_alone(
    weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_config, "find_spec", lambda name: None)
    assert not emotion_service(Config(family="indextts2", weights=weights)).has_backend
    with pytest.raises(ConfigError, match="transformers"):
        emotion_service(Config(emotion_dir=weights))


def test_the_dictionary_of_a_configuration_reaches_the_engine() -> None:
    assert from_config.engine_options(Config(dictionary="words.tsv")).dictionary == Path("words.tsv")
    assert from_config.engine_options(Config()).dictionary is None
