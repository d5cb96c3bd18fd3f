from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from oncue.model.api import Code, EmotionSource, Fault, SpeechModel, Start, Step, Window
from oncue.model.tiny import speech
from oncue.model.tiny.layout import SAMPLE_RATE
from oncue.model.tiny.speech import TinySpeech
from oncue.streaming.engine.engine import Engine
from oncue.streaming.engine.events import Append, AudioChunk, Command, Speak
from tests import contract
from tests.contract import speak
from tests.model.conftest import hum

TEXT = "Hi, 你好。"


@pytest.mark.parametrize(
    "law",
    [
        contract.check_split_invariance,
        contract.check_exact_samples,
        contract.check_slot_isolation,
        contract.check_seed,
        contract.check_release,
    ],
)
def test_the_family_keeps_the_law_with_any_weights(
    untrained: TinySpeech, law: Callable[[SpeechModel, str], None]
) -> None:
    law(untrained, TEXT)


def test_the_shipped_weights_speak_and_keep_the_pace_of_their_plan() -> None:
    model = speech.load()
    spoken = contract.speak(model, "The weather is nice today.")
    natural = model.read("The weather is nice today.").natural_codes
    assert 0.7 < len(spoken.values) / natural < 1.4
    assert np.abs(spoken.samples).max() > 0.02
    assert list(spoken.units) == sorted(u for u in spoken.units if u is not None), "the pointer never goes back"


def test_the_pronunciations_of_a_dictionary_are_those_that_are_spoken(tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("OnCue\tAA1 N K Y UW2\n重庆\tzhong4 qing3\n", "utf-8")
    model, plain = speech.load(dictionary=words), speech.load()
    script = model.read("OnCue 在重庆")
    assert script.tokens == plain.read("OnCue(AA1 N K Y UW2) 在重(zhong4)庆(qing3)").tokens
    assert script.tokens != plain.read("OnCue 在重庆").tokens
    assert [word.text for word in script.words] == ["OnCue", "在", "重", "庆"]


def test_every_built_in_voice_differs_from_the_others() -> None:
    voices = speech.load().voices
    assert len({voice.key for voice in voices.values()}) == len(voices) >= 4


def start_of(model: TinySpeech, slot: int, text: str = TEXT) -> Start:
    script = model.read(text)
    return Start(slot, script, next(iter(model.voices.values())), model.emotion(EmotionSource()), 10.0, 1)


def test_a_forced_step_moves_the_pointer_at_least_so_far(untrained: TinySpeech) -> None:
    untrained.prefill([start_of(untrained, 0, "Hello there, my friend.")])
    before = 0
    for _ in range(4):
        (code,) = untrained.decode([Step(0, 5.0, may_stop=False, min_advance=2)])
        assert isinstance(code, Code)
        assert code.unit is not None
        assert code.unit >= before + 2
        before = code.unit
    untrained.release(0)


def test_a_row_that_is_not_a_number_fails_alone(untrained: TinySpeech) -> None:
    untrained.prefill([start_of(untrained, 0), start_of(untrained, 1)])
    row = untrained._rows[0]
    assert row is not None
    assert row.reading is not None
    row.reading = replace(row.reading, seen=np.full_like(row.reading.seen, np.nan))
    bad, good = untrained.decode([Step(0, 5.0, may_stop=False), Step(1, 5.0, may_stop=False)])
    assert isinstance(bad, Fault)
    assert isinstance(good, Code)
    for slot in (0, 1):
        untrained.release(slot)
    contract.check_seed(untrained, TEXT)


def test_a_masked_stop_goes_on_and_a_forced_one_ends(untrained: TinySpeech) -> None:
    untrained.prefill([start_of(untrained, 0)])
    for _ in range(30):
        (code,) = untrained.decode([Step(0, 1.0, may_stop=False)])
        assert isinstance(code, Code)
        assert not code.stop
    (last,) = untrained.decode([Step(0, 1.0, may_stop=False, must_stop=True)])
    assert isinstance(last, Code)
    assert last.stop
    (sound,) = untrained.vocode([Window(0, 0, (960,) * 31, final=True)])
    assert not isinstance(sound, Fault)
    assert len(sound) == 31 * 960
    untrained.release(0)


def test_a_reference_too_short_silent_or_voiceless_is_refused_with_a_sentence(untrained: TinySpeech) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    for pcm in (hum(120, 0.5), np.zeros(48_000, np.float32), noise):
        with pytest.raises(ValueError, match="give"):
            untrained.voice(pcm, 24_000)


def test_a_reference_at_another_level_or_rate_is_nearly_the_same_voice(untrained: TinySpeech) -> None:
    loud, quiet = (untrained.voice(hum(150, 2.0) * gain, 24_000).arrays["vector"] for gain in (1.0, 0.2))
    assert np.dot(loud, quiet) / np.linalg.norm(loud) / np.linalg.norm(quiet) > 0.99


def test_an_emotion_out_of_range_is_refused(untrained: TinySpeech) -> None:
    for source in (
        EmotionSource(vector=(1.0,) * 3),
        EmotionSource(vector=(-1.0,) + (0.0,) * 7),
        EmotionSource(vector=(float("nan"),) * 8),
        EmotionSource(vector=(1.0,) + (0.0,) * 7, intensity=1.5),
    ):
        with pytest.raises(ValueError, match=r"\."):
            untrained.emotion(source)


def test_a_feeling_taken_from_a_recording_is_a_vector_like_any_other(untrained: TinySpeech) -> None:
    voice = untrained.voice(hum(150, 2.0), 24_000)
    felt, half = (untrained.emotion(EmotionSource(voice=voice, intensity=i)).arrays["vector"] for i in (1.0, 0.5))
    assert felt.shape == (8,)
    assert (felt > 0).all()
    assert felt.sum() < 1
    assert np.allclose(half, 0.5 * felt)


def test_intensity_scales_an_emotion(untrained: TinySpeech) -> None:
    full = untrained.emotion(EmotionSource(vector=(1.0,) + (0.0,) * 7)).arrays["vector"]
    half = untrained.emotion(EmotionSource(vector=(1.0,) + (0.0,) * 7, intensity=0.5)).arrays["vector"]
    assert np.allclose(half, full * 0.5)


def test_a_voice_made_in_a_thread_beside_a_line_changes_neither(untrained: TinySpeech) -> None:
    alone, voice = speak(untrained, TEXT), untrained.voice(hum(150, 2.0), SAMPLE_RATE)
    with ThreadPoolExecutor(1) as thread:
        made = [thread.submit(untrained.voice, hum(150, 2.0), SAMPLE_RATE) for _ in range(3)]
        beside = [speak(untrained, TEXT)]
        while not all(each.done() for each in made):
            beside.append(speak(untrained, TEXT))
    assert {each.result().key for each in made} == {voice.key}
    for spoken in beside:
        assert spoken.values == alone.values
        assert np.array_equal(spoken.samples, alone.samples)


def test_a_written_pause_is_held_for_its_length_and_never_passed_over(untrained: TinySpeech) -> None:
    start = start_of(untrained, 0, "好[pause 480ms]吧[pause 240ms]啊。")
    untrained.prefill([replace(start, script=start.script.paced(start.voice.pace))])
    row = untrained._rows[0]
    assert row is not None
    units = [unit.kind for unit in row.script.units]
    pauses = [index for index, kind in enumerate(units[:-1]) if kind == "pause"]
    spent = dict.fromkeys(pauses, 0)
    while row.pointer < row.last_unit:
        (code,) = untrained.decode([Step(0, row.natural_left, may_stop=False)])
        assert isinstance(code, Code)
        if code.unit in spent:
            spent[code.unit] += 1
    assert list(spent.values()) == [12, 6]
    untrained.release(0)


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Wu paid $3.50 on Jan. 3 (laughs) for 10-20%.",
        "在301，302。（生气）比分3-2！<think>想。</think>好[pause 200ms]走。",
    ],
)
def test_text_that_comes_in_single_characters_sounds_as_the_whole(untrained: TinySpeech, text: str) -> None:
    assert np.array_equal(heard(untrained, [text]), heard(untrained, list(text)))


def heard(model: TinySpeech, parts: list[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The sound of a line whose text comes in parts."""
    engine, sound, now = Engine(model), [], 0.0
    voice = next(iter(model.voices.values()))
    commands: list[Command] = [Speak(1, parts[0], voice, lead_s=60.0, max_wait_s=60.0, final=len(parts) == 1)]
    commands += [Append(1, part, final=index == len(parts) - 1) for index, part in enumerate(parts[1:], 1)]
    for command in commands:
        engine.submit(command, now)
    while engine.active or not now:
        now += 0.001
        sound += [event.samples for event in engine.step(now) if isinstance(event, AudioChunk)]
    return np.concatenate(sound)


def test_the_spec_says_what_computes(untrained: TinySpeech) -> None:
    assert untrained.spec.runtime.startswith("ONNX Runtime ")
