from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from oncue.server.cli.main import main
from tests.conftest import Running


async def test_a_client_of_the_official_package_speaks_over_stdio(running: Running) -> None:
    pytest.importorskip("mcp", reason="the official package mcp (the extra mcp) is not installed")
    from mcp.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    words = ["-m", "oncue.server.cli", "mcp", "--server", running.url, "--player", "none"]
    process = stdio_client(StdioServerParameters(command=sys.executable, args=words, env=dict(os.environ)))
    async with asyncio.timeout(300), Client(process) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == {"speak", "list_voices", "stop"}
        heard = await client.call_tool("speak", {"text": "Hello there, you.", "seconds": 1.0, "wait": True})
        assert not heard.is_error
        assert _data(heard) == {"state": "complete", "seconds": 1.0}
        assert "hum" in str((await client.call_tool("list_voices", {})).content)
        refused = await client.call_tool("speak", {"text": "Hello.", "voice": "nobody", "wait": True})
        assert refused.is_error
        assert "voice" in str(refused.content)
        assert _data(await client.call_tool("stop", {})) == {"stopped": 0}


def _data(result: Any) -> Any:
    return result.structured_content or json.loads(result.content[0].text)


def test_without_the_package_the_verb_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    monkeypatch.delitem(sys.modules, "oncue.clients.mcp.server", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["mcp", "--player", "none"])
    assert ended.value.code == 2
    assert "oncue[mcp]" in capsys.readouterr().err
