from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.chat.lines import Command, LineError, parse
from oncue.clients.chat.queue import ChatMessage


def test_plain_text_is_a_message_and_an_empty_line_is_none() -> None:
    assert parse("hello\n", "me") == ChatMessage("me", "hello")
    assert parse("\n") is None


def test_a_json_line_says_who_and_how() -> None:
    line = {"user": "Ann", "text": "hi", "priority": 3, "voice": "mei", "emotion": "sad", "id": "7", "kind": "paid"}
    assert parse(json.dumps(line)) == ChatMessage("Ann", "hi", 3, "7", "mei", "sad", "paid")


def test_commands_steer() -> None:
    assert parse('{"command": "skip"}') == Command("skip")
    assert parse('{"command": "mute", "user": "Ann"}') == Command("mute", "Ann")


@pytest.mark.parametrize(
    "line",
    [
        '{"text": 5}',
        "{nonsense",
        '{"command": "dance"}',
        '{"command": "mute"}',
        '{"text": "a", "priority": 1000}',
        '{"text": "a", "priority": true}',
        '{"text": "a", "voice": 1}',
        '{"cmd": "DANMU_MSG", "info": [1]}',
    ],
)
def test_a_line_that_is_no_message_says_why_without_quoting_it(line: str) -> None:
    with pytest.raises(LineError) as refused:
        parse(line)
    assert "nonsense" not in str(refused.value)
    assert "dance" not in str(refused.value)


@given(st.text(max_size=40))
def test_no_line_breaks_the_reader(text: str) -> None:
    for line in (
        text,
        "{" + text,
        json.dumps({"text": text}),
        json.dumps({"cmd": text}),
        json.dumps({"snippet": text}),
    ):
        with contextlib.suppress(LineError):
            parse(line)


def test_the_events_of_youtube_are_understood() -> None:
    author = {"displayName": "Ann", "isChatModerator": True}
    text = {
        "id": "a",
        "snippet": {"type": "textMessageEvent", "textMessageDetails": {"messageText": "hello"}},
        "authorDetails": author,
    }
    paid = {
        "id": "b",
        "snippet": {"type": "superChatEvent", "superChatDetails": {"tier": 4, "userComment": "thanks"}},
        "authorDetails": {"displayName": "Bob"},
    }
    assert parse(json.dumps(text)) == ChatMessage("Ann", "hello", 1, "a")
    assert parse(json.dumps(paid)) == ChatMessage("Bob", "thanks", 24, "b", kind="paid")
    assert parse(json.dumps({"id": "c", "snippet": {"type": "tombstone"}})) is None


def test_the_packets_of_bilibili_are_understood() -> None:
    danmu = {"cmd": "DANMU_MSG:4:0:2:2:2:0", "info": [[0], "你好", [42, "小明", 0]]}
    paid = {
        "cmd": "SUPER_CHAT_MESSAGE",
        "data": {"id": 9, "message": "加油", "price": 30, "user_info": {"uname": "小红"}},
    }
    own = {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {"uname": "小明", "msg": "在吗", "msg_id": "z"}}
    assert parse(json.dumps(danmu)) == ChatMessage("小明", "你好")
    assert parse(json.dumps(paid)) == ChatMessage("小红", "加油", 23, "9", kind="paid")
    assert parse(json.dumps(own)) == ChatMessage("小明", "在吗", 0, "z")
    assert parse('{"cmd": "INTERACT_WORD"}') is None
