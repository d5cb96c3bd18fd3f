from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from oncue.clients.obs.obs import Obs, ObsError
from tests.clients.obs.fake import FakeObs, obs_studio


@pytest.fixture
async def fake() -> AsyncIterator[FakeObs]:
    async with obs_studio(FakeObs(password="secret")) as fake:
        yield fake


async def test_a_password_is_answered_and_an_event_reaches_the_page(fake: FakeObs) -> None:
    obs = await Obs.connect(fake.url, "secret")
    await obs.emit_event("oncue", {"type": "mouth"})
    await obs.caption("Hello.")
    assert fake.events == [("oncue", {"type": "mouth"})]
    assert fake.captions == ["Hello."]
    await obs.close()


@pytest.mark.parametrize(("password", "sentence"), [("", "asks for a password"), ("wrong", "does not take")])
async def test_a_password_that_is_missing_or_wrong_is_a_sentence(fake: FakeObs, password: str, sentence: str) -> None:
    with pytest.raises(ObsError, match=sentence):
        await Obs.connect(fake.url, password)


async def test_no_password_is_needed_where_none_is_set() -> None:
    async with obs_studio(FakeObs()) as fake:
        await (await Obs.connect(fake.url)).emit_event("x", {})
        assert len(fake.events) == 1


async def test_what_obs_refuses_is_a_sentence_and_the_connection_goes_on(fake: FakeObs) -> None:
    fake.streaming = False
    obs = await Obs.connect(fake.url, "secret")
    with pytest.raises(ObsError, match="SendStreamCaption"):
        await obs.caption("Hello.")
    with pytest.raises(ObsError, match="not valid"):
        await obs.request("Dance", {})
    await obs.emit_event("x", {})


async def test_obs_that_is_not_there_or_goes_away_is_a_sentence(fake: FakeObs) -> None:
    with pytest.raises(ObsError, match="does not answer"):
        await Obs.connect("ws://127.0.0.1:9")
    obs = await Obs.connect(fake.url, "secret")
    for socket in list(fake.sockets):
        await socket.close()
    with pytest.raises(ObsError, match="closed"):
        await obs.emit_event("x", {})
