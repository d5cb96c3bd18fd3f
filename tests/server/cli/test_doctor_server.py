from __future__ import annotations

import asyncio

from oncue.server.cli.doctor_server import of_server
from tests.conftest import Running


async def test_a_server_that_runs_is_found_well(running: Running) -> None:
    checks = await asyncio.wait_for(of_server(running.url, "", running.server.state.config), 60)
    assert [check.name for check in checks if not check.good] == []
    assert {"ready to speak", "exact length", "first sound", "watermark"} <= {check.name for check in checks}


async def test_a_server_that_drains_is_said_not_to_be_ready_and_is_asked_no_more(running: Running) -> None:
    running.server.state.draining = True
    checks = await of_server(running.url, "", running.server.state.config)
    assert [check.name for check in checks if not check.good] == ["ready to speak"]


async def test_no_server_is_told_of(running: Running) -> None:
    checks = await of_server("http://127.0.0.1:1", "", running.server.state.config)
    assert not any(check.good for check in checks)
