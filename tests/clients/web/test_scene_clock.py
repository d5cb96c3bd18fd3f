from __future__ import annotations

from tests.clients.web.modules import evaluate

BODY = """
const clock = new m.SceneClock(1000);
const place = (line, status, start, cut = null) => ({ line, status, start, end: 3, cut, onset: 0.1, late: 0 });
clock.take({ now: -1, lines: [place("a", "planned", 1), place("b", "begun", 2, 2.5)] }, 10, 0);
clock.take({ now: 5, lines: [place("a", "begun", 1)] }, 99, 0);
return [clock.now(11), clock.when("a", 100), clock.when("b", 0), clock.heard("b"), String(clock.heard("a")), clock.when("c", 0), m.SceneClock.lineOf("page/a1~2")];
"""


def test_a_line_is_heard_where_the_server_says_on_the_clock_of_the_sound_card() -> None:
    assert evaluate("scene_clock.js", BODY) == [0, 12, 12.9, 600, "Infinity", None, "a1"]


def test_the_seconds_on_a_time_line_are_round_and_few() -> None:
    found = evaluate("scene_clock.js", "return given.map(m.ticksOf);", [9, 40, 1000])
    assert found[0] == list(range(9))
    assert found[1] == list(range(0, 40, 5))
    assert found[2] == list(range(0, 1000, 120))
