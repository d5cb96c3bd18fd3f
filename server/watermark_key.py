"""The key of a server's watermark and the number it has there, in a file of its own that only its owner reads.

Servers that speak for one house share the file, each perhaps with a number of its own. Without the key nobody finds the
mark, and with it anybody could say that a sound of theirs is this server's: so it is kept like a password, and never shown.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from oncue.model.watermark.code import KEY_BYTES
from oncue.model.watermark.speech import Watermark


class WatermarkKeyError(ValueError):
    """A key that cannot be read or made; the message says what to do."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    key: Annotated[str, Meta(pattern=f"^[0-9a-f]{{{2 * KEY_BYTES}}}$")]
    server: Annotated[int, Meta(ge=0, le=0xFFFF)]


def load(path: Path) -> Watermark | None:
    """What is kept there, None where nothing is. Raises WatermarkKeyError."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise WatermarkKeyError(
            "The file of the watermark's key cannot be read: restore it, or remove it to have a new key made, by which what "
            "was spoken before is not found."
        ) from error
    return Watermark(bytes.fromhex(kept.key), kept.server)


def load_or_make(path: Path) -> Watermark:
    """What is kept there; if nothing is, a new key and a number drawn by lot. Raises WatermarkKeyError."""
    kept = load(path)
    if kept is not None:
        return kept
    new = _File(secrets.token_hex(KEY_BYTES), secrets.randbelow(1 << 16))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".watermark-")  # 0600, as mkstemp makes it
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(new))
                file.flush()
                os.fsync(file.fileno())
            os.link(name, path)  # fails where another process was first, and then its key is ours
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    except OSError as error:
        raise WatermarkKeyError(
            f"The watermark's key cannot be kept ({error.strerror}): name a place with watermark_file, or turn the mark off "
            "with watermark = false."
        ) from error
    made = load(path)
    assert made is not None
    return made
