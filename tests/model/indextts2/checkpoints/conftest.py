"""A folder as the publishers' files lie in it, written once for a file of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.indextts2.checkpoint_files import write_folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    write_folder(folder)
    return folder
