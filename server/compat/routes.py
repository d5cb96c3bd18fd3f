"""The borrowed protocols that a server speaks, in one place; each is a file of its own here."""

from __future__ import annotations

from aiohttp import web

from oncue.server.compat.cartesia import Cartesia
from oncue.server.compat.elevenlabs import ElevenLabs
from oncue.server.compat.elevenlabs_dialogue import ElevenLabsDialogue
from oncue.server.compat.inworld import Inworld
from oncue.server.compat.openai import OpenAI
from oncue.server.compat.openai_realtime import OpenAIRealtime
from oncue.server.state import ServerState


def add_all(state: ServerState, router: web.UrlDispatcher) -> None:
    """Take requests of every protocol from now on."""
    Cartesia(state).add_routes(router)
    ElevenLabs(state).add_routes(router)
    ElevenLabsDialogue(state).add_routes(router)
    Inworld(state).add_routes(router)
    OpenAI(state).add_routes(router)
    OpenAIRealtime(state).add_routes(router)
