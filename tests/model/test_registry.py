from __future__ import annotations

from pathlib import Path

import pytest

from model.registry import FAMILIES, load
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
