"""Several processes of one machine and one Redis: each has a copy of the shared voices, for a folder is one process's copy."""

from __future__ import annotations

from pathlib import Path

import msgspec

from oncue.server.config import Config


def with_own_voices(config: Config, process: str) -> Config:
    """The configuration with a folder of its own for the voices of this process; what lies beside them stays where it is.

    Without Redis nothing changes: the voices are in one folder, which all machines have.
    """
    if not config.redis:
        return config
    return msgspec.structs.replace(
        config,
        voices_dir=str(Path(f"{config.voices_path}.{process}")),
        keys_file=str(config.keys_path),
        watermark_file=str(config.watermark_path),
        audit_file=str(config.audit_path),
    )
