"""A language model that was taught to name feelings, such as the one in the IndexTTS-2 folder: words in, eight weights out.

It runs on this machine, through the `transformers` library and from a folder alone; nothing is fetched and no code of
the folder's is run. It takes seconds on a slow CPU, so whoever asks it must not be in a hurry; when to ask, and what
to do meanwhile, is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from oncue.model.api import EMOTION_NAMES
from oncue.model.text.emotion import parse

MAX_WEIGHT = 1.2
"""What the model was taught to say at most."""
_SAID = ("高兴", "愤怒", "悲伤", "恐惧", "反感", "低落", "惊讶", "自然")
"""What the language model calls the emotions, in `EMOTION_NAMES` order."""
_ALSO_SAID = {"厌恶": "反感", "害怕": "恐惧", "忧郁": "低落", "平静": "自然", "neutral": "自然"}
_NUMBER = re.compile(r"""["'“”‘’]?(?P<name>[^\s"'“”‘’:：,，{}]+)["'“”‘’]?\s*[:：]\s*["']?(?P<value>-?\d+(?:\.\d+)?)""")
_SYSTEM = "文本情感分类"
_MAX_ANSWER_TOKENS = 128


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


def load(folder: Path, device: str = "cpu", threads: int = 1) -> EmotionReader:
    """The model of a folder, on so many cores, ready to be asked. Raises what `TransformersChat` does."""
    chat = TransformersChat(folder, device)
    import torch

    torch.set_num_threads(threads)
    return ChatEmotionReader(chat)
