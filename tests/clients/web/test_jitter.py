from __future__ import annotations

from tests.clients.web.modules import evaluate


def test_it_waits_for_more_after_lines_that_ran_dry_and_for_less_again_after_others() -> None:
    got = evaluate(
        "jitter.js",
        """
        const level = new m.StartLevel(100, 500);
        const seen = [1, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0].map((underruns) => { level.played(underruns); return Math.round(level.ms); });
        level.ask(250);
        return [seen, level.ms];
        """,
    )
    assert got == [[200, 400, 500, 400, 320, 256, 205, 164, 131, 105, 100, 100], 250]
