from __future__ import annotations

import re
from typing import get_args

from oncue.streaming.dubbing.fit import FitStatus
from tests.clients.web.modules import WEB, evaluate


def test_both_languages_say_everything_that_the_pages_ask_for() -> None:
    assert evaluate("page_words.js", "return m.missing();") == []
    asked = {
        key
        for name in ("dub_page.js", "scene_page.js")
        for key in re.findall(r'say\("(\w+)"', (WEB / name).read_text("utf-8"))
    }
    asked |= {f"fit_{status}" for status in get_args(FitStatus)}
    said = evaluate("page_words.js", "const say = m.sayer(['zh']); return given.map((key) => say(key));", sorted(asked))
    assert len(said) == len(asked) > 20
    assert all(said)
