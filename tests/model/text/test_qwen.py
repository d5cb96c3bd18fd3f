"""Sense made of a language model's answers, and the model asked in its own way; none is loaded here."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.qwen import MAX_WEIGHT, ChatEmotionReader, TransformersChat, load, parse_answer, unconfused
from tests.emotions import weights

CALM = tuple(float(name == "calm") for name in EMOTION_NAMES)


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


def test_a_folder_is_loaded_as_a_reader_of_feelings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = ModuleType("transformers")
    both = SimpleNamespace(from_pretrained=lambda folder, **options: Answering())
    library.__dict__.update(AutoTokenizer=both, AutoModelForCausalLM=both)
    monkeypatch.setitem(sys.modules, "transformers", library)
    assert load(tmp_path).read("真的吗") == CALM
