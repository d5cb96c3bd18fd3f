"""The other process, with a reader of arithmetic in it."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading

import pytest

from oncue.model.text.qwen import EmotionReader
from oncue.server.emotion.local_model import (
    MOST_OWED,
    Answer,
    Load,
    LocalModel,
    ModelFailed,
    ModelReady,
    Question,
    serve,
)
from oncue.server.emotion.service import EmotionBackendError
from tests.emotions import weights
from tests.server.backends import settle


class Reader:
    def read(self, text: str) -> tuple[float, ...]:
        if text == "boom":
            raise RuntimeError(text)
        return weights(angry=1.2, happy=len(text) / 100)


def load() -> EmotionReader:
    return Reader()


def missing() -> EmotionReader:
    raise FileNotFoundError("The emotion model qwen is missing.")


def strange() -> EmotionReader:
    raise RuntimeError("out of memory")


def letters(load: Load, *questions: Question) -> list[object]:
    """What a process says that is asked these, and then left alone."""
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=serve, args=(theirs, load), daemon=True)
    thread.start()
    heard: list[object] = [ours.recv()]
    for question in questions:
        ours.send(question)
        heard.append(ours.recv())
    ours.close()
    thread.join(20)
    assert not thread.is_alive()
    return heard


def test_questions_are_answered_by_their_tickets_and_no_weight_passes_one() -> None:
    assert letters(load, Question(7, "abc"), Question(9, "")) == [
        ModelReady(),
        Answer(7, weights(angry=1.0, happy=0.03)),
        Answer(9, weights(angry=1.0)),
    ]


def test_a_text_the_model_fails_on_does_not_end_it() -> None:
    assert letters(load, Question(1, "boom"), Question(2, ""))[1:] == [Answer(1, None), Answer(2, weights(angry=1.0))]


@pytest.mark.parametrize(("load", "told"), [(missing, "qwen is missing"), (strange, "RuntimeError")])
def test_a_model_that_cannot_be_loaded_says_why(load: Load, told: str) -> None:
    (letter,) = letters(load)
    assert isinstance(letter, ModelFailed)
    assert told in letter.message


async def test_a_model_in_its_own_process_is_asked_until_it_dies(caplog: pytest.LogCaptureFixture) -> None:
    model = LocalModel(load)
    assert not model.ready
    await model.start()
    await model.start()
    await asyncio.wait_for(model.settled(), 120)
    assert model.ready
    assert await asyncio.gather(model.weigh("a"), model.weigh("ab")) == [
        weights(angry=1.0, happy=0.01),
        weights(angry=1.0, happy=0.02),
    ]
    with pytest.raises(EmotionBackendError, match="could not read"):
        await model.weigh("boom")
    assert model._process is not None
    model._process.kill()
    async with asyncio.timeout(60):
        while model.ready:
            await asyncio.sleep(0.01)
    assert "has died" in caplog.text
    with pytest.raises(EmotionBackendError):
        await model.weigh("a")
    await model.close()
    await model.close()


async def test_who_waits_for_a_model_that_cannot_be_loaded_is_let_go() -> None:
    model = LocalModel(missing)
    model._take(ModelFailed("The emotion model qwen is missing."))
    await model.settled()
    assert not model.ready
    with pytest.raises(EmotionBackendError, match="not loaded"):
        await model.weigh("a")


async def test_a_model_that_is_stuck_is_asked_no_more_even_when_nobody_waits_for_its_answers() -> None:
    model = LocalModel(load)
    theirs, model._pipe = multiprocessing.Pipe()
    model._take(ModelReady())
    for _ in range(MOST_OWED):
        task = asyncio.ensure_future(model.weigh("a"))
        await settle()
        task.cancel()
    with pytest.raises(EmotionBackendError, match="too many"):
        await model.weigh("a")
    model._take(Answer(theirs.recv().ticket, weights()))
    task = asyncio.ensure_future(model.weigh("b"))
    await settle()
    model._take(Answer(MOST_OWED + 1, weights(sad=1.0)))
    assert await task == weights(sad=1.0)
