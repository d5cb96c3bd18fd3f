from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from oncue.clients.chat.irc import Removed
from oncue.clients.chat.queue import ChatMessage
from oncue.clients.chat.twitch import MOST_BYTES, Account, Address, TwitchError, messages_of
from tests.clients.chat.fake_twitch import LIMIT, WITHIN_S, FakeTwitch, twitch


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeTwitch]:
    async with twitch(FakeTwitch(clock)) as fake:
        yield fake


async def heard(
    fake: FakeTwitch, clock: Clock, count: int, account: Account | None = None
) -> list[ChatMessage | Removed]:
    messages = messages_of("#Channel", account, Address("127.0.0.1", fake.port, tls=False), sleep=clock.sleep)
    found: list[ChatMessage | Removed] = []
    async with asyncio.timeout(200):
        async for message in messages:
            found.append(message)
            if len(found) == count:
                break
    await messages.aclose()  # type: ignore[attr-defined]  # it is a generator
    return found


async def test_a_guest_hears_the_channel_and_answers_pings(fake: FakeTwitch, clock: Clock) -> None:
    fake.script = ["@display-name=Ann;id=1 :ann!a@a PRIVMSG #channel :hello", ":bob!b@b PRIVMSG #channel :hi"]
    assert await heard(fake, clock, 2) == [ChatMessage("Ann", "hello", id="1"), ChatMessage("bob", "hi")]
    assert [channel for _, channel in fake.joins] == ["#channel"]
    assert not fake.unknown


async def test_odd_tags_long_lines_and_broken_bytes_are_survived(fake: FakeTwitch, clock: Clock) -> None:
    fake.script = [
        "@=;;a=b=c;emotes=x:1-/y:-,:;bits=many;display-name= :ann!a@a PRIVMSG #channel :one",
        "@k=" + "x" * (3 * MOST_BYTES) + " :ann!a@a PRIVMSG #channel :never read",
        "",
        ":",
        "@only-tags",
        "@flags=\\s\\:\\\\\\ :ann!a@a PRIVMSG #channel :two \U0001f600",
    ]
    assert [m.text for m in await heard(fake, clock, 2) if isinstance(m, ChatMessage)] == ["one", "two \U0001f600"]


async def test_a_lost_connection_is_made_anew_and_slower_each_time_within_the_limits(
    fake: FakeTwitch, clock: Clock
) -> None:
    fake.drop_after_join = 30
    fake.script = [":bob!b@b PRIVMSG #channel :at last"]
    assert await heard(fake, clock, 1) == [ChatMessage("bob", "at last")]
    assert fake.connections == 31
    times = [at for at, _ in fake.joins]
    assert all(sum(0 <= at - first < WITHIN_S for at in times) <= LIMIT for first in times)


async def test_a_server_that_asks_to_reconnect_is_left_and_joined_again(fake: FakeTwitch, clock: Clock) -> None:
    fake.script = [":bob!b@b PRIVMSG #channel :one", ":tmi.twitch.tv RECONNECT"]
    messages = messages_of("channel", None, Address("127.0.0.1", fake.port, tls=False), sleep=clock.sleep)
    assert await anext(messages) == ChatMessage("bob", "one")
    fake.script = [":bob!b@b PRIVMSG #channel :two"]
    async with asyncio.timeout(200):
        assert await anext(messages) == ChatMessage("bob", "two")
    assert fake.connections == 2
    await messages.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_an_account_signs_in_and_a_bad_token_is_a_sentence(fake: FakeTwitch, clock: Clock) -> None:
    fake.script = [":bob!b@b PRIVMSG #channel :hi"]
    assert len(await heard(fake, clock, 1, Account("me", "oauth:good"))) == 1
    with pytest.raises(TwitchError, match="token"):
        await heard(fake, clock, 1, Account("me", "bad"))


async def test_a_name_that_is_no_channel_is_refused_before_connecting(fake: FakeTwitch, clock: Clock) -> None:
    with pytest.raises(TwitchError, match="letters"):
        await anext(messages_of("a\r\nQUIT", None, Address("127.0.0.1", fake.port, tls=False), sleep=clock.sleep))
    assert fake.connections == 0
