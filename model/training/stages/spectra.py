"""The spectra of the corpus' voices, by which what a recording leaves out is filled in: `model/tiny/band.py` has the idea.

… stages.spectra --voices FILE --out FILE
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from oncue.model.tiny.band import Spectra


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True, help="what `stages.voices` wrote")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with np.load(arguments.voices) as file:
        Spectra.of(file["spectrum"]).save(arguments.out)


if __name__ == "__main__":
    main()
