"""Where models that were fetched are kept on this machine, by family. What is in a folder, its family knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def models_path(environ: Mapping[str, str]) -> Path:
    """The user data directory, as the XDG base directory specification has it."""
    base = environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "oncue" / "models"


def folder_of(family: str) -> Path:
    """Where `oncue models fetch` puts a family."""
    return models_path(os.environ) / family


def installed(family: str) -> Path | None:
    """The folder of a family that was fetched, None where there is none."""
    folder = folder_of(family) if family.replace("_", "").isalnum() else None
    return folder if folder is not None and folder.is_dir() else None
