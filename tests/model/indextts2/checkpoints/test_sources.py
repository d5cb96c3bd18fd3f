from __future__ import annotations

from oncue.model.indextts2.checkpoints.manifest import shipped
from oncue.model.indextts2.checkpoints.sources import COMPANIONS, NEEDED_COMPANIONS, PARTS, SOURCES


def test_every_part_has_a_manifest_and_is_among_the_files_that_are_fetched() -> None:
    fetched = {f"{source.folder}/{file}".removeprefix("./") for source in SOURCES for file in source.files}
    for part in PARTS:
        assert shipped(part.name).wanted
        assert part.paths[0] in fetched
        assert part.paths[0].endswith(shipped(part.name).file)


def test_what_goes_along_is_fetched_or_optional() -> None:
    fetched = {f"{source.folder}/{file}".removeprefix("./") for source in SOURCES for file in source.files}
    assert set(NEEDED_COMPANIONS) <= fetched
    assert set(NEEDED_COMPANIONS) <= set(COMPANIONS)


def test_every_source_says_what_is_agreed_to() -> None:
    assert all(source.licence.url.startswith("https://") and source.licence.terms for source in SOURCES)
    assert len({source.name for source in SOURCES}) == len(SOURCES)
