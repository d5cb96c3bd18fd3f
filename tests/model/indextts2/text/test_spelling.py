"""Lines as the pieces want them, and that every character still knows its source."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.model.indextts2.text.spelling import correct_pinyin, spell, spellable
from oncue.model.text import dictionary

LAW = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def spelled(text: str, language: str = "auto") -> str:
    return "".join(glyph.char for glyph in spell(text, language))


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("你好，World。", "你 好 ,WORLD."),
        ("他说：“走！”", "他 说 ,' 走 !'"),
        ("等等……好", "等 等 ... 好"),
        ("爱丽丝·梅", "爱 丽 丝 - 梅"),
        ("it's Ann's", "IT IS ANN'S"),
        ("That’s  it", "THAT IS IT"),
        ("one\ntwo", "ONE. TWO"),
        ("one.\ntwo", "ONE. TWO"),
        ("  spaces   and\ttabs ", "SPACES AND TABS"),
    ],
)
def test_marks_spaces_and_capitals(text: str, want: str) -> None:
    assert spelled(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("我有3个", "我 有 三 个"),
        ("GPT-4很好", "GPT- 四 很 好"),
        ("COVID-19疫情", "COVID- 十 九 疫 情"),
        ("I have 3 cats", "I HAVE THREE CATS"),
        ("Take 3, or 4!", "TAKE THREE, OR FOUR!"),
    ],
)
def test_numbers_are_words_and_hyphens_after_letters_are_no_signs(text: str, want: str) -> None:
    assert spelled(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("之前你做DE5很好", "之 前 你 做 DE5 很 好"),
        ("之前你做de5很好", "之 前 你 做 DE5 很 好"),
        ("下雪(xuě)了", "下 XVE3 了"),
        ("打(da3)印(yin4)。", "DA3 YIN4."),
        ("银行(yin2hang2)", "YIN2 HANG2"),
        ("<银行|YIN2 HANG2>开门", "YIN2 HANG2 开 门"),
        ("<行|ABC>", "行"),
        ("这是A4纸和MP3", "这 是 A 四 纸 和 MP 三"),
    ],
)
def test_pronunciations_take_the_place_of_their_characters_and_nothing_else_does(text: str, want: str) -> None:
    assert spelled(text) == want


@pytest.mark.parametrize(
    "text", ["a tomato(T AH0 M AA1 T OW2) soup", "a tomato（T AH0 M AA1 T OW2）", "我a tomato(T OW2)"]
)
def test_english_phones_in_brackets_are_refused_with_their_place_and_never_left_out_in_silence(text: str) -> None:
    place = text.index("tomato") + 1
    with pytest.raises(ValueError, match=rf"phones: at character {place}, leave"):
        spell(text)


def test_any_number_of_pronunciations_stay_themselves() -> None:
    assert spelled("好MA1" * 40).split() == ["好", "MA1"] * 40


@pytest.mark.parametrize(
    ("numbered", "want"),
    [
        ("ju2", "JV2"),
        ("quan2", "QVAN2"),
        ("xue3", "XVE3"),
        ("lü4", "LV4"),
        ("nve4", "NVE4"),
        ("zhu1", "ZHU1"),
        ("yu2", "YU2"),
        ("jiu3", "JIU3"),
        ("xiong2", "XIONG2"),
        ("qiu1", "QIU1"),
    ],
)
def test_v_is_written_wherever_it_is_said_after_j_q_and_x(numbered: str, want: str) -> None:
    assert correct_pinyin(numbered) == want


def test_every_character_knows_what_it_stands_for() -> None:
    text = "有327个<字|ZI4>。It's"
    source = {glyph.char: text[glyph.start : glyph.end] for glyph in spell(text) if glyph.char != " "}
    assert (source["有"], source["百"], source["Z"], source["."]) == ("有", "327", "<字|ZI4>", "。")
    assert source["S"] == "'s"


@LAW
@given(st.text(st.sampled_from("你好 aB3.,，。-·'“…<|>(MA1)\n年%￥:/"), max_size=30))
def test_spans_lie_in_the_text_and_never_go_back(text: str) -> None:
    glyphs = spell(text)
    assert all(0 <= glyph.start <= glyph.end <= len(text) for glyph in glyphs)
    starts = [glyph.start for glyph in glyphs if glyph.char != " "]
    assert starts == sorted(starts)
    said = "".join(glyph.char for glyph in glyphs)
    assert said == said.strip(" ")
    assert "  " not in said


def test_a_pronunciation_that_cannot_be_read_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match="character 2"):
        spell("打(dǎqqq)")


def test_chinese_words_of_a_dictionary_are_spelled_as_it_says_and_english_phones_are_refused() -> None:
    own = spellable(dictionary.parse("重庆\tzhong4 qing3"))
    assert "".join(glyph.char for glyph in spell("重庆很大", dictionary=own)) == "ZHONG4 QING3 很 大"
    with pytest.raises(ValueError, match="1 words of the dictionary"):
        spellable(dictionary.parse("重庆\tzhong4 qing3\nOnCue\tAA1 N"))
