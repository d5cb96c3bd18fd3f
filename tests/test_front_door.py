"""What a program imports: `oncue` alone, with nothing heavy behind it before a name is used."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import oncue

ROOT = Path(__file__).resolve().parent.parent


def alone(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_importing_it_loads_neither_torch_nor_aiohttp() -> None:
    assert alone("import oncue, sys; print({'torch', 'aiohttp'} & set(sys.modules))") == "set()"


def test_what_a_client_needs_loads_neither_of_them_either() -> None:
    code = "from oncue import Client, Duration, Emotion, AudioFrame; import sys; print({'torch', 'aiohttp'} & set(sys.modules))"
    assert alone(code) == "set()"


@pytest.mark.parametrize("name", oncue.__all__)
def test_every_name_is_there_under_its_own_name(name: str) -> None:
    assert getattr(oncue, name).__name__ == name
    assert name in dir(oncue)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Speaker'"):
        _ = oncue.Speaker


def test_the_readme_imports_from_nowhere_else() -> None:
    imported = re.findall(r"^(?:from|import) (oncue\S*)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert imported
    assert set(imported) == {"oncue"}
