from __future__ import annotations

import json

import pytest

from oncue.clients.bench.figures import load_of
from oncue.clients.bench.listeners import HeardLine
from oncue.clients.bench.load import OfferedLine
from oncue.clients.bench.stalls import NO_STALLS
from oncue.server.cli.bench import command as bench
from oncue.server.cli.bench.runs import Capacity, Compared, Measured, Together, sessions_of
from oncue.server.cli.main import main
from tests.clients.listeners import heard

LATE = heard((0.1, 0.9))


def together(*many: HeardLine) -> Together:
    summed = sessions_of(len(many), [heard()] * len(many), many, NO_STALLS, 0.0, 0.2)
    return Together(summed, many, NO_STALLS, 0.2)


def measured(line: HeardLine, streams: float = 1.0) -> Measured:
    offered = (OfferedLine(0.0, 0.0, line),)
    load = load_of(offered, NO_STALLS, streams=streams, lines_per_s=0.5, seed=0, start_limit_s=0.2)
    return Measured(load, offered, NO_STALLS)


RESULTS: list[tuple[bench.Result, bool]] = [
    (together(heard()), True),
    (together(LATE), False),
    (measured(heard()), True),
    (measured(LATE), False),
    (Capacity((measured(heard()), measured(LATE, 2.0))), True),
    (Capacity((measured(LATE),)), False),
    (Compared((measured(heard()),), (measured(LATE),), (), ()), True),
]


@pytest.mark.parametrize(("result", "good"), RESULTS)
def test_a_result_passes_or_not_and_can_be_printed_both_ways(
    result: bench.Result, good: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.passed(result) is good
    told = json.loads(json.dumps(bench.report(result)))
    assert told["mode"] in {"sessions", "load", "capacity", "compare"}
    bench._print(result)
    assert capsys.readouterr().out


def test_both_columns_are_told() -> None:
    told = bench.report(together(LATE))
    assert told["as_heard"]["underruns"] == told["net"]["underruns"] == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--capacity", "--streams", "2"], "--capacity"),
        (["--compare", "", "--threads 2", "--server", "http://127.0.0.1:9"], "--server"),
    ],
)
def test_options_that_contradict_each_other_are_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", *arguments])
    assert left.value.code == 2
    assert sentence in capsys.readouterr().err
