"""How a line is to feel, as the vector the decoder wants: mixed from prototypes by eight weights, or read from a text.

For each emotion there are some recorded speakers; the one whose style is nearest to the voice lends its vector.
Vectors of recordings come from `conditioning`; a language model that names feelings is hidden behind one method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model.api import EMOTION_NAMES
from model.text.emotion import parse

Vector = NDArray[np.float32]

MAX_SUM = 0.8
"""Of a mixture: what is left is the voice's own feeling, without which it stops sounding like itself."""
MAX_WEIGHT = 1.2
_BALANCE = np.array([0.9375, 0.875, 1.0, 1.0, 0.9375, 0.9375, 0.6875, 0.5625], dtype=np.float32)
"""How strongly each emotion colours a voice, evened out; in `EMOTION_NAMES` order, as the release's page does."""
_SAID = ("高兴", "愤怒", "悲伤", "恐惧", "反感", "低落", "惊讶", "自然")
"""What the language model calls the emotions, in `EMOTION_NAMES` order."""
_ALSO_SAID = {"厌恶": "反感", "害怕": "恐惧", "忧郁": "低落", "平静": "自然", "neutral": "自然"}
_NUMBER = re.compile(r"""["'“”‘’]?(?P<name>[^\s"'“”‘’:：,，{}]+)["'“”‘’]?\s*[:：]\s*["']?(?P<value>-?\d+(?:\.\d+)?)""")
_SYSTEM = "文本情感分类"
_MAX_ANSWER_TOKENS = 128


def balanced(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights evened out between emotions, their sum at most `MAX_SUM`; for weights a person set by hand.

    Raises ValueError when there are not eight of them or one is negative or not finite.
    """
    vector = _checked(weights) * _BALANCE
    total = float(vector.sum())
    return tuple(float(weight) for weight in (vector * (MAX_SUM / total) if total > MAX_SUM else vector))


def _checked(weights: Sequence[float]) -> Vector:
    vector = np.asarray(weights, dtype=np.float32)
    if vector.shape != (len(EMOTION_NAMES),) or not np.isfinite(vector).all() or (vector < 0).any():
        raise ValueError(
            f"An emotion vector has {len(EMOTION_NAMES)} weights of 0 or more: {', '.join(EMOTION_NAMES)}."
        )
    return vector


@dataclass(frozen=True, slots=True, eq=False)
class Prototypes:
    """Recorded feelings: for each row the style of its speaker [rows, style] and its vector [rows, dim].

    Rows are grouped by emotion, `groups` rows each, in `EMOTION_NAMES` order. Raises ValueError when they do not fit.
    """

    styles: Vector
    vectors: Vector
    groups: tuple[int, ...]

    def __post_init__(self) -> None:
        if not (len(self.styles) == len(self.vectors) == sum(self.groups) and len(self.groups) == len(EMOTION_NAMES)):
            raise ValueError(
                f"There are {len(self.styles)} styles and {len(self.vectors)} vectors of emotion prototypes for groups"
                f" of {sum(self.groups)}: fetch the models again."
            )

    def nearest(self, style: Vector) -> tuple[int, ...]:
        """In each group, the row whose speaker is nearest to a style [style] by cosine."""
        norms = np.linalg.norm(self.styles, axis=1) * np.linalg.norm(style)
        likeness = self.styles @ style / np.maximum(norms, np.finfo(np.float32).tiny)
        return tuple(int(group.argmax()) for group in np.split(likeness, self._borders()))

    def drawn(self, seed: int) -> tuple[int, ...]:
        """In each group, some row: more variety, less of the voice."""
        key = np.array([seed & 0xFFFFFFFFFFFFFFFF, 5], dtype=np.uint64)
        draw = np.random.Generator(np.random.Philox(key=key))
        return tuple(int(draw.integers(count)) for count in self.groups)

    def mix(self, weights: Sequence[float], rows: Sequence[int], own: Vector) -> Vector:
        """The prototypes' weighted sum, and of a voice's own vector [dim] what the weights leave of one.

        Raises ValueError as `balanced`, and when the weights sum to more than one, for nothing of the voice is left.
        """
        vector = _checked(weights)
        left = 1.0 - float(vector.sum())
        if left < -1e-6:
            raise ValueError(f"The weights of an emotion vector sum to {vector.sum():.2f}; they may reach 1.")
        first = [0, *self._borders()]
        chosen = np.stack([self.vectors[begin + row] for begin, row in zip(first, rows, strict=True)])
        mixed = (vector[:, None] * chosen).sum(0) + np.float32(max(left, 0.0)) * own
        return mixed.astype(np.float32)

    def _borders(self) -> list[int]:
        return [int(border) for border in np.cumsum(self.groups)[:-1]]


class EmotionReader(Protocol):
    """Whatever tells the feeling of a text."""

    def read(self, text: str) -> tuple[float, ...]:
        """Eight weights in `EMOTION_NAMES` order, each in [0, `MAX_WEIGHT`]."""
        ...


class ChatModel(Protocol):
    """Whatever answers a message under an instruction."""

    def answer(self, instruction: str, message: str) -> str:
        """The answer as it was written, thoughts and all."""
        ...


@dataclass(frozen=True, slots=True)
class ChatEmotionReader:
    """Asks a language model that was taught to name feelings, and makes sense of whatever it says."""

    model: ChatModel

    def read(self, text: str) -> tuple[float, ...]:
        """A feeling it cannot make out is calm."""
        return unconfused(parse_answer(self.model.answer(_SYSTEM, text)), text)


def parse_answer(answer: str) -> tuple[float, ...]:
    """The weights in an answer, wherever in it they stand, quoted or not; nothing understood is calm.

    Weights are held within [0, `MAX_WEIGHT`]; of a name said twice the last counts.
    """
    told: dict[str, float] = {}
    for match in _NUMBER.finditer(answer.rpartition("</think>")[2]):
        name = match["name"].lower()
        told[_ALSO_SAID.get(name, name)] = float(match["value"])
    english = dict(zip(EMOTION_NAMES, _SAID, strict=True))
    told = {english.get(name, name): value for name, value in told.items()}
    weights = tuple(min(max(told.get(name, 0.0), 0.0), MAX_WEIGHT) for name in _SAID)
    return weights if any(weights) else tuple(float(name == "calm") for name in EMOTION_NAMES)


def unconfused(weights: Sequence[float], text: str) -> tuple[float, ...]:
    """The language model takes low spirits for sorrow: where the text speaks of the former, the two change places."""
    by_name = dict(zip(EMOTION_NAMES, weights, strict=True))
    meant = dict(zip(EMOTION_NAMES, parse(text).vector, strict=True))
    if meant["melancholic"] > meant["sad"]:
        by_name["sad"], by_name["melancholic"] = by_name["melancholic"], by_name["sad"]
    return tuple(by_name.values())


class TransformersChat:
    """A chat model of the `transformers` library in a folder, answering without chance."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """Raises ImportError naming the package to install, FileNotFoundError or ValueError naming the folder."""
        try:
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError as error:
            raise ImportError("To read feelings from a text, run `pip install transformers`.") from error
        if not folder.is_dir():
            raise FileNotFoundError(f"The emotion model {folder.name} is missing: fetch the models again.")
        options: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, **options)
            self._model = (
                AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, **options).to(device).eval()
            )
        except (OSError, ValueError) as error:
            raise ValueError(f"The emotion model {folder.name} cannot be read: fetch the models again.") from error

    def answer(self, instruction: str, message: str) -> str:
        """The most likely answer, at most 128 tokens of it."""
        turns = [{"role": "system", "content": instruction}, {"role": "user", "content": message}]
        prompt = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        inputs = self._tokenizer([prompt], return_tensors="pt").to(self._model.device)
        told = self._model.generate(**inputs, max_new_tokens=_MAX_ANSWER_TOKENS, do_sample=False)
        answer: str = self._tokenizer.decode(told[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return answer
