"""Voices of an engine that nothing was trained on: festival says a sentence in a program of its own.

Only to be measured with. Its Debian voices were made from recordings of people, in several languages; the two people
whom flite knows too are left out.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import soxr

from oncue.model.api import Samples
from oncue.model.tiny.layout import SAMPLE_RATE

VOICES = (
    "ked_diphone", "pc_diphone", "lp_diphone", "suo_fi_lj_diphone", "hy_fi_mv_diphone", "msu_ru_nsh_clunits",
    "upc_ca_ona_hts", "czech_dita", "czech_krb", "czech_machac", "czech_ph",
)  # fmt: skip
_LONGEST_S = 30.0


def say(voice: str, text: str) -> Samples | None:
    """Mono samples at SAMPLE_RATE; None where festival or this voice of it is not installed or says nothing."""
    program = shutil.which("text2wave")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "said.wav")
        command = [program, "-eval", f"(voice_{voice})", "-o", str(file)]
        subprocess.run(  # noqa: S603 - our own words
            command, input=text.encode("ascii", "ignore"), capture_output=True, timeout=_LONGEST_S, check=False
        )
        if not file.exists():
            return None
        with wave.open(str(file)) as sound:
            pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768
            rate = sound.getframerate()
    resampled: Samples = soxr.resample(pcm, rate, SAMPLE_RATE).astype(np.float32)
    return resampled if len(resampled) else None
