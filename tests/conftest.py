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

SCRIPTED = "tests.fakes:ScriptedModel"


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
