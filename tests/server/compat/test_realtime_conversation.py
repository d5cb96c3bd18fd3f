from __future__ import annotations

import pytest

from oncue.server.compat import realtime_conversation
from oncue.server.compat.realtime_conversation import (
    Conversation,
    Item,
    Message,
    Part,
    Spoken,
    message_of,
    to_speak,
)  # fmt: skip
from oncue.streaming.protocol.errors import BadMessage, DuplicateId, UnknownId


def wrote(role: str, text: str, name: str | None = None) -> Item:
    return Item(role=role, content=(Part(text=text),), id=name)


def history(*written: tuple[str, str]) -> Conversation:
    conversation = Conversation()
    for number, (role, text) in enumerate(written):
        conversation.add(message_of(wrote(role, text, str(number))))
    return conversation


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ([], ""),
        ([("user", "a")], "a"),
        ([("user", "a"), ("user", "b")], "a\nb"),
        ([("user", "a"), ("assistant", "b"), ("user", "c")], "c"),
        ([("system", "be kind"), ("user", "a"), ("developer", "be quick"), ("user", "b")], "a\nb"),
        ([("user", "a"), ("assistant", "b")], ""),
    ],
)
def test_what_the_user_wrote_behind_the_last_answer_is_spoken(written: list[tuple[str, str]], spoken: str) -> None:
    assert to_speak(history(*written).read(None)) == spoken


def test_an_input_of_its_own_takes_the_place_of_the_conversation_and_may_name_what_is_in_it() -> None:
    conversation = history(("user", "a"), ("user", "b"))
    asked = (Item("item_reference", "1"), wrote("user", "c"))
    assert to_speak(conversation.read(asked)) == "b\nc"
    assert to_speak(conversation.read(())) == ""
    with pytest.raises(UnknownId):
        conversation.read((Item("item_reference", "9"),))


def test_items_stand_where_they_were_put() -> None:
    conversation = history(("user", "a"), ("user", "b"))
    assert conversation.add(message_of(wrote("user", "first", "x")), "root") is None
    assert conversation.add(message_of(wrote("user", "between", "y")), "0") == "0"
    assert conversation.add(message_of(wrote("user", "last", "z"))) == "1"
    assert to_speak(conversation.read(None)) == "first\na\nbetween\nb\nlast"
    conversation.remove("y")
    assert to_speak(conversation.read(None)) == "first\na\nb\nlast"
    with pytest.raises(DuplicateId):
        conversation.add(message_of(wrote("user", "again", "x")))
    with pytest.raises(UnknownId):
        conversation.remove("y")
    with pytest.raises(UnknownId):
        conversation.add(message_of(wrote("user", "c")), "y")


@pytest.mark.parametrize(
    "item",
    [
        Item("function_call_output"),
        Item(role="user"),
        wrote("narrator", "a"),
        Item(role="user", content=(Part("input_audio"),)),
        Item(role="user", content=(Part("input_text"),)),
    ],
)
def test_what_is_no_message_of_text_is_refused(item: Item) -> None:
    with pytest.raises(BadMessage):
        message_of(item)


def test_a_cut_leaves_the_words_that_had_begun() -> None:
    spoken = Spoken(1000, [(100, 3), (400, 7), (800, 12)], 1000, 13)
    message = Message("m", "assistant", ("One two three",), spoken=spoken)
    heard = []
    for end in (2000, 801, 800, 400, 0):
        spoken.cut(end)
        heard.append((spoken.samples, message.transcript))
    assert heard == [(1000, "One two thre"), (801, "One two thre"), (800, "One two"), (400, "One"), (0, "")]


def test_the_oldest_leave_a_conversation_that_is_too_long_and_what_is_being_spoken_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(realtime_conversation, "MOST_MESSAGES", 3)
    monkeypatch.setattr(realtime_conversation, "MOST_CHARACTERS", 10)
    conversation = history(("user", "a"), ("user", "b"), ("user", "c"))
    assert conversation.shorten() == []
    conversation.add(Message("spoken", "assistant", ("d",), "in_progress"))
    assert conversation.shorten() == ["0"]
    conversation.add(message_of(wrote("user", "0123456789", "long")))
    assert conversation.shorten() == ["1", "2"]
    assert [message.id for message in conversation.read(None)] == ["spoken", "long"]
