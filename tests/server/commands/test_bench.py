from __future__ import annotations

import dataclasses

from clients.bench import Heard
from server.commands.bench import summary
from streaming import messages


def heard(**changes: object) -> Heard:
    done = messages.Done("a", "complete", 24000, None, 1, 1.0, {})
    plain = Heard(b"\0" * 48000, 24000, 0.1, 0.2, 0.5, 4, 0, 0.0, (0.1,), (), done)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def test_nobody_stalling_and_nobody_differing_passes() -> None:
    result = summary(2, [heard(), heard()], [heard(), heard(first_audible_s=0.4)])
    assert result.passed
    assert result.rtf_alone == 0.5
    assert 0.2 < result.first_audible_p50_s < result.first_audible_p95_s <= 0.4


def test_one_stall_fails() -> None:
    assert not summary(1, [heard()], [heard(underruns=1)]).passed


def test_one_sample_that_differs_from_the_line_alone_fails() -> None:
    result = summary(1, [heard()], [heard(pcm=b"\1" + b"\0" * 47999)])
    assert not result.passed
    assert result.unequal_lines == 1
