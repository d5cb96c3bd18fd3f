"""Who speaks: voices without end, mixed of the teacher's own, and the twelve of the house.

A timbre is mixed from one to three stock voices and a prosody from two of the language; a vocal tract is made longer or shorter, a
register moved. Eight stock voices are in nothing, so that they are strangers to all that is trained (`HELD_OUT`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD_OUT = frozenset({"af_bella", "am_puck", "bf_emma", "bm_george", "zf_xiaoyi", "zm_yunxia", "ff_siwis", "im_nicola"})
"""Stock voices that nothing is trained on: cloning is measured with them."""
_OWN = 0.35
"""How much of the prosody is that of the timbre's own voices."""
_PITCH_HZ, _FEMALE = 118.0, 1.75
Styles = Mapping[str, NDArray[np.float32]]
"""Stock voices [510, 256]: a row for each number of tokens, timbre in the first half and prosody in the second."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice for the teacher. `tract` is the length of the vocal tract against the stock's, inverted: 1.1 is a smaller one."""

    timbre: tuple[tuple[str, float], ...]
    prosody: Mapping[str, tuple[tuple[str, float], ...]]
    tract: float = 1.0
    register: float = 1.0
    rate: float = 1.0

    @property
    def pitch_hz(self) -> float:
        """Where the register wants the mean pitch: that of the timbre's sex, moved."""
        female = sum(weight for name, weight in self.timbre if name[1] == "f")
        return float(_PITCH_HZ * _FEMALE**female * self.register)

    def style(self, styles: Styles, language: str, tokens: int) -> NDArray[np.float32]:
        """What the teacher is given for a line of so many tokens, [1, 256]."""
        timbre = _mixed(styles, self.timbre, tokens)
        prosody = _OWN * timbre + (1 - _OWN) * _mixed(styles, self.prosody[language], tokens)
        return np.concatenate([timbre[:128], prosody[128:]])[None].astype(np.float32)


def _mixed(styles: Styles, shares: Sequence[tuple[str, float]], tokens: int) -> NDArray[np.float32]:
    out: NDArray[np.float32] = sum(weight * styles[name][tokens] for name, weight in shares) / sum(w for _, w in shares)
    return out


def made_up(number: int, names: Sequence[str]) -> Speaker:
    """Speaker `number` of a corpus, always the same one, of these stock voices."""
    rng = np.random.default_rng(1000 + number)
    free = [name for name in names if name not in HELD_OUT]
    chosen = rng.choice(free, int(rng.choice([1, 2, 3], p=[0.25, 0.4, 0.35])), replace=False)
    timbre = tuple(
        (str(name), float(share)) for name, share in zip(chosen, rng.dirichlet([1.0] * len(chosen)), strict=True)
    )
    prosody = {}
    for language, marks in (("zh", "z"), ("en", "ab")):
        one, two = rng.choice([name for name in free if name[0] in marks], 2, replace=False)
        share = float(rng.random())
        prosody[language] = ((str(one), share), (str(two), 1 - share))
    tract = 1.0 if rng.random() < 0.35 else float(np.clip(np.exp(rng.normal(0, 0.08)), 0.86, 1.18))
    return Speaker(timbre, prosody, tract, float(np.exp(rng.normal(0, 0.07))) * tract**0.8)


@dataclass(frozen=True, slots=True)
class HouseVoice:
    """A voice that comes with the family."""

    name: str
    language: str
    description: str
    speaker: Speaker


def _house(
    name: str, language: str, description: str, timbre: Mapping[str, float], other: str, **more: float
) -> HouseVoice:
    """`other` lends its prosody in the language that is not the voice's own."""
    shares = tuple(timbre.items())
    prosody = {language: shares, "en" if language == "zh" else "zh": ((other, 1.0),)}
    return HouseVoice(name, language, description, Speaker(shares, prosody, **more))


HOUSE = (
    _house("ada", "en", "A warm young woman, bright and clear.", {"af_heart": 1.0}, "zf_xiaoxiao"),
    _house("ray", "en", "A relaxed young man, the friend next door.", {"am_michael": 0.7, "am_echo": 0.3}, "zm_yunxi"),
    _house(
        "max",
        "en",
        "A dark, commanding man.",
        {"am_onyx": 0.6, "am_fenrir": 0.4},
        "zm_yunjian",
        tract=0.94,
        register=0.86,
    ),
    _house(
        "juno",
        "en",
        "A soft woman, close to the microphone.",
        {"af_sarah": 0.7, "af_nicole": 0.3},
        "zf_xiaoni",
        rate=0.95,
    ),
    _house(
        "otto",
        "en",
        "An old storyteller, unhurried.",
        {"bm_fable": 0.6, "bm_lewis": 0.4},
        "zm_yunyang",
        tract=0.96,
        rate=0.88,
    ),
    _house("kit", "en", "A lively child.", {"af_sky": 0.7, "bf_lily": 0.3}, "zf_xiaobei", tract=1.16, register=1.22),
    _house("mei", "zh", "A bright young woman, cheerful.", {"zf_xiaoxiao": 1.0}, "af_heart"),
    _house(
        "lin", "zh", "A soft, calm woman.", {"zf_xiaoni": 0.8, "af_sarah": 0.2}, "af_sarah", register=0.95, rate=0.92
    ),
    _house("bo", "zh", "A friendly young man.", {"zm_yunxi": 1.0}, "am_michael"),
    _house("yun", "zh", "A narrator, warm and even.", {"zm_yunyang": 1.0}, "bm_daniel", rate=0.95),
    _house(
        "shan",
        "zh",
        "An old general, deep and stern.",
        {"zm_yunjian": 0.8, "am_onyx": 0.2},
        "am_onyx",
        tract=0.92,
        register=0.84,
    ),
    _house(
        "dou",
        "zh",
        "A playful child.",
        {"zf_xiaobei": 0.8, "af_sky": 0.2},
        "af_sky",
        tract=1.15,
        register=1.2,
        rate=1.05,
    ),
)
"""Their numbers in the corpus of clips are their places here."""
