"""`oncue mcp`: the tools speak, list_voices and stop over stdio, for a model's client. Thin: `clients/mcp` does it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from oncue.clients.live.output import OutputError, output_of
from oncue.clients.live.player import LineEnded, LineStarted, Player, connector
from oncue.clients.mcp.talker import Talker
from oncue.server.cli.common import CommandError, config_of


def mcp(
    server: Annotated[str, typer.Option(help="URL of the server that speaks.")] = "http://127.0.0.1:8760",
    player: Annotated[
        str, typer.Option(help="auto, none, or the command of a player that reads pcm_s16le; {rate} in it is the rate.")
    ] = "auto",
) -> None:
    """Let a model's client speak (Model Context Protocol, stdio)."""
    try:
        from oncue.clients.mcp.server import mcp_server
    except ImportError as error:
        raise CommandError("The package mcp is not installed: pip install 'oncue[mcp]'.") from error
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)  # stdout belongs to the protocol
    try:
        output = output_of(player)
    except OutputError as error:
        raise CommandError(str(error)) from error
    token = config_of().token

    def player_of(told: Callable[[LineStarted | LineEnded], None]) -> Player:
        return Player(connector(server, token), output, observer=told)

    async def run() -> None:
        talker = Talker(player_of)
        try:
            await mcp_server(talker).run_stdio_async()
        finally:
            await talker.close()

    asyncio.run(run())
