"""Which families there are, each by the one function that loads it, imported only when asked for.

A family may also be named as `module:callable`, so that a test or a plug-in needs no entry here.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from oncue.model.api import SpeechModel

FAMILIES: dict[str, str] = {
    "tiny": "oncue.model.tiny.speech:load",
    "indextts2": "oncue.model.indextts2.load:load",
}

EMOTION_FOLDERS: dict[str, str] = {"indextts2": "oncue.model.indextts2.checkpoints.sources:EMOTION_FOLDER"}
"""Families whose files hold a language model that names feelings, by where the name of its folder is written."""


def load(
    family: str,
    weights: Path | None = None,
    device: str = "cpu",
    threads: int = 1,
    dictionary: Path | None = None,
    *,
    warm: bool = True,
) -> SpeechModel:
    """A family ready to speak, on `threads` cores, with the pronunciations of a `dictionary`. Where it is not to be `warm`, it is
    for one line at once and loads as little as that needs.

    Raises ValueError for a family nobody knows, and what the family raises (FileNotFoundError,
    ValueError) when its weights are missing or broken; each message is a sentence a person can act on.
    """
    options: dict[str, Any] = {}
    if weights is not None:
        options["path"] = weights
    if device != "cpu":
        options["device"] = device
    loader = _loader(family)
    if dictionary is not None:
        if "dictionary" not in signature(loader).parameters:
            raise ValueError(f"The model family {family!r} takes no dictionary of pronunciations.")
        options["dictionary"] = dictionary
    taken = signature(loader).parameters
    options |= {name: value for name, value in (("threads", threads), ("warm", warm)) if name in taken}
    _limit_threads(threads)
    model: SpeechModel = loader(**options)
    _limit_threads(threads)
    return model


def family_of(folder: Path) -> str:
    """The family whose weights are in a folder, as its manifest says; `tiny` where it says nothing."""
    for place in (folder, folder / "oncue"):
        path = place / "manifest.json"
        if path.exists():
            try:
                told = json.loads(path.read_bytes())
            except ValueError:
                return "tiny"  # whose loader then says what is wrong with the folder
            return str(told.get("family", "tiny")) if isinstance(told, dict) else "tiny"
    return "tiny"


def emotion_folder(family: str, weights: Path | None) -> Path | None:
    """The folder of the language model that names feelings, among a family's weights; None where there is none."""
    entry = EMOTION_FOLDERS.get(family)
    if entry is None or weights is None:
        return None
    module, _, name = entry.partition(":")
    folder: str = getattr(import_module(module), name)
    return next((place / folder for place in (weights / "oncue", weights) if (place / folder).is_dir()), None)


def _loader(family: str) -> Any:
    entry = family if ":" in family else FAMILIES.get(family)
    if entry is None:
        raise ValueError(f"There is no model family {family!r}: choose one of {', '.join(sorted(FAMILIES))}.")
    module, _, name = entry.partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise ValueError(f"The model family {family!r} needs torch: pip install 'oncue[full]'.") from error
        raise ValueError(f"The model family {family!r} cannot be loaded: {error}.") from error
    except (ImportError, AttributeError) as error:
        raise ValueError(f"The model family {family!r} cannot be loaded: {error}.") from error


def _limit_threads(threads: int) -> None:
    """torch takes every core unless told; a family without torch is left alone."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)
