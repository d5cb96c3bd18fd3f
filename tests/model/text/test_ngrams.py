"""The linear reader of descriptions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text import ngrams
from oncue.model.text.ngrams import BUCKETS, CLASSES, LinearReader, bundled, features


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(max_size=80))
def test_any_text_has_buckets_inside_the_table_and_shares_that_sum_to_one(text: str) -> None:
    assert all(0 <= bucket < BUCKETS for bucket in features(text.lower()))
    shares = bundled().probabilities(text.lower())
    assert shares.shape == (len(CLASSES),)
    assert float(shares.sum()) == pytest.approx(1.0, abs=1e-5)


def test_equal_pieces_share_buckets_and_a_piece_counts_once() -> None:
    assert set(features("心如刀割")) & set(features("刀割"))
    assert features("哈哈哈哈") == features("哈哈哈")
    assert len(features("字" * 100 + "".join(map(chr, range(0x4E00, 0x5000))))) <= ngrams.MAX_FEATURES


def test_weights_move_the_shares_and_no_evidence_leaves_the_bias() -> None:
    weights = np.zeros((BUCKETS, len(CLASSES)), np.int8)
    weights[features("x")[0], 3] = 100
    reader = LinearReader(weights, np.full(len(CLASSES), 0.1, np.float32), np.zeros(len(CLASSES), np.float32))
    assert int(reader.probabilities("x").argmax()) == 3
    assert np.allclose(reader.probabilities("。"), 1 / len(CLASSES))


def test_the_bundled_weights_are_small() -> None:
    assert ngrams._WEIGHTS.stat().st_size <= 200_000
