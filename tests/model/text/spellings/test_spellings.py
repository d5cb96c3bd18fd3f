"""Words that are not said as they are spelt, each with one that is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.spellings.romans import roman_value
from tests.model.text.reading import sounds, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Main St. near here", "Main street near here"),
        ("St. Patrick", "saint Patrick"),
        ("Maple Dr. is long", "Maple drive is long"),
        ("Dr. Shaw is in", "doctor Shaw is in"),
        ("No. 5", "number five"),
        ("No. I said no.", "No. I said no."),
        ("J. R. R. Hill", "J R R Hill"),
        ("plan B. Then go", "plan B. Then go"),
        ("World War II", "World War two"),
        ("Henry VIII had", "Henry the eighth had"),
        ("So did I. Yes", "So did I. Yes"),
        ("the part I like", "the part I like"),
        ("Vitamin C", "Vitamin C"),
        ("an IV drip", "an IV drip"),
        ("v1.0", "V one point zero"),
        ("www.example.org", "W W W dot example dot org"),
        ("It ended.So we left", "It ended.So we left"),
        ("a report_v2.pdf", "a report V two dot P D F"),
        ("iOS", "I O S"),
        ("an F-16", "an F-sixteen"),
        ("Sept. 5", "September fifth"),
        ("The cat sat. The dog ran.", "The cat sat. The dog ran."),
        ("Mt Hood", "mount Hood"),
        ("Gen Z", "Gen Z"),
        ("Vol 3", "volume three"),
        ("Vol is high", "Vol is high"),
        ("No, I see", "No, I see"),
        ("Part I, then", "Part one , then"),
        ("r/AskReddit", "R slash AskReddit"),
        ("or/and", "or/and"),
        ("H2SO4", "H two S O four"),
        ("my PS5", "my PS five"),
        ("Na+ and", "N A plus and"),
        ("A NaN", "A NaN"),
        ("Lv. 30", "level thirty"),
        ("Lv is", "Lv is"),
        ("T-10 minutes", "T minus ten minutes"),
        ("T-34 tank", "T-thirty four tank"),
        ("C# minor", "C sharp minor"),
        ("Grade C #1", "Grade C number one"),
        ("F#m and C", "F sharp minor and C"),
        ("Am, F, C", "A minor , F, C"),
        ("Am I late", "Am I late"),
        ("per km²", "per square kilometer"),
        ("x²", "X squared"),
        ("order AB-1029-C", "order A B, one zero two nine, C"),
        ("an AB-10", "an AB-ten"),
        ("code SAVE20", "code save two zero"),
        ("we SAVE20 of", "we SAVE twenty of"),
        ("US-101", "US-one oh one"),
        ("x-1", "X minus one"),
        ("i7-12700K", "I seven, one two seven zero zero K"),
        ("S02E05", "season two episode five"),
        ("S02", "S oh two"),
        ("O- blood", "O negative blood"),
        ("got a B-", "got a B minus"),
        ("A - no", "A - no"),
        ("f/2.8", "F two point eight"),
        ("if/2", "if/ two"),
        ("H.264", "H two six four"),
        ("MMXXIV", "twenty twenty four"),
        ("MIX it", "MIX it"),
        ("x^n", "X to the power of N"),
        ("n! = 6", "N factorial equals six"),
        ("n! Yes", "n! Yes"),
        ("q8h", "every eight hours"),
        ("q8", "q eight"),
        ("CHF", "CHF"),
    ],
)
def test_words_and_their_doubles(text: str, said: str) -> None:
    assert words(text, "en") == said


def test_a_is_a_letter_where_no_article_can_stand() -> None:
    assert ("EY", 7) in sounds("Plan A is ready.", "en")
    assert ("EY", 7) in sounds("He got an A.", "en")
    assert ("EY", 7) not in sounds("A man sat.", "en")
    assert ("EY", 7) not in sounds("Once Upon A Time", "en")


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 89))
def test_the_numerals_of_the_romans_add_up(number: int) -> None:
    parts = ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    written, left = "", number
    for value, sign in parts:
        while left >= value:
            written, left = written + sign, left - value
    assert roman_value(written) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("航班CA1831", "航班 C A 幺八三幺"),
        ("型号CA1831", "型号 C A 一八三一"),
        ("穿XL码", "穿XL码"),
        ("第XL章", "第四十章"),
        ("我Lv.60了", "我六十级了"),
        ("共90㎡", "共九十平方米"),
        ("x²=9", "X 的平方等于九"),
        ("降B♭调", "降降 B 调"),
        ("CO₂排放", "C O 二排放"),
    ],
)
def test_letters_among_chinese_and_their_doubles(text: str, said: str) -> None:
    assert "".join(words(text, "zh").split()) == "".join(said.split())
