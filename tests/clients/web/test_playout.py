from __future__ import annotations

from itertools import pairwise

import pytest

from tests.clients.web.modules import evaluate

HELPERS = """
const ramp = (from, count) => Float32Array.from({ length: count }, (_, i) => (from + i + 1) / 4096);
const render = (playout, blocks, size = 128) => {
  const heard = [];
  for (let i = 0; i < blocks; i += 1) { const out = new Float32Array(size); playout.render(out); heard.push(...out); }
  return heard;
};
const number = (values) => values.filter((value) => value !== 0).map((value) => Math.round(value * 4096) - 1);
"""


@pytest.mark.parametrize("length", [1, 127, 128, 129, 500, 1000])
def test_every_sample_of_a_line_is_played_once_to_the_last(length: int) -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.start(1, 64);
        playout.push(ramp(0, given));
        playout.obey({ type: "end", generation: 1 });
        const heard = render(playout, 12);
        return { heard: number(heard), status: playout.status };
        """,
        length,
    )
    assert got["heard"] == list(range(length))
    assert got["status"] | {"state": ""} == {
        "generation": 1,
        "state": "",
        "paused": False,
        "consumed": length,
        "level": 0,
        "underruns": 0,
        "drained": True,
    }


def test_nothing_sounds_before_the_start_level_is_there() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.start(1, 300);
        playout.push(ramp(0, 299));
        const before = number(render(playout, 2));
        playout.push(ramp(299, 1));
        return [before, number(render(playout, 1)).length, playout.underruns];
        """,
    )
    assert got == [[], 128, 0]


def test_running_dry_is_counted_once_and_twice_as_much_is_waited_for() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(8192);
        playout.start(1, 100, 350);
        playout.push(ramp(0, 200));
        const levels = [];
        const heard = render(playout, 6);
        levels.push(playout.startLevel);
        playout.push(ramp(200, 199));
        heard.push(...render(playout, 2));
        const waiting = number(heard).length;
        playout.push(ramp(399, 1));
        heard.push(...render(playout, 4));
        levels.push(playout.startLevel);
        return { heard: number(heard), waiting, levels, underruns: playout.underruns };
        """,
    )
    assert got == {"heard": list(range(400)), "waiting": 200, "levels": [200, 350], "underruns": 2}


def test_between_two_lines_it_may_be_silent_without_an_underrun() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.start(1, 1);
        playout.push(ramp(0, 128));
        playout.obey({ type: "end", generation: 1 });
        const heard = render(playout, 3);
        playout.push(ramp(128, 128));
        playout.obey({ type: "end", generation: 1 });
        heard.push(...render(playout, 3));
        return { heard: number(heard), underruns: playout.underruns };
        """,
    )
    assert got == {"heard": list(range(256)), "underruns": 0}


def test_a_stop_fades_within_its_length_and_is_silent_after_it() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.start(1, 1);
        playout.push(new Float32Array(2000).fill(0.5));
        render(playout, 1);
        playout.obey({ type: "stop", fade: 200, generation: 1 });
        const heard = render(playout, 4);
        return { heard, status: playout.status };
        """,
    )
    faded = got["heard"][:200]
    assert all(one > two for one, two in pairwise(faded))
    assert faded[0] < 0.5
    assert not any(got["heard"][199:])
    assert got["status"]["consumed"] == 128 + 200
    assert got["status"]["state"] == "idle"


def test_a_pause_plays_nothing_and_loses_nothing() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.start(1, 1);
        playout.push(ramp(0, 400));
        playout.obey({ type: "end", generation: 1 });
        const heard = render(playout, 1);
        playout.obey({ type: "pause", on: true, generation: 1 });
        const silent = render(playout, 5);
        playout.obey({ type: "pause", on: false, generation: 1 });
        return { heard: number(heard.concat(render(playout, 4))), silent: number(silent), underruns: playout.underruns };
        """,
    )
    assert got == {"heard": list(range(400)), "silent": [], "underruns": 0}


def test_what_was_meant_for_a_line_that_is_over_is_dropped() -> None:
    got = evaluate(
        "playout.js",
        HELPERS
        + """
        const playout = new m.Playout(4096);
        playout.obey({ type: "start", startLevel: 1, mostLevel: 1, generation: 2 });
        playout.obey({ type: "push", samples: ramp(0, 50), generation: 1 });
        playout.obey({ type: "push", samples: ramp(100, 50), generation: 2 });
        playout.obey({ type: "stop", fade: 0, generation: 1 });
        return number(render(playout, 1));
        """,
    )
    assert got == list(range(100, 150))
