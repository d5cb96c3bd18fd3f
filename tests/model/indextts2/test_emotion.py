"""Emotion vectors: the reference's mixture, the rule of sums, and sense made of a language model's answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from model.api import EMOTION_NAMES
from model.indextts2.emotion import (
    MAX_SUM,
    MAX_WEIGHT,
    ChatEmotionReader,
    Prototypes,
    TransformersChat,
    balanced,
    parse_answer,
    unconfused,
)
from tests.model.indextts2.seeded import load_golden

GOLDEN = load_golden("conditioning")
CALM = tuple(float(name == "calm") for name in EMOTION_NAMES)


def prototypes() -> Prototypes:
    styles, vectors = (GOLDEN.input(name).numpy() for name in ("spk_matrix", "emo_matrix"))
    return Prototypes(styles, vectors, tuple(GOLDEN.facts["emo_num"]))


def weights(**named: float) -> tuple[float, ...]:
    return tuple(named.get(name, 0.0) for name in EMOTION_NAMES)


def test_the_nearest_prototypes_and_their_mixture_are_the_reference_s() -> None:
    rows = prototypes().nearest(GOLDEN.input("style_a")[0].numpy())
    GOLDEN.check("emo_vector_index", torch.tensor(rows))
    own = GOLDEN["emovec_spk"][0].numpy()
    GOLDEN.check("emovec_vector_mode", prototypes().mix(GOLDEN.facts["emo_vector"], rows, own))


def test_no_weight_at_all_leaves_the_voice_its_own_feeling() -> None:
    own = np.arange(64, dtype=np.float32)
    assert np.array_equal(prototypes().mix(weights(), (0,) * 8, own), own)


def test_a_whole_weight_is_the_prototype_itself() -> None:
    mixed = prototypes().mix(weights(angry=1.0), (0, 4, *(0,) * 6), np.full(64, 9.0, np.float32))
    assert np.allclose(mixed, GOLDEN.input("emo_matrix")[3 + 4].numpy())


def test_weights_beyond_one_are_refused_with_their_sum() -> None:
    with pytest.raises(ValueError, match=r"sum to 1\.50"):
        prototypes().mix(weights(happy=0.75, sad=0.75), (0,) * 8, np.zeros(64, np.float32))


@pytest.mark.parametrize("broken", [(0.5,) * 7, (0.5,) * 7 + (-0.1,), (float("nan"),) * 8])
def test_weights_that_are_no_emotion_vector_are_refused_with_its_names(broken: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="happy, angry, sad"):
        balanced(broken)


def test_drawn_prototypes_depend_on_the_seed_and_lie_in_their_groups() -> None:
    drawn = [prototypes().drawn(seed) for seed in (0, 1, 2**63, 2**64 - 1)]
    assert drawn[0] == prototypes().drawn(0)
    assert len(set(drawn)) == 4
    groups = GOLDEN.facts["emo_num"]
    assert all(0 <= row < count for rows in drawn for row, count in zip(rows, groups, strict=True))


def test_balanced_weights_never_take_more_than_their_share_and_keep_their_proportions() -> None:
    few = balanced(weights(happy=0.4))
    assert few == pytest.approx(weights(happy=0.4 * 0.9375))
    many = balanced((1.0,) * 8)
    assert sum(many) == pytest.approx(MAX_SUM)
    assert many[0] / many[7] == pytest.approx(0.9375 / 0.5625)


def test_prototypes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ValueError, match="5 styles and 6 vectors"):
        Prototypes(np.zeros((5, 3), np.float32), np.zeros((6, 4), np.float32), (1,) * 8)


@pytest.mark.parametrize(
    "answer",
    [
        '{"高兴": 0.2, "愤怒": 0.9}',
        '<think>\n{"悲伤": 1.0}</think>\n\n{"高兴": 0.2, "愤怒": 0.9}',
        '```json\n{"高兴": 0.2, "愤怒": 0.90,}\n```',
        "{'高兴': '0.2', '愤怒': '0.9'}",
        "高兴：0.2，愤怒：0.9",
        '{"高兴": 0.2, "愤怒": 0.9, "悲伤": 0.',
        '{"happy": 0.2, "angry": 0.9}',
        '{"愤怒": 0.1, "高兴": 0.2, "愤怒": 0.9, "陌生": 0.4}',
    ],
)
def test_an_answer_is_understood_however_it_is_written(answer: str) -> None:
    assert parse_answer(answer) == weights(happy=0.2, angry=0.9)


@pytest.mark.parametrize("answer", ["", "我不知道。", "{}", '{"高兴": 0, "自然": 0.0}', '{"高兴": -3}', "[1, 2]"])
def test_an_answer_without_a_feeling_is_calm(answer: str) -> None:
    assert parse_answer(answer) == CALM


def test_weights_of_an_answer_are_held_within_bounds() -> None:
    assert parse_answer('{"高兴": 99, "悲伤": -1}') == weights(happy=MAX_WEIGHT)


def test_low_spirits_are_not_taken_for_sorrow_where_the_text_names_them() -> None:
    told = weights(sad=0.9, melancholic=0.1)
    assert unconfused(told, "他很低落") == weights(sad=0.1, melancholic=0.9)
    assert unconfused(told, "他很悲伤") == told
    assert unconfused(told, "今天星期三") == told


@dataclass
class Oracle:
    said: str
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, instruction: str, message: str) -> str:
        self.asked.append((instruction, message))
        return self.said


def test_a_reader_asks_under_the_instruction_the_model_was_taught() -> None:
    oracle = Oracle('{"惊讶": 0.7}')
    assert ChatEmotionReader(oracle).read("真的吗") == weights(surprised=0.7)
    assert oracle.asked == [("文本情感分类", "真的吗")]


class Answering:
    """The little of a tokenizer and a model that a chat needs: the answer is the prompt's ids and three more."""

    device = "cpu"

    def apply_chat_template(self, turns: list[dict[str, str]], **options: Any) -> str:
        assert [turn["role"] for turn in turns] == ["system", "user"]
        assert options == {"tokenize": False, "add_generation_prompt": True, "enable_thinking": False}
        return "".join(turn["content"] for turn in turns)

    def __call__(self, prompts: list[str], return_tensors: str) -> Any:
        batch = {"input_ids": torch.arange(len(prompts[0])).unsqueeze(0)}
        return type("Batch", (dict,), {"to": lambda own, device: own})(batch)

    def generate(self, input_ids: torch.Tensor, max_new_tokens: int, do_sample: bool) -> torch.Tensor:
        assert not do_sample
        return torch.cat([input_ids, torch.tensor([[7, 8, 9]])], dim=1)

    def decode(self, ids: torch.Tensor, skip_special_tokens: bool) -> str:
        return " ".join(str(number) for number in ids.tolist())

    def to(self, device: str) -> Answering:
        return self

    def eval(self) -> Answering:
        return self


def test_a_chat_model_is_read_from_its_folder_alone_and_only_its_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[dict[str, Any]] = []

    def pretrained(folder: Path, **options: Any) -> Answering:
        asked.append(options)
        return Answering()

    library = ModuleType("transformers")
    both = SimpleNamespace(from_pretrained=pretrained)
    library.__dict__.update(AutoTokenizer=both, AutoModelForCausalLM=both)
    monkeypatch.setitem(sys.modules, "transformers", library)
    assert TransformersChat(tmp_path).answer("ab", "cd") == "7 8 9"
    assert all(options["local_files_only"] and not options["trust_remote_code"] for options in asked)


def test_a_chat_model_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = ModuleType("transformers")
    library.__dict__.update(AutoTokenizer=None, AutoModelForCausalLM=None)
    monkeypatch.setitem(sys.modules, "transformers", library)
    with pytest.raises(FileNotFoundError, match="qwen is missing"):
        TransformersChat(tmp_path / "qwen")


def test_without_the_library_its_name_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match="pip install transformers"):
        TransformersChat(tmp_path)
