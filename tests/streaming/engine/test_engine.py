"""The engine's laws on a fake clock: one end for each line, no gap, no leak, and the same sound in any company."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncue.model.api import PLAIN, EmotionSource, ReadingOptions, Script, Voice
from oncue.streaming.engine.engine import Engine, EngineLimits
from oncue.streaming.engine.events import (  # fmt: skip
    Append,
    AudioChunk,
    Cancel,
    Command,
    Decoded,
    Finished,
    Hold,
    Planned,
    Played,
    Refused,
    Speak,
    Started,
    Update,
)
from oncue.streaming.engine.label import LabelRequest
from oncue.streaming.timing.targets import Cue, DurationTarget
from tests.fakes import ScriptedModel, Speaker
from tests.streaming.crank import SHORT, check_laws, line, turn

MIDDLE = "今天天气很好，我们一起去公园散步吧。"
LONG = MIDDLE * 4
durations = st.one_of(
    st.just(DurationTarget()), st.floats(0.75, 1.25).map(lambda ratio: DurationTarget(ratio=ratio)),
    st.floats(0.5, 6.0).map(lambda seconds: DurationTarget(seconds=seconds)),
)  # fmt: skip
times = st.floats(0, 4)
uids = st.integers(1, 5)
texts = st.sampled_from([SHORT, MIDDLE, LONG, "Hi.", "...", ""])
commands = st.one_of(
    st.builds(Append, uids, texts, final=st.booleans()),
    st.builds(Update, uids, duration=st.one_of(st.none(), durations), emotion=st.just(EmotionSource((0.1,) * 8))),
    st.builds(Cancel, uids, fade_s=st.floats(0, 0.1), at=st.sampled_from(["now", "word"])),
    st.builds(Played, uids, st.integers(0, 100_000)),
)
labels = st.sampled_from(
    [None, None, *(LabelRequest(kind, place) for kind in ("speech", "rhythm") for place in ("start", "end"))]
)
openings = st.builds(
    line, uids, texts, duration=durations, final=st.booleans(), seed=st.integers(0, 3), lead_s=st.floats(0.3, 2),
    priority=st.integers(0, 1), strict=st.booleans(), label=labels,
)  # fmt: skip


@given(
    st.lists(st.tuples(st.floats(0, 1), openings), max_size=5, unique_by=lambda pair: pair[1].uid),
    st.lists(st.tuples(times, commands), max_size=8),
    st.builds(Speaker, bias=st.floats(0.85, 1.15), jitter=st.floats(0, 0.3), fault_at=st.just({3: 9})),
    st.integers(1, 3),
)
def test_any_play_of_commands_keeps_the_laws(
    opened: list[tuple[float, Speak]], played: list[tuple[float, Command]], speaker: Speaker, slots: int
) -> None:
    ends: list[tuple[float, Command]] = [(5.0, Append(speak.uid, "", final=True)) for _, speak in opened]
    stalled: list[tuple[float, Command]] = [(20.0, Cancel(speak.uid)) for _, speak in opened]
    run = turn(ScriptedModel(slots=slots, speaker=speaker), [*opened, *played, *ends, *stalled])
    check_laws(run, {speak.uid for _, speak in opened})


@given(st.floats(0.75, 1.25), st.sampled_from([SHORT, MIDDLE, LONG]), st.floats(0.85, 1.15), st.integers(0, 9))
def test_a_line_with_a_target_ends_on_its_sample(ratio: float, text: str, bias: float, seed: int) -> None:
    model = ScriptedModel(speaker=Speaker(bias=bias, jitter=0.2))
    end = turn(model, [(0, line(text=text, duration=DurationTarget(ratio=ratio), seed=seed))]).end()
    assert end.target_samples == round(ratio * model.read(text).natural_codes * 960)
    assert (end.reason, end.samples, end.last_char) == ("complete", end.target_samples, len(text))


def test_a_length_in_seconds_is_met_to_the_sample() -> None:
    assert turn(ScriptedModel(), [(0, line(text=LONG, duration=DurationTarget(seconds=14.0)))]).end().samples == 336_000


def test_the_same_line_sounds_the_same_alone_and_among_others() -> None:
    speak = line(text=LONG, seed=5, duration=DurationTarget(ratio=1.1))
    alone = turn(ScriptedModel(slots=1), [(0, speak)])
    others: list[tuple[float, Command]] = [(0.1 * uid, line(uid, MIDDLE, seed=uid, lead_s=0.4)) for uid in range(2, 6)]
    among = turn(ScriptedModel(slots=3), [(0.25, speak), *others])
    assert np.array_equal(alone.sound(), among.sound())
    marks = [[mark for chunk in run.of(AudioChunk) for mark in chunk.marks] for run in (alone, among)]
    assert marks[0] == marks[1]


def test_the_sound_does_not_depend_on_the_clock_or_on_the_lead() -> None:
    slow = turn(ScriptedModel(), [(0, line(text=LONG, lead_s=0.2))])
    fast = turn(ScriptedModel(), [(0, line(text=LONG, lead_s=60.0))])
    assert np.array_equal(slow.sound(), fast.sound())


def test_text_that_comes_in_pieces_is_spoken_like_text_that_comes_at_once() -> None:
    text = LONG * 2
    whole = turn(ScriptedModel(), [(0, line(text=text))])
    parts: list[tuple[float, Command]] = [(0.01 * index, Append(1, char)) for index, char in enumerate(text)]
    pieces = turn(ScriptedModel(), [(0, line(text="", final=False)), *parts, (9, Append(1, "", final=True))])
    assert np.array_equal(whole.sound(), pieces.sound())


def test_the_first_sound_leaves_long_before_the_last_code_is_decoded() -> None:
    run = turn(ScriptedModel(), [(0, line(text=MIDDLE))])
    kinds = [type(event) for _, event in run.events]
    assert kinds[0] is Started
    assert kinds[: kinds.index(AudioChunk)].count(Decoded) <= 4
    assert kinds[kinds.index(AudioChunk) :].count(Decoded) > 60


def test_the_lead_stays_near_what_the_listener_asked_for_and_never_runs_out() -> None:
    run = turn(ScriptedModel(), [(0, line(text=LONG, lead_s=1.0))])
    began = next(time for time, event in run.events if isinstance(event, AudioChunk))
    sent = 0
    for time, event in run.events:
        if isinstance(event, AudioChunk):
            assert sent == 0 or sent / 24000 > time - began, "the listener ran dry"
            assert sent / 24000 - (time - began) < 1.0
            sent += len(event.samples)


def test_a_new_line_is_heard_soon_while_others_are_spoken() -> None:
    others: list[tuple[float, Command]] = [(0, line(uid, LONG)) for uid in range(2, 5)]
    run = turn(ScriptedModel(slots=4), [*others, (1.0, line(text=MIDDLE))])
    first = next(time for time, event in run.events if isinstance(event, AudioChunk) and event.uid == 1)
    assert first - 1.0 < 0.1


@pytest.mark.parametrize("at", [0.3, 0.9, 2.0])
def test_an_update_in_the_middle_changes_the_end_and_nothing_already_sent(at: float) -> None:
    before = turn(ScriptedModel(), [(0, line(text=LONG, duration=DurationTarget(ratio=1.0)))])
    after = turn(
        ScriptedModel(),
        [(0, line(text=LONG, duration=DurationTarget(ratio=1.0))), (at, Update(1, DurationTarget(seconds=13.0)))],
    )
    assert after.end().samples == 13 * 24000
    assert after.of(Planned)[0].target_samples == 13 * 24000
    sent = sum(len(e.samples) for time, e in after.events if isinstance(e, AudioChunk) and time < at)
    assert sent > 0
    assert np.array_equal(before.sound()[:sent], after.sound()[:sent])


def test_an_update_that_cannot_be_met_is_refused_with_the_nearest_and_changes_nothing() -> None:
    speak = line(text=MIDDLE, duration=DurationTarget(ratio=1.0))
    run = turn(ScriptedModel(), [(0, speak), (0.5, Update(1, DurationTarget(seconds=0.6)))])
    (refused,) = run.of(Refused)
    assert (refused.code, refused.terminal) == ("duration_infeasible", False)
    assert float(refused.detail["nearest_s"]) > 0.6
    assert np.array_equal(run.sound(), turn(ScriptedModel(), [(0, speak)]).sound())


def test_a_length_out_of_reach_is_refused_if_strict_and_brought_near_with_a_warning_if_not() -> None:
    far = DurationTarget(ratio=3.0)
    (refused,) = turn(ScriptedModel(), [(0, line(duration=far, strict=True))]).of(Refused)
    assert (refused.code, refused.terminal) == ("duration_infeasible", True)
    run = turn(ScriptedModel(), [(0, line(duration=far))])
    (started,) = run.of(Started)
    assert started.warning is not None
    assert started.target_samples == round(float(refused.detail["nearest_s"]) * 24000) == run.end().samples


def test_a_hard_ratio_is_only_warned_of() -> None:
    run = turn(ScriptedModel(), [(0, line(duration=DurationTarget(ratio=1.4), strict=True))])
    assert run.of(Started)[0].warning is not None
    assert run.end().samples == run.end().target_samples


@pytest.mark.parametrize("at", [0.7, 1.0, 1.2])
def test_a_cancelled_line_fades_from_what_was_sent_and_tells_how_far_it_came(at: float) -> None:
    whole = turn(ScriptedModel(), [(0, line(text=LONG))]).sound()
    run = turn(ScriptedModel(), [(0, line(text=LONG)), (at, Cancel(1, fade_s=0.05))])
    sound, end = run.sound(), run.end()
    assert end.reason == "cancelled"
    assert 0 < end.last_char < len(LONG)
    fade = 1200
    assert np.array_equal(sound[:-fade], whole[: len(sound) - fade])
    # A window that was planned early, to have something to fade, is a few samples longer or shorter than it would have become.
    assert np.all(np.abs(sound[-fade:]) <= np.abs(whole[len(sound) - fade : len(sound)]) + 0.05)
    assert abs(sound[-1]) < 1e-6


def test_a_line_cancelled_at_a_word_ends_after_the_word() -> None:
    text = "Wonderful extraordinary circumstances notwithstanding everything."
    whole = turn(ScriptedModel(), [(0, line(text=text))])
    run = turn(ScriptedModel(), [(0, line(text=text, lead_s=0.5)), (0.7, Cancel(1, at="word", fade_s=0.02))])
    starts = sorted(m.start for c in whole.of(AudioChunk) for m in c.marks if m.kind == "word")
    assert run.end().reason == "cancelled"
    assert 0 < run.end().samples < whole.end().samples
    assert any(abs(run.end().samples - 480 - start) <= 1 for start in starts)


def test_a_line_cancelled_before_its_first_sound_ends_without_any() -> None:
    end = turn(ScriptedModel(), [(0, line()), (0, Cancel(1))]).end()
    assert (end.reason, end.samples, end.last_char) == ("cancelled", 0, 0)


def test_a_held_line_makes_nothing_until_it_is_let_go() -> None:
    run = turn(ScriptedModel(), [(0, line(text=LONG)), (0.1, Hold(1, True)), (5.0, Hold(1, False))])
    assert not [time for time, event in run.events if 0.1 < time < 5.0 and isinstance(event, AudioChunk | Decoded)]
    assert run.end().reason == "complete"


def test_a_row_that_fails_ends_its_own_line_only() -> None:
    for speaker in (Speaker(fault_at={7: 12}), Speaker(nan_at={7: 12})):
        lines: list[tuple[float, Command]] = [(0.0, line(1, LONG, seed=7)), (0.0, line(2, MIDDLE, seed=8))]
        run = turn(ScriptedModel(slots=2, speaker=speaker), lines)
        failed = run.end(1)
        assert failed.reason == "failed"
        assert failed.error is not None
        assert failed.error.code == "internal"
        assert np.array_equal(run.sound(2), turn(ScriptedModel(), [(0, line(2, MIDDLE, seed=8))]).sound(2))
        assert np.isfinite(run.sound(1)).all()


def test_an_emotion_changes_once_at_the_next_code() -> None:
    model = ScriptedModel()
    told: list[object] = []
    decode = model.decode
    model.decode = lambda steps: told.extend(s.emotion for s in steps if s.emotion) or decode(steps)  # type: ignore[method-assign, func-returns-value]
    turn(model, [(0, line(text=MIDDLE)), (0.2, Update(1, emotion=EmotionSource((0.5,) * 8)))])
    assert len(told) == 1


@pytest.mark.parametrize(
    ("speak", "code"),
    [
        (line(text=" "), "text_empty"),
        (line(text="x" * 4001), "text_too_long"),
        (line(text="..."), "unpronounceable"),
        (line(text="a\x07b"), "unpronounceable"),
        (line(duration=DurationTarget(ratio=-1.0)), "bad_message"),
        (line(duration=DurationTarget(ratio=1.0, seconds=1.0)), "bad_message"),
        (line(emotion=EmotionSource((9.0,) * 8)), "bad_message"),
        (Speak(1, SHORT, Voice("another", {})), "unknown_voice"),
    ],
)
def test_a_line_that_cannot_be_spoken_is_refused_once_and_others_go_on(speak: Speak, code: str) -> None:
    run = turn(ScriptedModel(), [(0, speak), (0, line(2))])
    (refused,) = run.of(Refused)
    assert (refused.code, refused.terminal) == (code, True)
    assert not run.of(Started)
    assert run.end(2).reason == "complete"


def test_lines_beyond_the_limit_are_told_to_try_again() -> None:
    run = turn(ScriptedModel(), [(0, line(uid)) for uid in (1, 2, 3)], EngineLimits(utterances=2))
    (refused,) = run.of(Refused, 3)
    assert (refused.code, refused.retry) == ("busy", True)


def test_more_lines_than_slots_are_all_spoken_in_the_end() -> None:
    run = turn(ScriptedModel(slots=1), [(0, line(uid, MIDDLE, seed=uid)) for uid in range(1, 5)])
    assert all(run.end(uid).reason == "complete" for uid in range(1, 5))


def test_an_open_line_in_seconds_gives_what_is_left_to_the_text_that_comes_last() -> None:
    speak = line(text=MIDDLE, final=False, duration=DurationTarget(seconds=8.0))
    run = turn(ScriptedModel(), [(0, speak), (0.5, Append(1, MIDDLE)), (1.0, Append(1, "", final=True))])
    assert run.end().samples == run.end().target_samples == 8 * 24000


def test_an_open_line_at_a_ratio_keeps_it_over_all_its_text() -> None:
    speak = line(text=MIDDLE, final=False, duration=DurationTarget(ratio=1.1))
    run = turn(ScriptedModel(), [(0, speak), (0.5, Append(1, MIDDLE, final=True))])
    natural = 2 * ScriptedModel().read(MIDDLE).natural_codes * 960
    assert run.end().samples == run.end().target_samples
    assert abs(run.end().samples - 1.1 * natural) <= 2


def test_requests_about_lines_that_are_gone_are_answered_and_harmless() -> None:
    run = turn(
        ScriptedModel(), [(0, Update(9)), (0, Append(9, "x")), (0, Cancel(9)), (0, Played(9, 1)), (0, Hold(9, True))]
    )
    assert [event.code for event in run.of(Refused, 9)] == ["unknown_id", "unknown_id"]
    assert not any(event.terminal for event in run.of(Refused, 9))


@pytest.mark.parametrize("held_back", [0, 720, 2000])
def test_marks_are_sent_with_or_before_their_sound_and_cover_every_word(held_back: int) -> None:
    model = ScriptedModel(held_back=held_back)
    run = turn(model, [(0, line(text=LONG))])
    words = []
    for chunk in run.of(AudioChunk):
        assert all(mark.start >= chunk.start for mark in chunk.marks)
        words += [mark for mark in chunk.marks if mark.kind == "word"]
    assert [mark.text for mark in words] == [char for char in LONG if char.isalnum()]
    assert all(LONG[mark.char_start : mark.char_end] == mark.text for mark in words)
    assert [mark.start for mark in words] == sorted(mark.start for mark in words)


def test_the_statistics_tell_what_the_line_cost() -> None:
    run = turn(ScriptedModel(), [(0, line(text=MIDDLE, duration=DurationTarget(ratio=1.1)))])
    stats = run.end().stats
    told = {"audio_s", "target_s", "natural_s", "forced_steps", "rate_rms", "rate_p95", "share_beyond_5"}
    assert told | {"share_beyond_15", "decode_steps", "lookahead"} <= set(stats)
    assert stats["audio_s"] == stats["target_s"]
    assert stats["decode_steps"] == run.of(Decoded)[-1].codes


def test_sound_leaves_before_the_last_code_is_decoded() -> None:
    run = turn(ScriptedModel(), [(0, line(text=MIDDLE))])
    kinds = [type(event) for _, event in run.events]
    assert kinds.index(AudioChunk) < len(kinds) - 1 - kinds[::-1].index(Decoded)


def test_an_update_before_there_is_text_and_one_that_means_nothing_are_survived() -> None:
    opened = line(text="", final=False)
    updates = [(0.1, Update(1, DurationTarget(ratio=1.2))), (0.2, Update(1, DurationTarget(ratio=-1.0)))]
    run = turn(ScriptedModel(), [(0, opened), *updates, (0.3, Append(1, MIDDLE, final=True))])
    assert [refused.code for refused in run.of(Refused)] == ["bad_message"]
    assert run.end().samples == round(1.2 * ScriptedModel().read(MIDDLE).natural_codes * 960)


SPLIT = "Good morning to all of you over there, friends. It is late, is it not? Then we go home."


@pytest.mark.parametrize("duration", [DurationTarget(), DurationTarget(ratio=1.13)])
@pytest.mark.parametrize("size", [1, 7, 30])
def test_however_text_is_split_into_appends_it_sounds_as_if_it_had_come_whole(
    duration: DurationTarget, size: int
) -> None:
    whole = turn(ScriptedModel(sample_rate=8000), [(0, line(text=SPLIT, duration=duration))])
    parts = [SPLIT[at : at + size] for at in range(0, len(SPLIT), size)]
    appends: list[tuple[float, Command]] = [(0.05 * index, Append(1, part)) for index, part in enumerate(parts)]
    opened = line(text="", final=False, duration=duration)
    pieces = turn(ScriptedModel(sample_rate=8000), [(0, opened), *appends, (8.0, Append(1, "", final=True))])
    assert np.array_equal(whole.sound(), pieces.sound())
    assert pieces.end().samples == whole.end().samples
    assert pieces.end().target_samples == whole.end().target_samples
    assert next(time for time, event in pieces.events if isinstance(event, AudioChunk)) < 8.0


def test_of_lines_that_wait_for_a_slot_the_one_with_the_highest_priority_starts_first() -> None:
    lines: list[tuple[float, Command]] = [
        (0, line(1, MIDDLE)), (0.05, line(2)), (0.05, line(3)), (0.05, line(4, priority=5)),
    ]  # fmt: skip
    run = turn(ScriptedModel(slots=1), lines)
    first = {
        uid: next(time for time, event in run.events if isinstance(event, AudioChunk) and event.uid == uid)
        for uid in range(1, 5)
    }
    assert sorted(first, key=lambda uid: first[uid]) == [1, 4, 2, 3]


def test_a_line_cancelled_with_no_time_for_a_fade_gives_its_slot_back_at_that_very_step() -> None:
    model = ScriptedModel(slots=1)
    engine = Engine(model)
    engine.submit(line(text=LONG), 0.0)
    for step in range(40):
        engine.step(0.004 * step)
    engine.submit(Cancel(1, fade_s=0.0), 0.2)
    engine.submit(line(2), 0.2)
    ended = [event for event in engine.step(0.2) if isinstance(event, Finished)]
    assert [event.reason for event in ended] == ["cancelled"]
    assert model.busy == {0}, "the slot went to the next line in the same step"
    assert engine.active == 1


def test_a_cancelled_line_fades_even_when_nothing_was_decoded_ahead() -> None:
    model = ScriptedModel()
    engine = Engine(model)
    engine.submit(line(text=LONG), 0.0)
    heard: list[AudioChunk] = []
    while not heard:
        heard += [event for event in engine.step(0.0) if isinstance(event, AudioChunk)]
    engine.submit(Cancel(1, fade_s=0.05), 0.0)
    rest = [event for _ in range(9) for event in engine.step(0.01)]
    (fade,) = [event for event in rest if isinstance(event, AudioChunk)]
    assert isinstance(rest[-1], Finished)
    assert 0 < len(fade.samples) <= 1200
    assert abs(fade.samples[-1]) < 1e-6 < np.abs(fade.samples).max()


@pytest.mark.parametrize("at", [0.3, 0.8, 1.4])
def test_the_last_character_of_a_cancelled_line_is_the_one_its_last_sample_lies_in(at: float) -> None:
    run = turn(ScriptedModel(), [(0, line(text=LONG)), (at, Cancel(1, fade_s=0.04))])
    end = run.end()
    units = [
        mark
        for chunk in turn(ScriptedModel(), [(0, line(text=LONG))]).of(AudioChunk)
        for mark in chunk.marks
        if mark.kind != "word"
    ]
    begun = [mark.char_end for mark in units if mark.start + 960 <= end.samples]
    assert max(begun) <= end.last_char <= max(mark.char_end for mark in units if mark.start <= end.samples)


def test_a_player_that_pauses_is_not_sent_more_than_its_lead_and_gets_the_rest_when_it_goes_on() -> None:
    paused: list[tuple[float, Command]] = [(0.2 + 0.2 * index, Played(1, 2400)) for index in range(20)]
    goes_on: list[tuple[float, Command]] = [(5.0 + 0.2 * index, Played(1, 4800 * index)) for index in range(80)]
    run = turn(ScriptedModel(), [(0, line(text=LONG, lead_s=0.8)), *paused, *goes_on])
    early = sum(len(event.samples) for time, event in run.events if isinstance(event, AudioChunk) and time < 4.0)
    assert 0.4 * 24000 < early < (0.1 + 0.8 + 1.0 + 0.5) * 24000, "lead, one second of trust, and a window"
    late = [time for time, event in run.events if isinstance(event, AudioChunk) and time > 5.0]
    assert late
    assert run.end().reason == "complete"


LEFT_OUT = "Letters of a script that is not read were left out."


class Forgetful(ScriptedModel):
    """Says of every text with Hangul in it that something was left out."""

    def read(self, text: str, language: str = "auto", options: ReadingOptions = PLAIN) -> Script:
        script = super().read(text, language, options)
        return replace(script, warnings=(LEFT_OUT,) if any("가" <= char <= "힣" for char in text) else ())


def test_what_the_model_warns_of_in_a_text_is_said_once_when_the_line_starts_beside_what_its_length_warns_of() -> None:
    text = f"{MIDDLE}안녕 {MIDDLE}안녕 {MIDDLE}"
    (free,) = turn(Forgetful(), [(0, line(text=text))]).of(Started)
    (hard,) = turn(Forgetful(), [(0, line(text=text, duration=DurationTarget(ratio=1.5)))]).of(Started)
    (plain,) = turn(Forgetful(), [(0, line(text=MIDDLE))]).of(Started)
    assert free.warning == LEFT_OUT
    assert hard.warning is not None
    assert hard.warning.endswith(f"drawn. {LEFT_OUT}")
    assert plain.warning is None


def test_what_the_model_warns_of_in_appended_text_is_said_in_a_plan() -> None:
    first, more = line(text=f"{MIDDLE}好", final=False), Append(1, f"안녕 {MIDDLE}", final=True)
    run = turn(Forgetful(), [(0, first), (0.2, more)])
    assert [started.warning for started in run.of(Started)] == [None]
    assert [plan.warning for plan in run.of(Planned) if plan.warning] == [LEFT_OUT]


FREE = DurationTarget()
UNPUNCTUATED = (
    "the keeper of the light walked down along the narrow harbour wall before anyone else was awake and carried with him "
    "nothing except the heavy lantern that his old father made"
)


def first_sound_at(commands: list[tuple[float, Command]]) -> float:
    run = turn(ScriptedModel(), commands)
    return next(time for time, event in run.events if isinstance(event, AudioChunk))


def typed(text: str, word_s: float, duration: DurationTarget = FREE) -> list[tuple[float, Command]]:
    words = [f"{word} " for word in text.split()]
    appends: list[tuple[float, Command]] = [(index * word_s, Append(1, word)) for index, word in enumerate(words)]
    opened = line(text="", final=False, duration=duration, max_wait_s=0.4)
    return [(0, opened), *appends, (len(words) * word_s, Append(1, "", final=True))]


def test_a_short_clause_of_a_slow_writer_sounds_within_half_a_second() -> None:
    assert (
        first_sound_at(
            [(0, line(text="", final=False, max_wait_s=0.4)), (1.0, Append(1, "Well, ")), (9, Append(1, "no.", True))]
        )
        < 1.5
    )


def test_a_slow_writer_without_a_full_stop_is_heard_after_some_words_and_not_after_the_last() -> None:
    commands = typed(UNPUNCTUATED, 0.25)
    assert len(UNPUNCTUATED.split()) == 31
    assert first_sound_at(commands) < 2.0
    assert turn(ScriptedModel(), commands).end().reason == "complete"


def test_a_listener_who_has_sound_ahead_is_no_reason_to_break_a_sentence_off() -> None:
    text = LONG + "Then we all go home to somewhere warm and quiet and sleep until the morning."
    whole = turn(ScriptedModel(), [(0, line(text=text))])
    late: list[tuple[float, Command]] = [(0, line(text=LONG, final=False, max_wait_s=0.4))]
    late += [(3.0 + 0.02 * index, Append(1, char)) for index, char in enumerate(text[len(LONG) :])]
    pieces = turn(ScriptedModel(), [*late, (6.0, Append(1, "", final=True))])
    assert np.array_equal(whole.sound(), pieces.sound())


@pytest.mark.parametrize("duration", [DurationTarget(seconds=9.0), DurationTarget(cues=(Cue(4, 0.6),))])
def test_a_length_or_a_cue_waits_for_the_text_however_slowly_it_comes(duration: DurationTarget) -> None:
    assert first_sound_at(typed(UNPUNCTUATED, 0.1, duration=duration)) > 3.0


def test_a_flush_is_spoken_at_once() -> None:
    opened = line(text="", final=False)
    commands: list[tuple[float, Command]] = [(0, opened), (1.0, Append(1, "over there", flush=True))]
    assert first_sound_at([*commands, (9.0, Append(1, " now.", final=True))]) < 1.5
