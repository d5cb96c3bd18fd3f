"""Text to pieces that one prefill covers, cut where a speaker would breathe.

The cuts are made from left to right and depend on the characters alone, so text that arrives one
character at a time is cut, and sounds, as the whole text would. Only `cut_early`, which is asked for when a listener
would otherwise wait for a slow writer, depends on what has arrived. Nothing is normalised or pronounced here, and every
piece keeps its place in the source text. What must be read together stays together: numbers and lists of them,
abbreviations, brackets, tags and what they hide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oncue.streaming.timing.targets import Cue

SENTENCE_ENDS = "。！？.!?；;…\n"
CLAUSE_ENDS = "，、,：:—"
MARKS = frozenset(SENTENCE_ENDS + CLAUSE_ENDS)
CLOSERS = "\"'”’」』）)】》]"
SPACES = " \t\u3000"

LATIN_WEIGHT = 0.375
"""A Chinese character counts 1, anything else this much: about as long to say."""
FIRST_SENTENCE = 2.0
FIRST_CLAUSE = 10.0
NEXT_SENTENCE = 10.0
NEXT_CLAUSE = 40.0
LONGEST = 80.0
EARLY_WORDS = 8.0
"""So much must be there to break off at a word: a second and a half of sound, in which more may come."""
_FULL_WORD = 4
"""Letters of a word after which one may break off; articles, prepositions and conjunctions are mostly shorter."""
_PARTICLES = "的们吗呢吧啊呀"
"""Chinese characters that end a word nearly always."""
_OPENERS, _CLOSED_BY = "(（[【<「『《", ")）]】>」』》"


LONGEST_HELD = 4 * LONGEST
"""Text in an open bracket or tag is kept together up to this weight; hidden text however long it is."""
_TITLES = re.compile(
    r"(?:^|[\s(\"'“])(?:Mr|Mrs|Ms|Messrs|Dr|Prof|St|Ste|Mt|Ft|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Maj|Adm|Sen|Rep|Gov|Pres|vs|cf|[A-Z])\.\s*$"
)
"""Abbreviations behind which a sentence never ends; initials are among them."""
_NUMBERED = re.compile(
    r"(?:^|[\s(])(?:[Nn]os?|[Ff]igs?|[Ee]qs?|[Ss]ect?|[Cc]h|[Cc]haps?|[Pp]aras?|[Pp]t|Rm|[Oo]p|[Ee]ps?|Rte|Bldg|pgs?|[Vv]ols?|[Aa]pt|[Ee]x|[Vv]er|pp?|approx|ca|est|ext|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$"
)
"""Abbreviations that go on with a number."""
_GOES_ON = re.compile(
    r"(?:^|[\s(])(?:etc|al|Inc|Corp|Ltd|Co|Bros|Ave|Blvd|Rd|Ln|Jr|Sr|e\.g|i\.e|hrs?|mins?|secs?|lbs?|oz|ft|in|(?:[A-Za-z]\.)+[A-Za-z])\.\s*$"
)
"""Abbreviations that may end a sentence, and do not before a small letter or a mark."""
_ENTITY = re.compile(r"&(?:#\w{1,6}|[A-Za-z]{2,8});\s?$")
"""A character written by its name, whose semicolon ends nothing."""
_HIDDEN_NAMES = "think|thinking|thought|reasoning|reflection|scratchpad|script|style"
_HIDES = re.compile(rf"<({_HIDDEN_NAMES})\b[^<>]*>$", re.IGNORECASE)
_HIDDEN = re.compile(rf"<({_HIDDEN_NAMES})\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_OPEN_TAG = re.compile(r"</?[A-Za-z!?][^<>]{0,300}$")
_OPEN_BRACKET = re.compile(r"(?<![:;=])[(（\[【][^()（）\[\]【】]{0,80}$")
_OPEN_ACTION = re.compile(r"(?:^|[\s。！？.!?])\*(?=[^\s*])[^*\n]{1,120}$")
_NUMBER_AFTER = re.compile(r"\d\s?[，、,.:：—]\s?$")
_WORD_AT_END = re.compile(r"[0-9A-Za-z.,:%$/@_-]{1,40}$")


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of the source text and where it begins."""

    char_start: int
    text: str

    @property
    def char_end(self) -> int:
        """One past its last character."""
        return self.char_start + len(self.text)


def weight(char: str) -> float:
    """How long a character takes to say, in Chinese characters."""
    return 1.0 if "\u2e80" <= char <= "\uffef" else LATIN_WEIGHT


def pieces(text: str) -> list[TextPiece]:
    """A whole line cut into pieces, where it would be cut if it came a character at a time."""
    segmenter = Segmenter()
    return segmenter.push(text) + segmenter.flush()


def cut_at_cues(cues: Sequence[Cue], found: Sequence[TextPiece]) -> list[TextPiece]:
    """Pieces cut once more where a cue's word begins, for a family that does not know where it is in a piece.

    A word is a run of letters and digits, or one Chinese character.
    """
    cut: list[TextPiece] = []
    for piece in found:
        rest = piece
        for cue in cues:
            at = _word_start(rest.text, cue.char - rest.char_start)
            if at > 0 and _speakable(rest.text[:at]):
                cut.append(TextPiece(rest.char_start, rest.text[:at]))
                rest = TextPiece(rest.char_start + at, rest.text[at:])
        cut.append(rest)
    return cut


class Segmenter:
    """Cuts text as it arrives. The pieces never overlap, come in order and only leave out what cannot be spoken."""

    def __init__(self) -> None:
        self._start = 0
        self._text = ""
        self._weight = 0.0
        self._emitted = 0
        self._hidden: tuple[str, int] | None = None
        """The tag whose contents are not spoken and that is open, and where it begins."""
        self._early: int | None = None
        """`early_end` of the text as it is, once it was asked for."""

    @property
    def waiting_chars(self) -> int:
        """Characters taken in that no piece has yet."""
        return len(self._text)

    def push(self, delta: str) -> list[TextPiece]:
        """Take more text; the pieces that are now certain."""
        found: list[TextPiece] = []
        self._early = None
        for char in delta:
            if self._ends_before(char):
                found.extend(self._cut(len(self._text)))
            self._text += char
            self._weight += 0.0 if self._hidden else weight(char)
            if char == ">":
                self._note_tag()
            if self._weight > LONGEST and not self._is_open():
                found.extend(self._cut(self._hard_end()))
        return found

    def flush(self) -> list[TextPiece]:
        """No more text: the rest, if anything in it can be spoken."""
        return self._cut(len(self._text))

    def cut_early(self) -> list[TextPiece]:
        """What can be spoken of the waiting text while its writer pauses: up to the last clause, else to a safe word."""
        return self._cut(self.early_end)

    @property
    def early_end(self) -> int:
        """Where the waiting text may be broken off when nothing more comes for a while; 0 where nowhere."""
        if self._early is None:
            self._early = self._find_early_end()
        return self._early

    def _note_tag(self) -> None:
        """A tag ends here: text that is not spoken may begin or end with it."""
        if self._hidden is not None:
            if re.search(rf"</{self._hidden[0]}\s*>$", self._text, re.IGNORECASE):
                self._hidden = None
        elif (opened := _HIDES.search(self._text[-200:])) is not None:
            self._hidden = (opened[1], len(self._text) - len(opened.group()))

    def _find_early_end(self) -> int:
        ends = [end for end in range(len(self._text), 0, -1) if self._closed(end)]
        clause = next((end for end in ends if self._is_clause(end)), 0)
        return clause or next((end for end in ends if self._is_safe_word(end)), 0)

    def _closed(self, end: int) -> bool:
        """Whether no bracket, in which there may be a reading, is open there or opens there."""
        text = self._text[:end]
        opened = sum(text.count(char) for char in _OPENERS) - sum(text.count(char) for char in _CLOSED_BY)
        if self._hidden is not None and end > self._hidden[1]:
            return False
        return opened <= 0 and self._text[end : end + 1] not in tuple(_OPENERS)

    def _is_clause(self, end: int) -> bool:
        """Whether a sentence or clause of some length ends there, as far as what follows is known."""
        text, after = self._text[:end], self._text[end : end + 1]
        said = text.rstrip(SPACES + CLOSERS)
        if said[-1:] not in MARKS or after.isspace() or after in tuple(SENTENCE_ENDS + CLAUSE_ENDS + CLOSERS):
            return False
        spaced = text[-1:].isspace()
        if (
            said[-1].isascii()
            and said[-1] != "\n"
            and not spaced
            and ((after.isascii() and after) or said[-2:-1].isdigit())
        ):
            return False
        return sum(map(weight, text)) >= FIRST_SENTENCE

    def _is_safe_word(self, end: int) -> bool:
        """Whether a word ends there that may be followed by a pause, and there is enough to say before it."""
        text, after = self._text[:end], self._text[end : end + 1]
        if sum(map(weight, text)) < EARLY_WORDS or after.isspace():
            return False
        if text[-1] in _PARTICLES:
            return weight(after) == 1.0 and after.isalpha() if after else False
        last = text.split()[-1] if text[-1] == " " and text.strip() else ""
        return len(last) >= _FULL_WORD and last.isalpha() and last.isascii()

    def _ends_before(self, char: str) -> bool:
        """Whether the text so far is a piece, now that the character after it is known."""
        spaced = self._text[-1:].isspace()
        if char.isspace() or char in MARKS or (char in CLOSERS and not spaced):
            return False
        mark = self._text.rstrip(SPACES + CLOSERS)[-1:]
        if mark not in MARKS or (mark.isascii() and mark != "\n" and not spaced and char.isascii()):
            return False  # an ASCII mark without a space after it is a decimal point, a time, an address
        sentence, clause = (NEXT_SENTENCE, NEXT_CLAUSE) if self._emitted else (FIRST_SENTENCE, FIRST_CLAUSE)
        return self._weight >= (sentence if mark in SENTENCE_ENDS else clause) and not self._holds(char)

    def _holds(self, char: str) -> bool:
        """Whether what comes before and after this place must be read together."""
        return self._is_open() or self._continues(char)

    def _is_open(self) -> bool:
        """Whether the text ends inside a bracket, a tag, or what a tag hides."""
        if self._hidden is not None:
            return True
        if self._weight > LONGEST_HELD:
            return False
        tail = self._text[-320:]
        if self._text.count("```") % 2 or _OPEN_BRACKET.search(tail):
            return True
        return ("<" in tail and _OPEN_TAG.search(tail) is not None) or (
            "*" in tail and _OPEN_ACTION.search(tail) is not None
        )

    def _continues(self, char: str) -> bool:
        """Whether the last mark is inside a number or an abbreviation, now that the next character is known."""
        tail = self._text[-24:]
        if (
            tail.rstrip()[-1:] in {"，", "、", ",", ".", ":", "：", "—"}
            and char.isdigit()
            and _NUMBER_AFTER.search(tail)
        ):
            return not tail[-1:].isspace() or tail.rstrip()[-1:] in {"—", "、"}
        if _ENTITY.search(tail):
            return True
        if "." not in tail[-3:]:
            return False
        if _TITLES.search(tail):
            return True
        if _NUMBERED.search(tail):
            return char.isdigit() or (char in "IVX#" and tail.rstrip()[-4:] != " no.")
        return _GOES_ON.search(tail) is not None and (char.islower() or char.isdigit())

    def _hard_end(self) -> int:
        """Where to cut text without punctuation: after its last space, or here, but not inside a number or a word."""
        least = max(len(self._text) // 2, self._text.rfind(">"))
        space = self._text.rstrip().rfind(" ")
        if space > least:
            return space + 1
        word = _WORD_AT_END.search(self._text)
        return word.start() if word is not None and word.start() > least else len(self._text)

    def _cut(self, end: int) -> list[TextPiece]:
        piece = TextPiece(self._start, self._text[:end])
        self._early = None
        self._start += end
        self._text = self._text[end:]
        self._weight = sum(map(weight, _HIDDEN.sub("", self._text)))
        if self._hidden is not None:
            self._hidden = (self._hidden[0], self._hidden[1] - end) if self._hidden[1] >= end else None
        if not _speakable(piece.text):
            return []
        self._emitted += 1
        return [piece]


def _speakable(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _word_start(text: str, char: int) -> int:
    """Where the word that holds a character, or the one after it, begins; -1 if there is none in the text."""
    if char < 0:
        return -1
    at = next((index for index in range(char, len(text)) if text[index].isalnum()), -1)
    while at > 0 and _is_part_of_word(text[at - 1]) and _is_part_of_word(text[at]):
        at -= 1
    return at


def _is_part_of_word(char: str) -> bool:
    """Whether a character is part of a word of several."""
    return char.isalnum() and weight(char) < 1
