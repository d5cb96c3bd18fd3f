import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.streaming.engine.segmenter import LONGEST, Segmenter, TextPiece, cut_at_cues, pieces, weight
from oncue.streaming.timing.targets import Cue

texts = st.text(alphabet="ab c3,.，。！\n”好天…", max_size=300)
long_texts = st.lists(
    st.sampled_from(["今天天气很好，", "我们走吧。", "Hello you, ", "Dr. Who is 3.14. ", "「对！」"]), max_size=40
)


def by_character(text: str) -> list[tuple[int, str]]:
    segmenter = Segmenter()
    found = [piece for char in text for piece in segmenter.push(char)] + segmenter.flush()
    return [(piece.char_start, piece.text) for piece in found]


@given(st.one_of(texts, long_texts.map("".join)))
def test_text_that_comes_a_character_at_a_time_is_cut_like_the_whole(text: str) -> None:
    segmenter = Segmenter()
    whole = segmenter.push(text) + segmenter.flush()
    assert by_character(text) == [(piece.char_start, piece.text) for piece in whole]


@given(st.one_of(texts, long_texts.map("".join)))
def test_pieces_keep_their_place_and_leave_out_only_what_cannot_be_spoken(text: str) -> None:
    at = 0
    for piece in pieces(text):
        assert text[piece.char_start : piece.char_end] == piece.text
        assert not any(char.isalnum() for char in text[at : piece.char_start])
        at = piece.char_end
    assert not any(char.isalnum() for char in text[at:])


@given(texts)
def test_no_piece_is_longer_than_the_limit(text: str) -> None:
    assert all(sum(map(weight, piece.text)) <= LONGEST + 1 for piece in pieces(text * 3))


@given(st.one_of(texts, long_texts.map("".join)))
def test_a_line_that_comes_whole_is_cut_where_one_that_comes_in_parts_is(text: str) -> None:
    assert [(piece.char_start, piece.text) for piece in pieces(text)] == by_character(text)


def test_a_sentence_with_a_short_first_clause_stays_whole() -> None:
    line = "今天天气很好，我们走吧！"
    assert [piece.text for piece in pieces(line)] == [line]


def test_a_long_line_is_cut_after_sentences_and_their_closing_quotes() -> None:
    line = "他说：“我们今天晚上一起去公园散步吧。”" * 5
    assert all(piece.text.endswith("。”") or piece.text.endswith("：") for piece in pieces(line))


def test_decimal_points_and_addresses_are_not_ends() -> None:
    segmenter = Segmenter()
    assert segmenter.push("It costs about 3.14 dollars at example.com/path:80 today") == []


def test_the_first_piece_is_certain_at_its_first_sentence_end() -> None:
    segmenter = Segmenter()
    assert segmenter.push("你好啊。") == []
    assert [piece.text for piece in segmenter.push("今")] == ["你好啊。"]
    assert segmenter.waiting_chars == 1


def test_text_without_any_mark_is_cut_at_spaces() -> None:
    assert all(piece.text.endswith("word ") for piece in pieces("word " * 100)[:-1])


@pytest.mark.parametrize(
    ("text", "early"),
    [
        ("Hello, ", "Hello, "),
        ("Hello.", "Hello."),
        ("Well, I think", "Well, "),
        ("the quick brown fox jumps over the lazy", "the quick brown fox jumps over "),
        ("say tomato again and again with tomato(T AH0 M", "say tomato again and again with "),
        ("我觉得今天的天气很好", ""),
        ("我们今天要去看的那个电影", "我们今天要去看的"),
        ("It costs 3.", ""),
        ("and so", ""),
        ("", ""),
    ],
)
def test_a_slow_writer_is_broken_off_after_a_clause_or_a_full_word_but_never_inside_one(text: str, early: str) -> None:
    segmenter = Segmenter()
    segmenter.push(text)
    assert "".join(piece.text for piece in segmenter.cut_early()) == early
    assert segmenter.waiting_chars == len(text) - len(early)


@given(st.text(alphabet="ab c3,.，(）的)好天 word", max_size=60), st.integers(0, 60))
def test_breaking_off_early_loses_and_doubles_nothing(text: str, at: int) -> None:
    segmenter = Segmenter()
    found = segmenter.push(text[:at]) + segmenter.cut_early() + segmenter.push(text[at:]) + segmenter.flush()
    spoken = [index for piece in found for index in range(piece.char_start, piece.char_end)]
    assert len(spoken) == len(set(spoken))
    assert all(text[piece.char_start : piece.char_end] == piece.text for piece in found)
    assert {index for index, char in enumerate(text) if char.isalnum()} <= set(spoken)


@pytest.mark.parametrize(
    ("text", "char", "cut"),
    [
        ("one two three", 4, ["one ", "two three"]),
        ("one two three", 6, ["one ", "two three"]),
        ("one two three", 3, ["one ", "two three"]),
        ("one two", 0, ["one two"]),
        ("one two", 7, ["one two"]),
        ("我们去公园", 2, ["我们", "去公园"]),
    ],
)
def test_text_is_cut_before_the_word_of_a_cue(text: str, char: int, cut: list[str]) -> None:
    found = cut_at_cues([Cue(char + 10, 1.0)], [TextPiece(10, text)])
    assert [piece.text for piece in found] == cut
    assert [piece.char_start for piece in found] == [10 + text.index(part) for part in cut]


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("We all went to see Dr. Shaw at noon.", "Dr. Shaw"),
        ("He lives quite near Mr. J. R. Hill now.", "Mr. J. R. Hill"),
        ("Please have a look at Fig. 2 below.", "Fig. 2"),
        ("It is a symphony in C minor, Op. 67 by him.", "Op. 67"),
        ("It ended at nine a.m. on Monday.", "a.m. on"),
        ("今天的会议室是在三楼的301，302，303里面。", "301，302，303"),
        ("我们公司从1998—2008年一直在这里。", "1998—2008"),
        ("他想了很久。（笑了笑。然后说）好吧。", "（笑了笑。然后说）"),
        ("Hello there. <think>One. Two. Three! Four?</think> So be it.", "<think>One. Two. Three! Four?</think>"),
        ('Well, hello. <sub alias="A. B. C.">x</sub> is here.', '<sub alias="A. B. C.">'),
        ("Hello there. *turns. Then sits down.* So.", "*turns. Then sits down.*"),
    ],
)
def test_what_must_be_read_together_is_in_one_piece_however_it_comes(text: str, together: str) -> None:
    assert any(together in piece for _, piece in by_character(text))


def test_a_sentence_may_end_with_an_abbreviation_or_a_number() -> None:
    assert by_character("Come at nine a.m. Bring the dog with you.")[0][1].strip() == "Come at nine a.m."
    assert by_character("The answer was no. That was all.")[0][1].strip() == "The answer was no."
    assert by_character("It was chapter 3. Then he slept.")[0][1].strip() == "It was chapter 3."


def test_text_without_marks_is_not_cut_inside_a_number() -> None:
    text = "这是一段没有任何标点符号的文字" * 5 + "一共是12345678元" + "还有很多很多的文字" * 5
    assert any("12345678" in piece for _, piece in by_character(text))


def test_hidden_text_is_kept_together_however_long_it_is_and_brackets_are_not() -> None:
    thought = f"<think>{'One more thing. ' * 100}</think>Yes."
    assert [piece for _, piece in by_character(thought)] == [thought]
    assert len(by_character("(" + "never closed. " * 100)) > 1
