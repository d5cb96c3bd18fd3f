"""The emotion styles: acoustic recipes for a teacher's controls and for the sound behind them, not emotions heard by people.

Directions are those of Juslin & Laukka (2003) and Banse & Scherer (1996), sizes are our choice. Each style has
something of its own that moves within a line: mean pitch, loudness and colour are also what makes a voice, so a
listener cannot know them of a stranger's style, and what changes them much makes another voice of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from oncue.model.api import EMOTION_NAMES
from oncue.model.tiny.tempo import SWAY_HZ, TEMPO


@dataclass(frozen=True, slots=True)
class Style:
    """Index into EMOTION_NAMES, and how much of it, from 0 to 1."""

    emotion: int
    intensity: float


@dataclass(frozen=True, slots=True)
class Colour:
    """What is done to a finished sound: nothing, as it stands.

    glide: semitones that the melody rises from the first sound to the last; sway: semitones up and down,
    `sway_hz` times a second, beginning upwards; swell: dB that the loudness rises from the first sound to the last;
    contrast: dB by which a sound is moved further from the mean loudness for each dB that it is away; tilt: dB at
    4 kHz and above against 1 kHz and below; throat: dB around 950 Hz, taken away an octave higher; breath: noise
    as a share of the loudness.
    """

    glide: float = 0.0
    sway: float = 0.0
    sway_hz: float = 5.0
    swell_db: float = 0.0
    contrast: float = 0.0
    tilt_db: float = 0.0
    throat_db: float = 0.0
    breath: float = 0.0

    def scaled(self, share: float) -> Colour:
        """As much of it as `share`."""
        return replace(
            self, glide=self.glide * share, sway=self.sway * share, swell_db=self.swell_db * share,
            contrast=self.contrast * share, tilt_db=self.tilt_db * share, throat_db=self.throat_db * share,
            breath=self.breath * share,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one emotion style does at full intensity: to the teacher's controls, and to the sound."""

    rate: float
    pitch_semitones: float
    pitch_range: float
    gain_db: float
    colour: Colour


RECIPES: dict[str, Recipe] = {
    "happy": Recipe(TEMPO["happy"], 3.0, 1.3, 3.0, Colour(sway=1.8, sway_hz=SWAY_HZ["happy"], tilt_db=2.0)),
    "angry": Recipe(TEMPO["angry"], 2.0, 1.3, 6.0, Colour(glide=-2.0, contrast=0.5, tilt_db=5.0)),
    "sad": Recipe(TEMPO["sad"], -2.5, 0.5, -5.0, Colour(glide=-4.0, tilt_db=-3.0, breath=0.15)),
    "afraid": Recipe(TEMPO["afraid"], 4.0, 0.7, -1.0, Colour(sway=1.3, sway_hz=SWAY_HZ["afraid"], breath=0.08)),
    "disgusted": Recipe(
        TEMPO["disgusted"], -1.0, 0.8, 0.0, Colour(sway=2.0, sway_hz=SWAY_HZ["disgusted"], throat_db=4.0)
    ),
    "melancholic": Recipe(TEMPO["melancholic"], -1.2, 0.65, -3.0, Colour(glide=-1.0, swell_db=-10.0, tilt_db=-4.0)),
    "surprised": Recipe(TEMPO["surprised"], 4.0, 1.3, 3.0, Colour(glide=6.0, swell_db=5.0, tilt_db=1.0)),
    "calm": Recipe(TEMPO["calm"], -0.5, 0.5, -1.0, Colour(contrast=-0.5)),
}


def recipe_of(style: Style) -> Recipe:
    """The style's recipe scaled by its intensity, ratios in the log domain."""
    full, share = RECIPES[EMOTION_NAMES[style.emotion]], style.intensity
    return Recipe(
        full.rate**share,
        full.pitch_semitones * share,
        full.pitch_range**share,
        full.gain_db * share,
        full.colour.scaled(share),
    )
