"""A batch on Ray, without Ray: what tasks are given, that they make the same lines, and whose a failure is."""

from __future__ import annotations

import asyncio

import pytest

from oncue.clients.client import Refusal
from oncue.server.config import Config
from oncue.server.local_engine import LineCollector, line_message, local_engine
from oncue.server.ray.batch import MOST_LINES, Outcome, RayBatch, encoded, spoken_here
from oncue.streaming.protocol import messages


class Tasks:
    """Runs tasks in a thread, one after another, and notes how many lines each had."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._one = asyncio.Lock()

    async def submit(self, config: str, lines: list[messages.Speak], together: int) -> tuple[str, list[Outcome]]:
        async with self._one:
            self.sizes.append(len(lines))
            return await asyncio.to_thread(spoken_here, config, lines, together)


async def test_a_task_makes_the_lines_that_this_process_would_make(config: Config) -> None:
    tasks = Tasks()
    batch = RayBatch(config, tasks.submit, cores=1, together=2)
    wanted = [line_message(f"Line number {seed} of this batch.", seed=seed) for seed in range(10)]
    assert await batch.made_by() == "scripted 1"
    made = await asyncio.gather(*map(batch.speak, wanted))
    async with local_engine(config) as engine:
        alone = [await engine.speak(line) for line in wanted]
    assert [one.pcm for one in made] == [one.pcm for one in alone]
    assert tasks.sizes == [0, 3, 3, 3, 1]


async def test_a_line_that_is_refused_takes_no_other_with_it(config: Config) -> None:
    batch = RayBatch(config, Tasks().submit, cores=1, together=2)
    lines = [line_message("Good."), line_message("... ..."), line_message("Day.")]
    good, bad, day = await asyncio.gather(*map(batch.speak, lines), return_exceptions=True)
    assert isinstance(good, LineCollector)
    assert isinstance(day, LineCollector)
    assert isinstance(bad, Refusal)
    assert "nothing in the text" in str(bad)


async def test_a_task_that_is_lost_for_good_fails_its_own_lines(config: Config) -> None:
    async def lose(_config: str, lines: list[messages.Speak], _together: int) -> tuple[str, list[Outcome]]:
        if any(line.seed == 0 for line in lines):
            raise ConnectionError("The machine is gone.")
        return "", [LineCollector(24_000) for _ in lines]

    batch = RayBatch(config, lose, cores=1, together=1)
    lines = [line_message("Hi.", seed=seed) for seed in range(4)]
    made = await asyncio.gather(*map(batch.speak, lines), return_exceptions=True)
    assert [isinstance(one, ConnectionError) for one in made] == [True, False, False, False]


@pytest.mark.parametrize(("lines", "cores", "largest"), [(1000, 2, MOST_LINES), (8, 100, 1), (40, 2, 5)])
async def test_tasks_are_small_enough_for_all_cores_and_never_large(
    config: Config, lines: int, cores: int, largest: int
) -> None:
    sizes = []

    async def count(_config: str, some: list[messages.Speak], _together: int) -> tuple[str, list[Outcome]]:
        sizes.append(len(some))
        return "", [LineCollector(24_000) for _ in some]

    batch = RayBatch(config, count, cores, together=1)
    await asyncio.gather(*(batch.speak(line_message("Hi.")) for _ in range(lines)))
    assert sum(sizes) == lines
    assert max(sizes) == largest


def test_a_configuration_that_is_the_same_keeps_its_engine_and_another_does_not(config: Config) -> None:
    assert encoded(config) == encoded(Config(port=0, family=config.family, voices_dir=config.voices_dir))
    assert encoded(config) != encoded(Config(port=0, family=config.family, voices_dir="/elsewhere"))
