from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from oncue.model.tiny.layout import CODE_SAMPLES, FRAMES_PER_CODE
from oncue.model.training.data.encoded import Encoded, load, save
from oncue.model.training.data.prepare import Aligned
from oncue.model.training.stages.codec import Codec
from oncue.model.training.stages.encode import lengthened
from tests.model.training.lines import line


def test_codes_come_back_by_utterance(tmp_path: Path) -> None:
    content = np.arange(60, dtype=np.int8).reshape(10, 6) % 8
    save(tmp_path / "codes.npz", Encoded(content, np.array([0, 4, 10])))
    encoded = load(tmp_path / "codes.npz")
    assert np.array_equal(encoded.digits(0), content[:4])
    assert np.array_equal(encoded.digits(1), content[4:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.npz"]


def test_padding_changes_no_digit() -> None:
    torch.manual_seed(2)
    codes = 21
    none: Any = np.zeros(0, np.int64)
    audio: Any = (np.random.default_rng(1).standard_normal(codes * CODE_SAMPLES) * 3000).astype(np.int16)
    aligned = Aligned(none, none, none, np.arange(codes * FRAMES_PER_CODE) // 12)
    phones = np.arange(8)
    pitch = np.zeros((codes, 2), np.int64)
    item = replace(line(audio=audio), phones=phones, aligned=aligned, pitch=pitch)
    pcm, frames, mask = (torch.from_numpy(part).unsqueeze(0) for part in lengthened(item))
    codec, length = Codec().eval(), codes * FRAMES_PER_CODE
    with torch.inference_mode():
        _, padded = codec.encoder(codec.mel(pcm), frames, mask)
        _, bare = codec.encoder(codec.mel(pcm[:, : codes * CODE_SAMPLES]), frames[:, :length])
    assert pcm.shape[1] > codes * CODE_SAMPLES
    assert torch.equal(padded[:, :codes], bare)
