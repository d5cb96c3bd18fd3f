from __future__ import annotations

from oncue.model.training.evaluate.ears import edits, heard_last, words_of


def test_mandarin_is_compared_by_toned_syllables_so_another_character_of_the_same_sound_is_right() -> None:
    assert words_of("她来了。", "zh") == words_of("他来了", "zh")
    assert words_of("妈", "zh") != words_of("马", "zh")


def test_english_is_compared_by_words_without_marks() -> None:
    assert words_of("Well, don't go!", "en") == ["well", "don't", "go"]


def test_errors_are_what_must_be_changed() -> None:
    assert edits(["a", "b", "c"], ["a", "c"]) == 1
    assert edits(["a", "b"], ["b", "a"]) == 2
    assert edits([], ["x"]) == 1
    assert edits(["x", "y"], ["x", "y"]) == 0


def test_the_last_word_may_be_followed_by_one_that_was_made_up() -> None:
    assert heard_last("Close the gate.", "close the gate now", "en")
    assert not heard_last("Close the gate.", "close the", "en")
