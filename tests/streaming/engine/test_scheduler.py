from dataclasses import replace

from oncue.model.api import Code, EmotionSource
from oncue.streaming.engine.events import Cancel, Speak
from oncue.streaming.engine.scheduler import EngineLimits, Scheduler
from oncue.streaming.engine.utterance import TextReading, Utterance
from tests.fakes import ScriptedModel

MODEL = ScriptedModel()
SCHEDULER = Scheduler(MODEL.spec, EngineLimits())
TEXT = "今天天气很好，我们一起去公园散步吧。"


def line(uid: int, codes: int = 0, *, sent_s: float = 0.0, lead_s: float = 1.0, priority: int = 0) -> Utterance:
    """A line with so many codes decoded and so much sound sent at time 0; not begun if there are no codes."""
    speak = Speak(uid, TEXT, MODEL.voices["hum"], lead_s=lead_s, priority=priority)
    utterance = Utterance(speak, MODEL.emotion(EmotionSource()), MODEL.spec, 0.0)
    utterance.add_text("", final=True)
    utterance.add_segments([TextReading(0, MODEL.read(TEXT))])
    if codes:
        utterance.begin(uid)
        for _ in range(codes):
            utterance.push_code(Code(uid, 1, 0, False), 0.0)
    if sent_s:
        utterance.playback.send(round(sent_s * 24000), 0.0)
    return utterance


def chosen(*lines: Utterance, free: int = 2, now: float = 0.0) -> tuple[str, list[int]] | None:
    batch = SCHEDULER.choose(lines, free, now)
    return None if batch is None else (batch.kind, [row.uid for row in batch.rows])


def test_a_first_window_goes_before_everything_else() -> None:
    assert chosen(line(1, 4), line(2), line(3, 1)) == ("vocode", [1])


def test_the_line_that_runs_dry_first_is_served_first() -> None:
    assert chosen(line(1, 4, sent_s=0.3), line(2, 4, sent_s=0.1)) == ("vocode", [2, 1])


def test_only_a_line_that_is_near_its_end_is_served_before_the_decoder_however_far_ahead_it_wants_to_be() -> None:
    far, near = line(1, 30, sent_s=0.5, lead_s=60.0), line(1, 30, sent_s=0.3, lead_s=60.0)
    assert chosen(far, line(2, 1, sent_s=0.1)) == ("decode", [1, 2])
    assert chosen(near, line(2, 1, sent_s=0.1)) == ("vocode", [1])


def test_no_more_lines_are_turned_into_sound_at_once_than_the_model_is_quicker_with() -> None:
    few = Scheduler(replace(MODEL.spec, vocode_rows=2), EngineLimits())
    batch = few.choose([line(uid, 4) for uid in (1, 2, 3)], 2, 0.0)
    assert batch is not None
    assert [row.uid for row in batch.rows] == [1, 2]


def test_a_new_line_starts_when_the_others_can_wait() -> None:
    assert chosen(line(1, 1, sent_s=0.8), line(2)) == ("prefill", [2])


def test_a_new_line_waits_while_another_is_about_to_run_dry_but_not_for_ever() -> None:
    assert chosen(line(1, 1, sent_s=0.1), line(2)) == ("decode", [1])
    assert chosen(line(1, 1, sent_s=0.1), line(2), now=0.6) == ("prefill", [2])


def test_priority_goes_before_age_and_slots_are_not_exceeded() -> None:
    assert chosen(line(1), line(2), line(3, priority=1), free=2) == ("prefill", [3, 1])
    assert chosen(line(1), free=0) is None


def test_all_rows_that_are_not_far_ahead_are_decoded_together() -> None:
    assert chosen(line(1, 1, sent_s=0.1), line(2, 2, sent_s=0.2), line(3, 1, sent_s=9.0)) == ("decode", [1, 2])


def test_lines_that_are_not_heard_yet_go_alone_and_a_fade_with_them() -> None:
    assert chosen(line(1, 1, sent_s=0.1), line(2, 2), line(3, 1)) == ("decode", [2, 3])
    assert chosen(line(1, 4, sent_s=0.1), line(2, 4)) == ("vocode", [2])
    fading = line(3, 4, sent_s=0.1)
    fading.cancel(Cancel(3))
    assert chosen(line(1, 4, sent_s=0.1), line(2, 4), fading) == ("vocode", [3, 2])


def test_sound_far_ahead_of_the_listener_waits_for_him() -> None:
    far = line(1, 60, sent_s=2.0)
    assert chosen(far) is None
    at = SCHEDULER.when_next([far], 1, 0.0)
    assert abs(at - 1.2) < 1e-9
    assert chosen(far, now=at + 0.001) == ("vocode", [1])


def test_sound_is_made_for_nobody_until_one_lacks_some_and_then_for_all_that_could_take_it() -> None:
    near, nearer = line(1, 60, sent_s=0.9), line(2, 60, sent_s=0.7)
    assert chosen(near) is None
    assert chosen(near, nearer) == ("vocode", [2, 1])


def test_a_line_far_enough_ahead_has_a_pause_between_two_codes_and_shares_those_of_others() -> None:
    content, hungry = line(1, 5, sent_s=1.3), line(2, 1, sent_s=0.1)
    assert chosen(content) is None
    at = SCHEDULER.when_next([content], 1, 0.0)
    assert 0.01 < at < 0.04, "it gains on its listener"
    assert chosen(content, now=at + 0.001) == ("decode", [1])
    assert chosen(content, hungry, now=0.1 * at) == ("decode", [2])
    assert chosen(content, hungry, now=0.6 * at) == ("decode", [1, 2])


def test_a_line_that_is_to_be_whole_long_before_it_is_heard_has_no_pause() -> None:
    assert chosen(line(1, 5, sent_s=5.0, lead_s=60.0)) == ("decode", [1])
    assert chosen(line(1, 5, sent_s=30.0, lead_s=60.0)) == ("decode", [1])


def test_a_held_line_is_left_alone_unless_it_is_cancelled() -> None:
    held = line(1, 4)
    held.hold(on=True)
    assert chosen(held) is None
    held.cancel(Cancel(1))
    assert chosen(held) == ("vocode", [1])
