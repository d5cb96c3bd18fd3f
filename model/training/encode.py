"""Corpus to codes: run the trained code encoder once over every utterance and keep the digits."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from model.tiny.layout import NUM_CONTENT
from model.training import runtime
from model.training.codec import Codec
from model.training.dataset import Dataset, build


@dataclass(frozen=True, slots=True)
class Encoded:
    """Digits of every utterance one after another, and where each begins."""

    content: NDArray[np.int8]  # [all codes, NUM_CONTENT]
    offsets: NDArray[np.int64]  # [utterances + 1]

    def digits(self, index: int) -> NDArray[np.int64]:
        """Content digits of an utterance [codes, NUM_CONTENT]."""
        return self.content[self.offsets[index] : self.offsets[index + 1]].astype(np.int64)


def encode(data: Dataset, codec: Codec, device: torch.device) -> Encoded:
    """Encode everything; one utterance at a time, so that nothing is padded."""
    sizes = np.array([item.codes for item in data.items])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    content = np.zeros((int(offsets[-1]), NUM_CONTENT), np.int8)
    codec.eval()
    with torch.inference_mode():
        for index, item in enumerate(data.items):
            pcm = torch.from_numpy(item.audio.astype(np.float32) / 32768).to(device)
            phones = torch.from_numpy(item.phones[item.aligned.frame_unit]).to(device)
            mel = codec.mel(pcm.unsqueeze(0))
            with torch.autocast(device.type, torch.bfloat16):  # as it was trained
                _, digits = codec.encoder(mel, phones.unsqueeze(0))
            content[offsets[index] : offsets[index + 1]] = digits[0].cpu().numpy()
    return Encoded(content, offsets)


def save(path: Path, encoded: Encoded) -> None:
    """One file, written beside and renamed."""
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, content=encoded.content, offsets=encoded.offsets)
    temporary.replace(path)


def load(path: Path) -> Encoded:
    """What `save` wrote."""
    with np.load(path) as file:
        return Encoded(file["content"], file["offsets"])


def main() -> None:
    """Command line of this stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--codec", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, help="so many lines at most; the rest is left out of the decoder's data")
    arguments = parser.parse_args()
    runtime.ensure_environment()
    device = runtime.pick_device(1)
    codec = Codec().to(device)
    codec.load_state_dict(runtime.checkpoint(arguments.codec)["codec"])
    save(arguments.out, encode(build(arguments.corpus, limit=arguments.limit), codec, device))


if __name__ == "__main__":
    main()
