"""The laws of a reading, for the tests and for the long run: `python -m tests.model.text.laws 100000` (`make fuzz-text`).

The long run reads texts of 200 characters at most, of any characters and of those that have rules, and says how long
each took, what memory grew to, and what broke a law. Every text is a pure function of its number. As in a process that
serves, the garbage collector does not look through the dictionaries, which takes it longer than any text takes.
"""

from __future__ import annotations

import gc
import random
import resource
import statistics
import sys
import time
from itertools import pairwise

from oncue.model.text.frontend import Reading, read, warm
from oncue.model.text.phones import INDEX, NUM_TONES, PAUSES
from oncue.streaming.protocol.errors import OnCueError

LONGEST = 200
_PIECES = [
    "version",
    "won ",
    "call ",
    "号",
    "$",
    "10",
    "5-",
    "1.5",
    "ab",
    "我",
    "的",
    "3/4",
    "12:30",
    "km/h",
    "（笑）",
    "**",
    "<b>",
    "</b>",
    "[pause 1s]",
    "Dr. ",
    "St. ",
    "IV ",
    "Chapter ",
    "2024-",
    "電",
    "&amp;\n",
    "```",
    "\\",
    "\n- ",
    "(sighs)",
    "1,000",
    "%",
    "℃",
    '"',
    "A ",
    "the ",
    "read ",
    "wind ",
    "行",
    "长",
    "重",
    "得",
    "还",
    "没",
    "不",
    "一",
    "http://a.b/",
    "@x",
    "#y",
    "v1.",
    "e.g. ",
    "p.m. ",
    "0x",
    "^2",
    "x²",
    "T_T",
    "$x^2$",
    "\\frac{1}{2}\n",
    "/usr/bin",
    "TX 7",
    "Sat ",
    "1h 3",
    "sq ft",
    "第",
    "2",
    "两",
    "银行",
    "(yin2",
    ")",
    "打(dǎ)",
    "T AH0",
    "DE5",
    "~",
    "<5",
    "≥",
    "½ ",
    "，",
    "。",
    "！",
    "…",
    "—",
    "<think>",
    "</think>",
    "<say-as interpret-as='digits'>\n",
    "00:01:02,003 --> 00:01:03,004\n",
    "[00:12]",
    "电话",
    "验证码",
    "密码",
    "房间",
    "比分",
    "以",
    "血压",
    "mg/dL",
    "/天",
    "per",
    "€",
    "£1.2M",
    "bn",
    "k",
    "元",
    "万",
    "亿",
    "%-",
    "’",
    "😀",
    "🏽",
    "́",
    "\u200d",
    "\u202e",
    "ß",
    "é",
    "Я",
    "カ",
    "안",
    "א",
]
_ALPHABET = "0123456789.,:;/-–—~%$€£¥+*=^_<>()[]{}（）【】\"'`#@&|\\ \nabcdeiszAMPVXIK第年月日点元号次两一二三十百万亿比我的行长，。！？、½²℃°√±≠≤"


def check(reading: Reading) -> None:
    """Phones are known, in order, within the text, and cover its words; pauses never meet, and the line ends once."""
    phones = reading.phones
    assert phones[0].word == 0
    assert phones[0].word_start
    assert phones[-1].symbol in {".", "?", "!"}
    assert [phone.char_start for phone in phones] == sorted(phone.char_start for phone in phones)
    for before, after in pairwise(phones):
        assert not (before.symbol in PAUSES and after.symbol in PAUSES)
    for phone in phones:
        assert phone.symbol in INDEX
        assert 0 <= phone.tone < NUM_TONES
        assert 0 <= phone.char_start <= phone.char_end <= len(reading.text)
        assert (phone.word is None) == (phone.symbol in PAUSES)
    assert [word.text for word in reading.words] == [reading.text[w.char_start : w.char_end] for w in reading.words]
    assert {phone.word for phone in phones if phone.word is not None} == set(range(len(reading.words)))


def text_of(number: int) -> str:
    """A text by its number: of any Unicode, of characters that have rules, of pieces that have, or one thing again and again."""
    rng = random.Random(number)
    size = rng.randint(1, LONGEST)
    kind = rng.random()
    if kind < 0.3:
        chars = (
            chr(rng.choice((rng.randrange(0x110000), rng.randrange(0x3000), rng.randrange(0x4E00, 0xA000))))
            for _ in range(size)
        )
        return "".join(chars)
    if kind < 0.5:
        return "".join(rng.choice(_ALPHABET) for _ in range(size))
    several = _PIECES if kind < 0.85 else [rng.choice(_PIECES) for _ in range(rng.randint(1, 4))]
    made = ""
    while len(made) < size:
        made += rng.choice(several)
    return made[:size]


def read_by_law(text: str, language: str) -> bool:
    """Whether a text was read and not refused. Raises AssertionError where it is neither."""
    try:
        reading = read(text, language)
    except (ValueError, OnCueError) as error:
        refusal = str(error)
    else:
        refusal = ""
        check(reading)
    assert not refusal or refusal.endswith("."), "a refusal is a sentence"
    return not refusal


def main(first: int, count: int) -> int:
    """Read the texts from a number on; the number of those that broke a law."""
    warm()
    gc.collect()
    gc.freeze()
    broken = refused = 0
    spent: list[float] = []
    began = _memory_mb()
    for number in range(first, first + count):
        text, language = text_of(number), ("auto", "zh", "en")[number % 3]
        start = time.process_time()
        try:
            refused += not read_by_law(text, language)
        except Exception as error:  # noqa: BLE001 (whatever is raised is what this looks for)
            broken += 1
            print(f"text {number} in {language}: {type(error).__name__}")
        spent.append(1000 * (time.process_time() - start))
    worst = max(range(count), key=spent.__getitem__)
    print(
        f"{count} texts from {first}: {broken} broke a law, {refused} refused, median {statistics.median(spent):.2f} ms, "
        f"99 of 100 in {sorted(spent)[int(0.99 * count)]:.1f} ms, worst {spent[worst]:.1f} ms (text {first + worst}), "
        f"memory {began:.0f} MB before and {_memory_mb():.0f} MB at most"
    )
    return broken


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[2]) if len(sys.argv) > 2 else 0, int(sys.argv[1])) > 0)
