from __future__ import annotations

import asyncio

import pytest

from oncue.model.text.emotion import EmotionReading, parse
from oncue.server.emotion import service as module
from oncue.server.emotion.circuit_breaker import FAILURES, REST_S
from oncue.server.emotion.service import MOST_ASKED, EmotionBackendError, EmotionService, in_numbers, words_of
from oncue.streaming.protocol.messages import Cancel, Emotion, Speak, Update
from tests.emotions import weights
from tests.server.backends import Gated, Scripted, settle

WORDS = "阴阳怪气地说"
TOLD = weights(disgusted=0.7, angry=0.2)
SOON_S = 0.01
"""Nobody answers within it who never answers."""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_without_a_back_end_the_lexicon_answers() -> None:
    emotions = EmotionService()
    assert not emotions.has_backend
    assert await emotions.read(WORDS) == parse(WORDS)


async def test_what_a_back_end_tells_is_taken_and_the_reading_says_who_told_it() -> None:
    reading = await EmotionService(Scripted({WORDS: TOLD})).read(WORDS)
    assert reading == EmotionReading(TOLD, "disgusted", abstained=False, source="endpoint")


async def test_equal_words_are_asked_once() -> None:
    backend = Scripted({WORDS: TOLD})
    emotions = EmotionService(backend)
    first, second = await emotions.read(WORDS), await emotions.read(f" {WORDS} ")
    assert first == second == emotions.known(WORDS)
    assert backend.asked == [WORDS]


async def test_equal_words_asked_at_once_are_one_question_which_one_who_leaves_does_not_take_along() -> None:
    backend = Gated()
    emotions = EmotionService(backend)
    leaving, staying = (asyncio.ensure_future(emotions.read(WORDS)) for _ in range(2))
    await settle()
    leaving.cancel()
    backend.open(WORDS)
    assert (await staying).source == "endpoint"
    assert backend.asked == [WORDS]


@pytest.mark.parametrize("name", ["happy", " Calm ", "厌恶"])
async def test_the_name_of_a_preset_is_never_sent(name: str) -> None:
    backend = Scripted({})
    assert (await EmotionService(backend).read(name)).source == "lexicon"
    assert backend.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        EmotionBackendError("It answered with the status 500."),
        RuntimeError("quoting " + WORDS),
        None,
        (0.5,) * 7,
        (1.5, *(0.0,) * 7),
        (-0.1, *(0.0,) * 7),
        (float("nan"), *(0.0,) * 7),
    ],
)
async def test_whatever_goes_wrong_the_lexicon_answers_and_no_word_is_logged(
    answer: tuple[float, ...] | Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    reading = await EmotionService(Scripted({WORDS: answer}), SOON_S).read(WORDS)
    assert reading == parse(WORDS)
    assert reading.source == "lexicon"
    assert "back-end endpoint" in caplog.text
    assert WORDS not in caplog.text


async def test_an_answer_of_nothing_at_all_is_calm_and_abstained() -> None:
    reading = await EmotionService(Scripted({WORDS: weights()})).read(WORDS)
    assert (reading.style, reading.abstained, reading.source) == ("calm", True, "endpoint")


async def test_a_failure_is_not_remembered_as_an_answer() -> None:
    backend = Scripted({WORDS: EmotionBackendError("It failed.")})
    emotions = EmotionService(backend)
    await emotions.read(WORDS)
    backend.script[WORDS] = TOLD
    assert (await emotions.read(WORDS)).vector == TOLD


async def test_a_dead_back_end_costs_nothing_after_a_few_lines_and_is_tried_again_later() -> None:
    clock, backend = Clock(), Scripted({WORDS: None, "new": TOLD})
    emotions = EmotionService(backend, SOON_S, clock)
    for _ in range(FAILURES + 5):
        assert (await emotions.read(WORDS)).source == "lexicon"
    assert len(backend.asked) == FAILURES
    clock.now = REST_S
    assert (await emotions.read("new")).source == "endpoint"
    assert (await emotions.read(WORDS)).source == "lexicon"
    assert len(backend.asked) == FAILURES + 2


async def test_a_back_end_that_is_not_ready_is_not_asked_and_not_blamed() -> None:
    backend = Scripted({WORDS: TOLD}, ready=False)
    emotions = EmotionService(backend)
    for _ in range(FAILURES):
        assert (await emotions.read(WORDS)).source == "lexicon"
    backend.ready = True
    assert (await emotions.read(WORDS)).source == "endpoint"


async def test_no_more_than_so_many_questions_are_under_way() -> None:
    backend = Gated()
    emotions = EmotionService(backend)
    tasks = [asyncio.ensure_future(emotions.read(f"feeling {index}")) for index in range(MOST_ASKED)]
    await settle()
    assert (await emotions.read(WORDS)).source == "lexicon"
    for index in range(MOST_ASKED):
        backend.open(f"feeling {index}")
    assert {(await task).source for task in tasks} == {"endpoint"}


async def test_only_so_many_readings_are_kept_and_those_in_use_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    backend = Scripted(dict.fromkeys("abc", TOLD))
    emotions = EmotionService(backend)
    for words in "abac":
        await emotions.read(words)
    assert emotions.known("a") is not None
    assert emotions.known("b") is None
    assert emotions.known("c") is not None


async def test_closing_lets_go_of_the_back_end() -> None:
    backend = Scripted({})
    await EmotionService(backend).close()
    assert backend.closed
    await EmotionService().close()


def test_only_lines_and_updates_hold_a_feeling_in_words() -> None:
    spec = Emotion(text=WORDS)
    assert words_of(Speak("a", "hi", emotion=spec)) == words_of(Update("a", emotion=spec)) == WORDS
    others = (Speak("a", "hi"), Speak("a", "hi", emotion=Emotion(preset="sad")), Update("a"), Cancel("a"), None)
    assert all(words_of(message) is None for message in others)


def test_a_message_takes_the_numbers_of_a_back_end_and_keeps_its_words_for_the_lexicon() -> None:
    line = Speak("a", "hi", voice="me", seed=7, emotion=Emotion(text=WORDS, intensity=0.4))
    told = in_numbers(line, EmotionReading(TOLD, "disgusted", abstained=False, source="local"))
    assert told == Speak("a", "hi", voice="me", seed=7, emotion=Emotion(vector=TOLD, intensity=0.4))
    assert in_numbers(line, parse(WORDS)) is line
