from __future__ import annotations

from pathlib import Path

import pytest

from oncue.model.indextts2.checkpoints.sources import SOURCES
from oncue.model.install import installer


def test_the_terms_of_every_repository_are_told() -> None:
    terms = installer("indextts2").terms()
    assert [entry.repository for entry in terms] == [source.repository for source in SOURCES]
    assert all(entry.licence and entry.url and entry.summary for entry in terms)


def test_fetching_without_consent_and_converting_nothing_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="licences"):
        installer("indextts2").fetch(tmp_path, accepted=False, hub="huggingface", revisions={})
    with pytest.raises(FileNotFoundError, match=r"gpt\.pth"):
        installer("indextts2").convert(tmp_path)
