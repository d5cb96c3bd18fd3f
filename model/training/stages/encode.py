"""Corpus to codes: run the trained code encoder once over every utterance and keep the digits."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from oncue.model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE, NUM_CONTENT
from oncue.model.training.data.buckets import wide
from oncue.model.training.data.dataset import Dataset, Prepared, as_float, build
from oncue.model.training.data.encoded import Encoded, save
from oncue.model.training.stages import runtime
from oncue.model.training.stages.codec import Codec


def encode(data: Dataset, codec: Codec, device: torch.device) -> Encoded:
    """Encode everything, one utterance at a time, padded to one of few lengths."""
    sizes = np.array([item.codes for item in data.items])
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    content = np.zeros((int(offsets[-1]), NUM_CONTENT), np.int8)
    codec.eval()
    with torch.inference_mode():
        for index, item in enumerate(data.items):
            pcm, phones, mask = (torch.from_numpy(part).unsqueeze(0).to(device) for part in lengthened(item))
            _, digits = codec.encoder(codec.mel(pcm), phones, mask)
            content[offsets[index] : offsets[index + 1]] = digits[0, : item.codes].cpu().numpy()
    return Encoded(content, offsets)


def lengthened(item: Prepared) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Samples, the phone of each frame and a mask of frames, with nothing behind them up to a width of `buckets`."""
    more = wide(item.codes) - item.codes
    phones = item.phones[item.aligned.frame_unit]
    pcm = np.pad(as_float(item.audio), (0, more * CODE_SAMPLES))
    frames = (0, more * FRAMES_PER_CODE)
    return pcm, np.pad(phones, frames), np.pad(np.ones(len(phones), np.float32), frames)


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
