"""Fixtures that several rooms use. No network but loopback, ports chosen by the system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from oncue.server.config import Config
from oncue.server.from_config import engine_pool
from oncue.server.http.app import Server
from oncue.server.lifecycle import listening
from tests import programs

SCRIPTED = "tests.fakes:ScriptedModel"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `needs_program("chromium")` is skipped where that program is missing."""
    for marker in item.iter_markers("needs_program"):
        for name in programs.missing(marker.args):
            pytest.skip(programs.reason(name))


@dataclass(frozen=True, slots=True)
class Running:
    """A server on a port of its own."""

    server: Server
    url: str


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(port=0, family=SCRIPTED, voices_dir=str(tmp_path / "voices"))


@pytest.fixture
async def running(config: Config) -> AsyncIterator[Running]:
    """A server with the scripted model in a thread."""
    pool = engine_pool(config, process=False)
    await pool.start()
    server = Server(config, pool)
    async with listening(server) as url:
        yield Running(server, url)
    await pool.stop()
