from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.clients.chat.irc import IrcLine, Removed, parse_line, said
from oncue.clients.chat.queue import ChatMessage

TAGS = "@badge-info=;badges=broadcaster/1;display-name=Ann\\sB;emotes=25:0-4;id=abc;mod=0"


def heard(line: str) -> ChatMessage | Removed | None:
    parsed = parse_line(line)
    assert parsed is not None
    return said(parsed)


def test_a_line_has_tags_sender_command_and_parameters() -> None:
    line = parse_line("@a=1;b :nick!user@host PRIVMSG #chan :hello : there\r\n")
    assert line == IrcLine({"a": "1", "b": ""}, "nick!user@host", "PRIVMSG", ("#chan", "hello : there"))
    assert line.nick == "nick"
    assert line.text == "hello : there"


@pytest.mark.parametrize(
    ("value", "meant"),
    [(r"a\sb", "a b"), (r"a\:b", "a;b"), (r"a\\b", "a\\b"), (r"a\nb\r", "a\nb\r"), (r"a\xb", "axb"), ("a\\", "a")],
)
def test_tags_are_unescaped_as_ircv3_says(value: str, meant: str) -> None:
    line = parse_line(f"@k={value} PING")
    assert line is not None
    assert line.tags == {"k": meant}


def test_a_message_is_read_without_its_emotes_and_the_owner_goes_before_others() -> None:
    assert heard(f"{TAGS} :ann!a@b PRIVMSG #c :Kappa hello") == ChatMessage("Ann B", " hello", 1, "abc")


def test_bits_are_money() -> None:
    message = heard("@bits=500;display-name=Bob;id=x :bob!b@b PRIVMSG #c :cheer500 hi")
    assert message == ChatMessage("Bob", "cheer500 hi", 25, "x", kind="paid")


def test_an_action_is_its_words() -> None:
    assert heard(":bob!b@b PRIVMSG #c :\x01ACTION waves\x01") == ChatMessage("bob", "waves")


def test_a_subscription_is_read_with_what_was_written_to_it() -> None:
    line = r"@display-name=Bob;id=s;msg-id=resub;system-msg=Bob\ssubscribed. :tmi.twitch.tv USERNOTICE #c :love it"
    assert heard(line) == ChatMessage("Bob", "Bob subscribed. love it", 5, "s", kind="event")
    assert heard(line.removesuffix(" :love it")) == ChatMessage("Bob", "Bob subscribed.", 5, "s", kind="event")


def test_what_moderators_take_back_is_taken_back() -> None:
    assert heard("@target-msg-id=abc :tmi.twitch.tv CLEARMSG #c :words") == Removed(id="abc")
    assert heard("@ban-duration=1 :tmi.twitch.tv CLEARCHAT #c :bob") == Removed(user="bob")
    assert heard(":tmi.twitch.tv CLEARCHAT #c") == Removed()


@pytest.mark.parametrize(
    "line", ["PING", ":tmi.twitch.tv 001 a :Welcome", "PRIVMSG #c", "CLEARMSG #c :x", ":a JOIN #c"]
)
def test_other_lines_say_nothing_to_the_reader(line: str) -> None:
    assert heard(line) is None


@given(st.text())
def test_no_line_breaks_the_parser(text: str) -> None:
    for raw in (text, f"@{text} PRIVMSG #c :x", f"@emotes={text};bits={text} :a!b PRIVMSG #c :hello", f":{text}"):
        line = parse_line(raw)
        if line is not None:
            said(line)
