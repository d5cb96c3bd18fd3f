from __future__ import annotations

from pathlib import Path

import numpy as np

from model.training.encode import Encoded, load, save


def test_codes_come_back_by_utterance(tmp_path: Path) -> None:
    content = np.arange(60, dtype=np.int8).reshape(10, 6) % 8
    save(tmp_path / "codes.npz", Encoded(content, np.array([0, 4, 10])))
    encoded = load(tmp_path / "codes.npz")
    assert np.array_equal(encoded.digits(0), content[:4])
    assert np.array_equal(encoded.digits(1), content[4:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.npz"]
