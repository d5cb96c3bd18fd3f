from __future__ import annotations

import pytest

from oncue.model.indextts2.checkpoints.manifest import CheckpointError, CheckpointManifest, expand, shipped
from tests.model.indextts2 import seeded

SMALL = CheckpointManifest(
    "a.pth", {"x.weight": (2, 3), "x.bias": (2,), "head.weight": (4,)}, (r"head\..*",), (r"old\..*",)
)
FOUND = {"x.weight": (2, 3), "x.bias": (2,), "head.weight": (4,)}


@pytest.mark.parametrize("name", ["gpt", "s2mel", "semantic_codec", "campplus", "bigvgan", "w2v_bert"])
def test_the_shipped_manifests_say_what_the_full_lists_say(name: str) -> None:
    listed = seeded.manifest("w2v_bert_defaults" if name == "w2v_bert" else name)
    assert dict(shipped(name).keys) == listed


@pytest.mark.parametrize("name", ["gpt", "s2mel", "semantic_codec", "campplus", "bigvgan", "w2v_bert"])
def test_no_key_that_inference_reads_counts_as_unused(name: str) -> None:
    manifest = shipped(name)
    patterns = seeded.unused_patterns("w2v_bert_defaults" if name == "w2v_bert" else name)
    assert set(patterns) <= set(manifest.unused)
    assert 0 < len(manifest.wanted) <= len(manifest.keys)


def test_a_run_stands_for_every_number_in_it() -> None:
    assert list(expand("a.{0..1}.b.{2..3}")) == ["a.0.b.2", "a.0.b.3", "a.1.b.2", "a.1.b.3"]
    assert list(expand("plain.key")) == ["plain.key"]


def test_every_key_is_used_known_to_be_unused_or_told() -> None:
    matching = SMALL.match(FOUND | {"old.mask": (9,), "stranger": (1,)})
    assert set(matching.used) == {"x.weight", "x.bias"}
    assert set(matching.unused) == {"head.weight", "old.mask"}
    assert matching.unexpected == ("stranger",)


def test_a_missing_key_is_named_unless_nobody_reads_it() -> None:
    with pytest.raises(CheckpointError, match=r"a\.pth: the key x\.bias is missing"):
        SMALL.match({key: shape for key, shape in FOUND.items() if key != "x.bias"})
    assert SMALL.match({key: shape for key, shape in FOUND.items() if key != "head.weight"}).unused == ()


def test_a_wrong_shape_is_named_with_both_shapes() -> None:
    with pytest.raises(CheckpointError, match=r"x\.weight has the shape \[3, 2\] and not \[2, 3\]"):
        SMALL.match(FOUND | {"x.weight": (3, 2)})
