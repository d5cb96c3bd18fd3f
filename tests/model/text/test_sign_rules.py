"""Signs between what they join, and where they join nothing."""

from __future__ import annotations

import pytest

from tests.model.text.reading import words


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("5>3", "zh", "五大于三"),
        ("> 你好", "zh", "你好"),
        ("a≠b", "zh", "A 不等于b"),
        ("x ≤ 10", "en", "x is less than or equal to ten"),
        ("he -> she", "en", "he she"),
        ("C++", "en", "C plus plus"),
        ("Q & A", "en", "Q and A"),
        ("5月1日-5月7日", "zh", "五月一日到五月七日"),
        ("周一-周五", "zh", "周一到周五"),
        ("北京-上海", "zh", "北京-上海"),
        ("Monday-Friday", "en", "Monday to Friday"),
        ("well-known", "en", "well-known"),
        ("#1", "en", "number one"),
        ("#win", "en", "hashtag win"),
        ("@ann", "en", "at ann"),
        ("5 @ 3", "en", "five at three"),
        ("wait...what", "en", "wait...what"),
        ("3 pills/day", "en", "three pills per day"),
        ("yes/no", "en", "yes/no"),
        ("72次/分", "zh", "七十二次每分"),
        ("房租3500/月", "zh", "房租三千五百每月"),
        ("和/或", "zh", "和/或"),
        ("~50 people", "en", "about fifty people"),
        ("so~", "en", "so~"),
        ("<5 min", "en", "less than five minutes"),
        ("3 < 5", "en", "three is less than five"),
        ("2x - 3 = 0", "en", "two X minus three equals zero"),
        ("Room 2x - then", "en", "Room two X - then"),
        ("n/2 = 4", "en", "n over two equals four"),
        ("and/or", "en", "and/or"),
        ("|-5| = 5", "en", "the absolute value of negative five | equals five"),
        ("π ≈ 3", "en", "pi is about three"),
        ("αβγ", "en", "αβγ"),
        ("§ 4.2", "en", "section four point two"),
        ("见§3", "zh", "见第三节"),
        ("in B♭", "en", "in B flat"),
        ("♭ alone", "en", "♭ alone"),
        ("facts², and", "en", "facts, and"),
        ("x² and", "en", "X squared and"),
        ("$AAPL", "en", "A A P L"),
        ("$5", "en", "five dollars"),
        ("#FF5733", "en", "hash F F five seven three three"),
        ("#FACADE", "en", "hashtag FACADE"),
        ("press #", "en", "press pound"),
        ("# of", "en", "of"),
        ("按#键", "zh", "按井号键"),
        ("#话题#", "zh", "#话题#"),
        ("~/notes.txt", "en", "tilde slash notes dot T X T"),
        ("done ./.", "en", "done ./."),
        ("10cm*20cm", "zh", "十厘米乘二十厘米"),
        ("攻击+50，防御-10", "zh", "攻击加五十，防御减十"),
        ("歼-20", "zh", "歼二十"),
        ("早上8:00-晚上10:30", "zh", "早上八点到晚上十点三十分"),
        ("Jan 6 - Feb 3", "en", "January sixth to February third"),
        ("Jan - the best", "en", "Jan - the best"),
        ("∠A", "zh", "角A"),
        ("℃", "zh", "摄氏度"),
    ],
)
def test_signs_by_what_stands_beside_them(text: str, language: str, said: str) -> None:
    got = words(text, language)
    assert (got == said) if language == "en" else ("".join(got.split()) == "".join(said.split()))
