"""English words that are written alike and said apart: read, live, record, separate. Neighbours tell which.

A few cue words on each side decide between noun and verb, or present and past; nothing is parsed. Where no
cue speaks, the commoner word wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DETERMINERS = _set("""the a an this that these those my your his her its our their some any no every each another which whose
    one's several many few all both new old first last next own same only big small great good bad long short""")
_BEFORE_VERB = _set("""to will would can could shall should may might must do does did don't doesn't didn't won't can't couldn't
    wouldn't shouldn't let's please i you we they who not never always i'll you'll we'll they'll he'll she'll it'll
    cannot gonna wanna just they'd i'd we'd you'd""")
_OBJECTS = _set("me him them us it you the a an my your his her our their this that these those")
_PREPOSITIONS = _set("of in on for with at by from about into under after before without")
_PAST = _set("""have has had having i've you've we've they've was were been be being is are hasn't haven't hadn't
    yesterday already he she it who've ever get gets got""")

_STRESS_PAIRS = _set("""record present project produce conduct contract conflict contest convert desert digest discount export extract
    import increase decrease insult permit protest rebel refund reject subject suspect transfer transport upgrade
    compound compress convict defect escort exploit incline object combat impact progress perfect addict affix
    ally consort construct contrast converse insert intern overlap purport recall relapse survey torment update
    records presents projects contracts conflicts contests deserts exports imports increases objects permits
    protests rebels refunds subjects suspects transfers upgrades insults""")
"""Nouns stressed in front whose verbs are stressed behind; both are in the dictionary."""
_ATE_PAIRS = _set("""separate estimate graduate duplicate moderate deliberate alternate advocate delegate associate appropriate
    animate elaborate coordinate subordinate approximate articulate aggregate predicate syndicate""")
"""Verbs whose nouns and adjectives end in a weak syllable."""


def _is_verb(before: Sequence[str], after: Sequence[str]) -> bool:
    """A verb behind to, an auxiliary or a subject, or at the front with an object behind it."""
    if before:
        if before[-1] in _DETERMINERS:
            return False
        if before[-1] in _BEFORE_VERB:
            return True
        return bool(after) and after[0] in _OBJECTS and before[-1] not in _PREPOSITIONS
    return bool(after) and after[0] in _OBJECTS


def _read(before: Sequence[str], after: Sequence[str]) -> str:
    past = bool(before) and (before[-1] in _PAST or set(before[-3:]) & {"have", "has", "had", "i've", "yesterday"})
    present = {"to", "will", "can", "could", "should", "would", "did", "didn't", "please", "let's", "must", "don't"}
    recent = bool({"yesterday", "ago", "already", "last"} & set(after[-6:]))
    return "R EH1 D" if (past or recent) and not set(before[-2:]) & present else "R IY1 D"


def _live(before: Sequence[str], after: Sequence[str]) -> str:
    broadcast = """stream streams streaming streamer concert show shows music event events broadcast tv audience chat
    performance album recording session feed video wire wires action coverage on from now today tonight"""
    adjective = bool(before) and before[-1] in {"a", "the", "go", "going", "went", "gone", "goes", "we're", "i'm", "this",
                                                "are", "is", "am", "was", "were", "it's", "my", "our", "your", "back"}  # fmt: skip
    follows = bool(after) and after[0] in set(broadcast.split()) - {"on", "from", "now", "today", "tonight"}
    return "L AY1 V" if adjective or (follows and not (before and before[-1] in _BEFORE_VERB)) else "L IH1 V"


def _lead(before: Sequence[str], after: Sequence[str]) -> str:
    metal = bool(after) and after[0] in {"pipe", "pipes", "paint", "poisoning", "pencil", "bullet", "bullets", "weight"}
    return "L EH1 D" if metal or (bool(before) and before[-1] in {"of", "molten", "contains"}) else "L IY1 D"


def _wind(before: Sequence[str], after: Sequence[str]) -> str:
    turned = bool(after) and after[0] in {"up", "down", "it", "back"} and not (before and before[-1] in _DETERMINERS)
    return "W AY1 N D" if turned or (bool(before) and before[-1] in _BEFORE_VERB) else "W IH1 N D"


def _wound(before: Sequence[str], after: Sequence[str]) -> str:
    turned = bool(after) and after[0] in {"up", "down", "around", "it", "back", "tight", "tightly"}
    return "W AW1 N D" if turned and not (before and before[-1] in _DETERMINERS) else "W UW1 N D"


def _tear(before: Sequence[str], after: Sequence[str]) -> str:
    ripped = bool(after) and after[0] in {"up", "down", "apart", "off", "it", "through", "into", "them", "out"}
    return "T EH1 R" if ripped or _is_verb(before, after) else "T IH1 R"


def _close(before: Sequence[str], after: Sequence[str]) -> str:
    near = bool(after) and after[0] in {
        "to",
        "friend",
        "friends",
        "call",
        "enough",
        "by",
        "up",
        "range",
        "fight",
        "race",
        "together",
    }
    measured = bool(before) and before[-1] in {
        "so",
        "too",
        "very",
        "that",
        "pretty",
        "this",
        "how",
        "is",
        "are",
        "was",
        "were",
        "really",
        "as",
    }
    verb = bool(before) and before[-1] in _BEFORE_VERB - {"just", "not", "always", "never"}
    return "K L OW1 S" if (near or measured) and not verb else "K L OW1 Z"


def _noun_or_verb(noun: str, verb: str) -> Callable[[Sequence[str], Sequence[str]], str]:
    return lambda before, after: verb if _is_verb(before, after) else noun


def _use(before: Sequence[str], after: Sequence[str]) -> str:
    noun = bool(before) and (
        before[-1] in _DETERMINERS | {"of", "in", "for"} or (before[-1] == "it's" and after[:1] == ["no"])
    )
    return "Y UW1 S" if noun else "Y UW1 Z"


def _bow(before: Sequence[str], after: Sequence[str]) -> str:
    bent = bool(after) and after[0] in {"down", "to", "before", "out"}
    taken = set(before[-2:]) & {"take", "took", "taking", "takes"}
    return "B AW1" if bent or taken or (bool(before) and before[-1] in _BEFORE_VERB) else "B OW1"


def _minute(_before: Sequence[str], after: Sequence[str]) -> str:
    tiny = bool(after) and after[0] in {
        "detail",
        "details",
        "amount",
        "amounts",
        "differences",
        "changes",
        "traces",
        "particles",
    }
    return "M AY0 N UW1 T" if tiny else "M IH1 N AH0 T"


_SPECIAL: dict[str, Callable[[Sequence[str], Sequence[str]], str]] = {
    "read": _read, "live": _live, "lead": _lead, "wind": _wind, "wound": _wound, "tear": _tear, "close": _close,
    "use": _use, "bow": _bow, "minute": _minute,
    "house": _noun_or_verb("HH AW1 S", "HH AW1 Z"), "excuse": _noun_or_verb("IH0 K S K Y UW1 S", "IH0 K S K Y UW1 Z"),
    "abuse": _noun_or_verb("AH0 B Y UW1 S", "AH0 B Y UW1 Z"), "resume": _noun_or_verb("R EH1 Z AH0 M EY2", "R IH0 Z UW1 M"),
    "content": _noun_or_verb("K AA1 N T EH0 N T", "K AH0 N T EH1 N T"), "refuse": lambda before, _: (
        "R EH1 F Y UW2 S" if before and before[-1] in {"the", "household"} else "R AH0 F Y UW1 Z"),
    "dove": lambda _, after: "D OW1 V" if after and after[0] in {"into", "in", "down", "for", "off"} else "D AH1 V",
    "bass": lambda before, after: "B AE1 S" if (after and after[0] == "fishing") or (before and before[-1] == "sea") else "B EY1 S",
}  # fmt: skip


def pronounce(words: Sequence[str], index: int, variants: Callable[[str], Sequence[str]]) -> str | None:
    """ARPAbet of words[index] by its neighbours, None when it has one reading only.

    `variants` gives the readings the dictionary has of a lower-case word, the first one first.
    """
    word = words[index].lower()
    if word not in _SPECIAL and word not in _STRESS_PAIRS and word not in _ATE_PAIRS:
        return None
    before = [other.lower() for other in words[max(0, index - 6) : index]]
    after = [other.lower() for other in words[index + 1 : index + 7]]
    if word in _SPECIAL:
        return _SPECIAL[word](before, after)
    verb = _is_verb(before, after)
    wanted = _stressed_behind if word in _STRESS_PAIRS else _full_ending
    return next((said for said in variants(word) if wanted(said) == verb), None)


def _stressed_behind(said: str) -> bool:
    """Whether the main stress is not on the first vowel."""
    stresses = re.findall(r"\d", said)
    return "1" in stresses and stresses.index("1") > 0


def _full_ending(said: str) -> bool:
    """Whether it ends in EY T."""
    return bool(re.search(r"EY\d T$", said))
