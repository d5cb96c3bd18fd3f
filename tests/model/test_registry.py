from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.registry import EMOTION_FOLDERS, FAMILIES, emotion_folder, load
from tests.fakes import ScriptedModel


def test_a_family_can_be_named_by_its_place() -> None:
    assert isinstance(load("tests.fakes:ScriptedModel"), ScriptedModel)


@pytest.mark.parametrize("family", ["nobody", "tests.no_such:load", "tests.fakes:no_such"])
def test_a_family_nobody_knows_is_a_sentence(family: str) -> None:
    with pytest.raises(ValueError, match="family"):
        load(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_missing_weights_are_a_sentence(family: str, tmp_path: Path) -> None:
    with pytest.raises((FileNotFoundError, ValueError)) as error:
        load(family, weights=tmp_path / "none.safetensors")
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_takes_a_dictionary_and_one_that_cannot_be_read_is_a_sentence(family: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="dictionary cannot be read"):
        load(family, weights=tmp_path, dictionary=tmp_path / "none.tsv")


def test_a_family_that_takes_no_dictionary_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="takes no dictionary"):
        load("tests.fakes:ScriptedModel", dictionary=tmp_path / "none.tsv")


def test_the_model_of_feelings_lies_among_the_weights_that_were_converted_or_fetched(tmp_path: Path) -> None:
    for family in EMOTION_FOLDERS:
        assert emotion_folder(family, None) is None
        assert emotion_folder(family, tmp_path) is None
        for home in (tmp_path, tmp_path / "oncue"):
            (home / "qwen0.6bemo4-merge").mkdir(parents=True)
            assert emotion_folder(family, tmp_path) == home / "qwen0.6bemo4-merge"


def test_a_family_without_a_model_of_feelings_has_no_folder_of_one(tmp_path: Path) -> None:
    assert emotion_folder("tiny", tmp_path) is None
    assert emotion_folder("tests.fakes:ScriptedModel", tmp_path) is None
