"""Words with their times as subtitles, SRT and WebVTT. Pure.

A cue is a few words: it ends at the end of a sentence, at a pause, or when it is as long as one can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_CHARACTERS = 42
"""A line of a subtitle, as broadcasters set it; half as many where a character is a syllable."""
LONGEST_S = 6.0
PAUSE_S = 0.6
_ENDS = ".!?。！？…"


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word of a text: characters from 0, and seconds."""

    char_start: int
    char_end: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from when to when."""

    start_s: float
    end_s: float
    text: str
    speaker: str = ""

    def later(self, by_s: float) -> Cue:
        """The same, on a clock that began so much earlier."""
        return Cue(self.start_s + by_s, self.end_s + by_s, self.text, self.speaker)


def cues(text: str, words: Sequence[TimedWord], speaker: str = "") -> list[Cue]:
    """A line's cues, with what stands between its words."""
    found: list[Cue] = []
    first = 0
    for index in range(1, len(words) + 1):
        if index < len(words) and not _breaks(text, words, first, index):
            continue
        begin = 0 if first == 0 else words[first].char_start
        end = len(text) if index == len(words) else words[index].char_start
        shown = " ".join(text[begin:end].split())
        if shown:
            found.append(Cue(words[first].start_s, words[index - 1].end_s, shown, speaker))
        first = index
    return found


def srt(shown: Iterable[Cue]) -> str:
    """SubRip, with the speaker before the text."""
    blocks = [
        f"{number}\n{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}\n{_spoken(cue)}\n"
        for number, cue in enumerate(shown, 1)
    ]
    return "\n".join(blocks)


def vtt(shown: Iterable[Cue]) -> str:
    """WebVTT, with the speaker as a voice span."""
    blocks = ["WEBVTT\n"]
    for cue in shown:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        name = "".join(char for char in cue.speaker if char not in "<>&\n")
        text = f"<v {name}>{text}" if name else text
        blocks.append(f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}\n{text}\n")
    return "\n".join(blocks)


def _breaks(text: str, words: Sequence[TimedWord], first: int, index: int) -> bool:
    """Whether a cue of the words from `first` ends before the word at `index`."""
    before, after = words[index - 1], words[index]
    between = text[before.char_end : after.char_start]
    taken = text[words[first].char_start : after.char_end]
    longest = LONGEST_CHARACTERS // 2 if any(char > "\u2e80" for char in taken) else LONGEST_CHARACTERS
    return (
        any(char in _ENDS for char in between)
        or after.start_s - before.end_s >= PAUSE_S
        or len(taken) > longest
        or after.end_s - words[first].start_s > LONGEST_S
    )


def _spoken(cue: Cue) -> str:
    return f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text


def _time(seconds: float, point: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"
