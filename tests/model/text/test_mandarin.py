"""Readings in context and tone sandhi."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.text.mandarin import Syllable, read_run, segment, syllable_phones


def read(chars: str) -> tuple[Syllable, ...]:
    return read_run(chars, (None,) * len(chars))


def pinyin(chars: str) -> str:
    return " ".join(syllable.pinyin or "-" for syllable in read(chars))


def spoken(chars: str) -> str:
    return " ".join(syllable.spoken or "-" for syllable in read(chars))


@pytest.mark.parametrize(
    ("chars", "expected"),
    [
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("他长大了", "ta1 zhang3 da4 le5"),
        ("头发很长", "tou2 fa5 hen3 chang2"),
        ("音乐快乐", "yin1 yue4 kuai4 le4"),
        ("大都市", "da4 du1 shi4"),
        ("重新重要", "chong2 xin1 zhong4 yao4"),
        ("睡觉觉得", "shui4 jiao4 jue2 de5"),
        ("还书还是", "huan2 shu1 hai2 shi4"),
        ("你得去", "ni3 dei3 qu4"),
        ("跑得快", "pao3 de5 kuai4"),
        ("慢慢地走", "man4 man4 de5 zou3"),
        ("着急地看着", "zhao2 ji2 de5 kan4 zhe5"),
    ],
)
def test_a_reading_depends_on_the_word(chars: str, expected: str) -> None:
    assert pinyin(chars) == expected


@pytest.mark.parametrize(
    ("chars", "expected"),
    [
        ("你好", "ni2 hao3"),
        ("展览馆", "zhan2 lan2 guan3"),
        ("小老虎", "xiao3 lao2 hu3"),
        ("我很好", "wo3 hen2 hao3"),
        ("我想买两把雨伞", "wo2 xiang3 mai2 liang2 ba3 yu2 san3"),
        ("老师", "lao3 shi1"),
    ],
)
def test_third_tones_in_a_row_rise(chars: str, expected: str) -> None:
    assert spoken(chars) == expected


@pytest.mark.parametrize(
    ("chars", "expected"),
    [
        ("一个", "yi2 ge4"),
        ("一定", "yi2 ding4"),
        ("一天", "yi4 tian1"),
        ("一起", "yi4 qi3"),
        ("第一名", "di4 yi1 ming2"),
        ("二十一", "er4 shi2 yi1"),
        ("看一看", "kan4 yi5 kan4"),
        ("不是", "bu2 shi4"),
        ("不好", "bu4 hao3"),
        ("好不好", "hao3 bu5 hao3"),
    ],
)
def test_yi_and_bu_follow_what_comes_after(chars: str, expected: str) -> None:
    assert spoken(chars) == expected


def test_the_dictionary_reading_is_kept_beside_the_spoken_one() -> None:
    assert pinyin("一个不是你好") == "yi1 ge4 bu4 shi4 ni3 hao3"


def test_erhua_is_neutral_and_a_child_keeps_its_tone() -> None:
    assert spoken("玩儿").endswith("er5")
    assert spoken("这儿").endswith("er5")
    assert spoken("女儿") == "nv3 er2"
    assert spoken("儿子") == "er2 zi5"


def test_a_reading_the_text_fixes_is_spoken_as_given() -> None:
    fixed = read_run("你好", ("ni3", None))
    assert [syllable.spoken for syllable in fixed] == ["ni3", "hao3"]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=30))
def test_any_characters_give_one_syllable_each_and_known_phones(chars: str) -> None:
    assert "".join(segment(chars)) == chars
    syllables = read(chars)
    assert "".join(syllable.char for syllable in syllables) == chars
    assert all(syllable_phones(syllable.spoken) for syllable in syllables if syllable.spoken)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet="一不你好我很想买伞个是儿看子老", min_size=1, max_size=20))
def test_sandhi_changes_tones_and_never_sounds(chars: str) -> None:
    for syllable in read(chars):
        assert syllable.pinyin is not None
        assert syllable.spoken is not None
        assert syllable.pinyin[:-1] == syllable.spoken[:-1]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.text(alphabet="你好我很想买伞老虎水果", min_size=2, max_size=20))
def test_sandhi_leaves_no_three_third_tones_in_a_row(chars: str) -> None:
    tones = "".join((syllable.spoken or "0")[-1] for syllable in read(chars))
    assert "333" not in tones
