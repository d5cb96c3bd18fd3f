"""The voices of several servers are one: each server's folder is its copy, and Redis is where they meet.

Every look at a voice is a look into the folder, so a server that cannot reach Redis speaks with every voice it knows, also
after a restart. What one side changed since both agreed is done on the other (`voices.copies` compares them); revocations
only ever grow. A Redis that was emptied has another epoch: it is filled again, and nothing is taken away for it. Others hear
of a change at once, by a channel; what a command changed in the folder is found within two seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from oncue.server.shared.redis_client import away, ending
from oncue.server.voices.copies import MAX_BYTES, Copies, Kept, Poisoned, agreement, checked_record, difference
from oncue.server.voices.store import NameTaken, NotKept, SharedStoreAway, place_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

_log = logging.getLogger(__name__)
EVERY_S = 2.0
_AGAIN_S = 0.5
_PREFIX = "oncue:voices:"
_EPOCH, _SERIAL, _NAMES, _REVOKED, _CHANGED = (
    _PREFIX + part for part in ("epoch", "serial", "names", "revoked", "changed")
)
_VECTORS = _PREFIX + "vectors:"


class SharedVoices:
    """One for each server."""

    def __init__(self, redis: Redis, copies: Copies, on_revoked: Callable[[str], object]) -> None:
        """`on_revoked` hears of every voice that was revoked elsewhere."""
        self._redis: Any = redis  # its own annotations mix what is awaited and what is not
        self._copies, self._on_revoked = copies, on_revoked
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._agreed_at: object = None
        self._conflicts: frozenset[str] = frozenset()
        self._refused: set[str] = set()
        self.here = True
        """Whether Redis answered when it was asked last."""

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """While the server runs."""
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._keep()), loop.create_task(self._listen())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with contextlib.suppress(*away()):
            await self._redis.aclose()

    def soon(self) -> None:
        """Something changed here: tell the others."""
        self._wake.set()

    async def demand(self) -> None:
        """Redis answers, so a new voice can be shared. Raises SharedStoreAway."""
        try:
            await self._redis.ping()
        except away() as error:
            self._note(here=False)
            raise SharedStoreAway(
                "The store that servers share their voices in cannot be reached: the voices known here can be used, and "
                "new ones are made when it is back."
            ) from error

    async def publish(self, name: str, family: str) -> None:
        """Bring a name that is new here to the others, now. Raises SharedStoreAway or NameTaken: it is not there then."""
        try:
            await self.sync()
        except away() as error:
            self._note(here=False)
            raise SharedStoreAway("The store that servers share their voices in did not take the voice.") from error
        if place_of(name, family) in self._conflicts:
            raise NameTaken("Another server has a voice of this name: choose another.")

    async def sync(self) -> None:
        """Both sides have the same afterwards. Raises what `away` names, or NotKept."""
        async with self._turn:
            await self._sync()
            self._note(here=True)

    async def _sync(self) -> None:
        redis, copies = self._redis, self._copies
        epoch, serial, names, gone = await self._snapshot()
        state = (epoch, serial, await asyncio.to_thread(lambda: copies.fingerprint))
        if state == self._agreed_at:
            return  # nothing has changed since
        changed = await self._share_revocations(gone)
        here = await asyncio.to_thread(copies.names)
        there = self._believed(names)
        revoked = (await asyncio.to_thread(copies.revocations)).keys()
        agreed = await asyncio.to_thread(copies.agreed, epoch.decode())
        todo = difference(_keys(here), _keys(there), agreed, revoked)
        for place in todo.forget_here:
            await asyncio.to_thread(copies.forget, place)
        for place in todo.forget_there:
            await self._forget_there(place, there)
        moved = {place for place in todo.take if await self._take(place, there[place])}
        moved |= {place for place in todo.give if await self._give(place, here[place])}
        self._tell_conflicts(todo.conflicts)
        both = agreement(_keys(here), _keys(there), agreed, todo, moved)
        await asyncio.to_thread(copies.agree, epoch.decode(), both)
        if changed or todo.forget_there or todo.give:
            await redis.incr(_SERIAL)
            await redis.publish(_CHANGED, b"")
        # Only a pass that found nothing to do has seen all there was when it began.
        idle = not changed and _keys(here) == _keys(there)
        self._agreed_at = state if idle else None

    async def _snapshot(self) -> tuple[bytes, bytes | None, dict[bytes, bytes], dict[bytes, bytes]]:
        """Epoch, serial, names and revocations of one moment, so that a Redis that is emptied meanwhile is seen as another one."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.setnx(_EPOCH, secrets.token_hex(8))
            pipe.get(_EPOCH).get(_SERIAL).hgetall(_NAMES).hgetall(_REVOKED)
            _, epoch, serial, names, gone = await pipe.execute()
        return epoch, serial, names, gone

    async def _share_revocations(self, gone: dict[bytes, bytes]) -> bool:
        """The union of both sides on both. Returns whether there was one that only we knew."""
        there = {key.decode(errors="replace"): data for key, data in gone.items()}
        here = await asyncio.to_thread(self._copies.revocations)
        for key in there.keys() - here.keys() - self._refused:
            try:
                await asyncio.to_thread(self._copies.take_revocation, key, there[key])
            except Poisoned as error:
                self._refuse(key, error)
                continue
            _log.info("voice %s was revoked on another server", key)
            self._on_revoked(key)
        ours = here.keys() - there.keys()
        for key in ours:
            await self._redis.hset(_REVOKED, key, here[key])
            await self._redis.delete(_VECTORS + key)
        return bool(ours)

    def _believed(self, names: dict[bytes, bytes]) -> dict[str, Kept]:
        """What Redis has, without what is not what it says."""
        found = {}
        for field, data in names.items():
            place = field.decode(errors="replace")
            try:
                found[place] = Kept(checked_record(place, data).key, data)
            except Poisoned as error:
                self._refuse(place, error)
        return found

    async def _take(self, place: str, theirs: Kept) -> bool:
        """Whether we have it now."""
        if await self._redis.strlen(_VECTORS + theirs.key) > MAX_BYTES:
            self._refuse(place, Poisoned("The voice is too large."))
            return False
        vectors = await self._redis.get(_VECTORS + theirs.key)
        if vectors is None:
            return False  # on its way, or gone again
        try:
            await asyncio.to_thread(self._copies.take, place, theirs.data, vectors)
        except Poisoned as error:
            self._refuse(place, error)
            return False
        return True

    async def _give(self, place: str, mine: Kept) -> bool:
        """Whether the others have it now."""
        try:
            vectors = await asyncio.to_thread(self._copies.vectors, mine.key)
        except OSError:
            return False  # removed meanwhile
        await self._redis.set(_VECTORS + mine.key, vectors)
        await self._redis.hset(_NAMES, place, mine.data)
        return True

    async def _forget_there(self, place: str, there: dict[str, Kept]) -> None:
        await self._redis.hdel(_NAMES, place)
        key = there[place].key
        if all(kept.key != key for other, kept in there.items() if other != place):
            await self._redis.delete(_VECTORS + key)

    async def _keep(self) -> None:
        """Agree whenever there may be something to agree on."""
        while not ending():
            self._wake.clear()
            wait_s = EVERY_S
            try:
                await self.sync()
            except away():
                if ending():
                    return
                self._note(here=False)
                wait_s = _AGAIN_S
            except NotKept as error:
                _log.error("%s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()

    async def _listen(self) -> None:
        """Others say that something changed."""
        while not ending():
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(_CHANGED)
                    self._wake.set()
                    while not ending():
                        if await channel.get_message(timeout=EVERY_S) is not None:
                            self._wake.set()
            except away():
                if not ending():
                    await asyncio.sleep(_AGAIN_S)

    def _note(self, *, here: bool) -> None:
        if here != self.here:
            _log.warning("the store that servers share their voices in %s", "is back" if here else "cannot be reached")
        self.here = here

    def _refuse(self, place: str, error: Poisoned) -> None:
        """Once for each."""
        if place not in self._refused:
            self._refused.add(place)
            _log.error("%s was refused from the shared store: %s", place[:32], error)

    def _tell_conflicts(self, places: frozenset[str]) -> None:
        for place in places - self._conflicts:
            _log.warning("the name %s means another voice on other servers; here it keeps its own", place)
        self._conflicts = places


def _keys(names: dict[str, Kept]) -> dict[str, str]:
    return {place: kept.key for place, kept in names.items()}
