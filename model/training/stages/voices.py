"""What is known of every line's speaker: the frozen encoder's vector and the long-term spectrum, once for a corpus, of each line as it
was said and as a stranger might have recorded it (`data.recorded`). The encoder hears frames mended by the restorer, as where a voice is served; the
spectrum is what the recording has, for what is missing is filled in (`tiny.band`) from the spectra of this very stage.

The encoder's weights come from the package `resemblyzer` (Apache-2.0, extra `train`) and are kept as they are; `--encoder` is
where they are put for the other stages.
"""

from __future__ import annotations

import argparse
from importlib import resources
from pathlib import Path

import numpy as np
import soxr
import torch
from numpy.typing import NDArray

from oncue.model.tiny.layout import SAMPLE_RATE, SPEAKER_DIM, SPECTRUM_BANDS
from oncue.model.tiny.speaker import RATE, long_term_spectrum
from oncue.model.training.data.dataset import Prepared, as_float, build
from oncue.model.training.data.recorded import as_recorded
from oncue.model.training.networks.encoders import LogMel, levelled
from oncue.model.training.networks.restorer import Restorer
from oncue.model.training.networks.speaker import SpeakerEncoder
from oncue.model.training.stages import runtime


def encoder_of_the_package() -> SpeakerEncoder:
    """The encoder with the weights of the package."""
    with resources.as_file(resources.files("resemblyzer") / "pretrained.pt") as path:
        state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
    encoder = SpeakerEncoder()
    encoder.load_state_dict({key: value for key, value in state.items() if key.split(".")[0] in {"lstm", "linear"}})
    return encoder.eval()


def known_of(
    items: tuple[Prepared, ...], encoder: SpeakerEncoder, restorer: Restorer, rng: np.random.Generator | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors [items, SPEAKER_DIM] and spectra [items, SPECTRUM_BANDS], with `rng` of strangers' recordings of them."""
    vectors = np.zeros((len(items), SPEAKER_DIM), np.float32)
    spectra = np.zeros((len(items), SPECTRUM_BANDS), np.float32)
    mel = LogMel()
    with torch.inference_mode():
        for index, item in enumerate(items):
            pcm = as_float(item.audio)
            pcm = pcm if rng is None else as_recorded(pcm, rng)
            heard = soxr.resample(pcm, SAMPLE_RATE, RATE).astype(np.float32)
            restored = restorer(encoder.mel(torch.from_numpy(heard))[None])[0]
            vectors[index] = encoder.whole(restored).numpy()
            frames = mel(levelled(torch.from_numpy(pcm)[None]))[0].numpy()
            spectra[index] = long_term_spectrum(frames, item.voiced)
    return vectors, spectra


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--restorer", type=Path, required=True)
    arguments = parser.parse_args()
    runtime.ensure_environment()
    torch.set_num_threads(1)
    encoder, restorer = encoder_of_the_package(), Restorer().eval()
    restorer.load_state_dict(runtime.checkpoint(arguments.restorer)["restorer"])
    items = build(arguments.corpus).items
    vectors, spectra = known_of(items, encoder, restorer)
    recorded = known_of(items, encoder, restorer, np.random.default_rng(6))
    runtime.save_checkpoint(arguments.encoder, {"speaker": encoder.state_dict()})
    temporary = arguments.out.with_suffix(".part.npz")
    np.savez(temporary, speaker=vectors, spectrum=spectra, recorded_speaker=recorded[0], recorded_spectrum=recorded[1])
    temporary.replace(arguments.out)


if __name__ == "__main__":
    main()
