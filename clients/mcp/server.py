"""The tools of `talker.py` over the Model Context Protocol, with the official package `mcp` (the extra `mcp`).

Import it only where that package is wanted.
"""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from oncue.clients.mcp.talker import SpeakingError, Talker

INSTRUCTIONS = (
    "Speaks aloud on the user's machine, with an AI-generated voice. Write what is said as it is to be heard: plain "
    "sentences, no markup, English or Chinese. Lines are heard one after another."
)


def mcp_server(talker: Talker) -> MCPServer[Any]:
    """The server with its three tools."""
    server: MCPServer[Any] = MCPServer("oncue", title="OnCue", instructions=INSTRUCTIONS, log_level="ERROR")

    @server.tool()
    async def speak(
        text: Annotated[str, Field(description="What to say, up to 4000 characters.", min_length=1, max_length=4000)],
        voice: Annotated[str | None, Field(description="A name of list_voices; the first one if left out.")] = None,
        emotion: Annotated[
            str | None, Field(description="How it is said, in plain words: happy, sad and tired, ….", max_length=500)
        ] = None,
        seconds: Annotated[
            float | None, Field(description="The exact length; natural if left out.", gt=0, le=3600)
        ] = None,
        wait: Annotated[bool, Field(description="Answer when it was heard, not when it begins.")] = False,
    ) -> dict[str, Any]:
        """Say something aloud. Answers with its state and its length in seconds."""
        try:
            return await talker.speak(text, voice, emotion, seconds, wait=wait)
        except SpeakingError as error:
            raise ToolError(str(error)) from error

    @server.tool()
    async def list_voices() -> list[str]:
        """The voices that speak can use, the default first."""
        try:
            return await talker.voices()
        except SpeakingError as error:
            raise ToolError(str(error)) from error

    @server.tool()
    async def stop() -> dict[str, Any]:
        """Be silent now: the line that is heard ends, and those that wait are let go."""
        return await talker.stop()

    return server
