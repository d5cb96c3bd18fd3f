from __future__ import annotations

import pytest

from oncue.model.install import HUB_NAMES, INSTALLERS, installer, silent


def test_a_family_without_files_of_its_own_is_a_sentence_that_names_those_with() -> None:
    with pytest.raises(ValueError, match=r"nothing to fetch for 'tiny'.*indextts2"):
        installer("tiny")


def test_every_installer_can_be_made_and_every_hub_name_has_one() -> None:
    assert all(installer(family).terms() for family in INSTALLERS)
    assert set(HUB_NAMES.values()) <= set(INSTALLERS)
    silent("a file", 0, 1)
