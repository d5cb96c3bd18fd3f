"""The teacher's voices and who says which line in which style.

The list of voices never changes with a seed, so a speaker id means the same voice in every corpus. This
file makes no sound.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from oncue.model.training.data.espeak import random_definition
from oncue.model.training.data.flite import MADE_OF_EACH, VOICES, random_voice
from oncue.model.training.data.teacher import EMOTIONS, Speaker, Style

STOCK_MALE = ("Alex", "Mike", "m1", "m3", "m4", "m6", "m7", "m8", "max", "paul", "pedro", "quincy", "robert", "Diogo",
              "Gene2", "Nguyen", "antonio", "Michael")  # fmt: skip
STOCK_FEMALE = ("f1", "f2", "f3", "f5", "belinda", "linda", "Andrea", "anika", "aunty", "steph", "steph3", "Annie")
"""Variants of espeak-ng without echo, whisper or croak. Left out as well: rob, which crashes on neutral tones."""
MADE_MALE, MADE_FEMALE = 700, 800
"""Voices of random definitions: cloning has to fill the space between voices, not know a few dozen."""
HELD_OUT = frozenset({"m7", "f5"} | {f"made-{sex}-{n}" for sex in ("male", "female") for n in range(25)})

_STOCK_SHARE = 0.3
_SLOWEST_WPM, _FASTEST_WPM = 105.0, 300.0
"""Wider than what is asked for at run time, so that a held length never leaves what was trained."""
_FLITE_WPM = 175.0
_FLITE_SHORTEST, _FLITE_LONGEST = 0.65, 1.4
_FLITE_WEIGHTS = {"slt": 0.45, "rms": 0.25, "awb": 0.2, "kal16": 0.1}
_FLITE_SHARE, _TWIN_SHARE, _NEUTRAL_SHARE = 0.3, 0.25, 0.5
_FLITE_MADE_SHARE = 0.5
_WEAKEST_EMOTION = 0.5
_SPEAKERS_SEED = 20


def all_speakers() -> tuple[Speaker, ...]:
    """The espeak speakers, stock and made, then the flite voices, and those made of them; always the same."""
    rng = random.Random(_SPEAKERS_SEED)
    rows = [(name, "male", "") for name in STOCK_MALE] + [(name, "female", "") for name in STOCK_FEMALE]
    for sex, count in (("male", MADE_MALE), ("female", MADE_FEMALE)):
        names = [f"made-{sex}-{number}" for number in range(count)]
        rows += [(name, sex, random_definition(name, sex, rng)) for name in names]
    own = [
        Speaker(index, "espeak", name, sex, rng.randint(40, 60), rng.randint(72, 95), name in HELD_OUT, definition)
        for index, (name, sex, definition) in enumerate(rows)
    ]
    others = [Speaker(len(own) + n, "flite", name, sex, 50, 50, False) for n, (name, sex) in enumerate(VOICES.items())]
    made = [(f"{origin}-{n}", random_voice(origin, rng)) for origin in VOICES for n in range(MADE_OF_EACH)]
    relatives = [
        Speaker(len(own) + len(others) + n, "flite", name, VOICES[voice.origin], 50, 50, False, voice.definition)
        for n, (name, voice) in enumerate(made)
    ]
    return (*own, *others, *relatives)


class Casting:
    """Chooses voices and styles from its own random stream."""

    def __init__(self, speakers: tuple[Speaker, ...], rng: random.Random) -> None:
        self._rng = rng
        self._stock = [s for s in speakers if s.engine == "espeak" and not s.definition]
        self._made = [s for s in speakers if s.engine == "espeak" and s.definition]
        flite = [speaker for speaker in speakers if speaker.engine == "flite"]
        self._flite = {speaker.variant: speaker for speaker in flite if not speaker.definition}
        self._relatives = [speaker for speaker in flite if speaker.definition]

    def choose(self, language: str) -> Iterator[tuple[Speaker, Style]]:
        """Who says the next line and how; a second one is a twin: same text and style, another voice."""
        rate = _SLOWEST_WPM * (_FASTEST_WPM / _SLOWEST_WPM) ** self._rng.random()
        if language == "en" and self._rng.random() < _FLITE_SHARE:
            yield self._flite_voice()
            return
        style = self._styled(rate)
        twins = 2 if self._rng.random() < _TWIN_SHARE else 1
        chosen: dict[int, Speaker] = {}
        while len(chosen) < twins:
            speaker = self._rng.choice(self._stock if self._rng.random() < _STOCK_SHARE else self._made)
            chosen[speaker.id] = speaker
        for speaker in chosen.values():
            yield speaker, style

    def _flite_voice(self) -> tuple[Speaker, Style]:
        name = self._rng.choices(list(_FLITE_WEIGHTS), list(_FLITE_WEIGHTS.values()))[0]
        stretch = _FLITE_SHORTEST * (_FLITE_LONGEST / _FLITE_SHORTEST) ** self._rng.random()
        relative = self._rng.random() < _FLITE_MADE_SHARE
        speaker = self._rng.choice(self._relatives) if relative else self._flite[name]
        return speaker, self._styled(_FLITE_WPM / stretch)

    def _styled(self, rate_wpm: float) -> Style:
        """Plain in half of the lines, and any style in the others."""
        if self._rng.random() < _NEUTRAL_SHARE:
            return Style(rate_wpm)
        return Style(rate_wpm, self._rng.randrange(len(EMOTIONS)), self._rng.uniform(_WEAKEST_EMOTION, 1.0))
