"""What a watermark says and where each of its signs stands: a key and a payload to a table of +1 and -1.

The table has a row for each chip of `CHIP_S` seconds and a column for each band of frequencies; it is repeated along the
line. A chip raises its band for its first half and lowers it as much for the second, or the other way round, so the mean
level of no band changes. `PILOT_SHARE` of the signs, at places that the key chooses, are the key's alone: by them a
recording is found without knowing what it says. The others carry a payload of 32 bits: a checksum, a convolutional code
(rate 1/3, constraint length 7; Proakis, Digital Communications, table 8.2-2) and as many repetitions as there is room.
Everything is drawn from SHAKE-256 of the key, so without the key the signs are coins. Sound is not touched here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHIP_S = 0.04
HALF_S = CHIP_S / 2
CHIPS = 128
"""Rows of the table: it comes again every 5.12 s."""
LOWEST_HZ, BAND_HZ, BANDS = 300.0, 240.0, 14
"""All below what a telephone carries."""
PILOT_SHARE = 0.5
KEY_BYTES = 32

Signs = NDArray[np.int8]  # [CHIPS, BANDS]
Reals = NDArray[np.floating[Any]]

_GENERATORS = (0o133, 0o145, 0o175)
_MEMORY = 6
_STATES = 1 << _MEMORY
_CHECK_BITS = 16
_PAYLOAD_BITS = 32
_STEPS = _PAYLOAD_BITS + _CHECK_BITS + _MEMORY
CODED_BITS = _STEPS * len(_GENERATORS)


@dataclass(frozen=True, slots=True)
class Payload:
    """Which server spoke, and on which day (days since 1970-01-01, UTC): 16 bits each, and nothing about a user."""

    server: int
    day: int

    def __post_init__(self) -> None:
        if not (0 <= self.server < 1 << 16 and 0 <= self.day < 1 << 16):
            raise ValueError("A watermark's server and day are numbers from 0 to 65535.")


def band_edges() -> Reals:
    """The edges of the bands in Hz [BANDS + 1]."""
    return LOWEST_HZ + BAND_HZ * np.arange(BANDS + 1)


class SignTable:
    """A key's signs: those of the pilot, and where each coded bit of a payload stands."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"A watermark's key is {KEY_BYTES} bytes.")
        cells = CHIPS * BANDS
        drawn = np.frombuffer(hashlib.shake_256(b"oncue watermark 1" + key).digest(9 * cells), np.uint8)
        self.signs: Signs = (1 - 2 * (drawn[:cells] & 1).astype(np.int8)).reshape(CHIPS, BANDS)
        order = np.argsort(drawn[cells:].view("<u8"), kind="stable")
        pilots = round(PILOT_SHARE * cells)
        pilot, bit = np.zeros(cells, bool), np.full(cells, -1)
        pilot[order[:pilots]] = True
        bit[order[pilots:]] = np.arange(cells - pilots) % CODED_BITS
        self.pilot, self.bit = pilot.reshape(CHIPS, BANDS), bit.reshape(CHIPS, BANDS)

    def of(self, payload: Payload) -> Signs:
        """All signs of a line that says `payload` [CHIPS, BANDS]."""
        coded = 1 - 2 * encode(payload)
        return np.where(self.pilot, self.signs, self.signs * coded[self.bit]).astype(np.int8)


def encode(payload: Payload) -> NDArray[np.int8]:
    """The coded bits of a payload [CODED_BITS]."""
    value = payload.server << 16 | payload.day
    value = value << _CHECK_BITS | _checksum(value)
    bits = [value >> place & 1 for place in reversed(range(_PAYLOAD_BITS + _CHECK_BITS))] + [0] * _MEMORY
    state, coded = 0, []
    for bit in bits:
        register = bit << _MEMORY | state
        coded += [(register & generator).bit_count() & 1 for generator in _GENERATORS]
        state = register >> 1
    return np.array(coded, np.int8)


def decode(soft: Reals) -> Payload | None:
    """The payload whose coded bits agree best with `soft` [CODED_BITS] (positive for 0); None where its checksum is wrong."""
    registers = np.arange(2 * _STATES)
    signs = np.array(
        [[1 - 2 * ((int(r) & g).bit_count() & 1) for g in _GENERATORS] for r in registers]
    )  # [2 * states, 3]
    after, states = registers >> 1, np.arange(_STATES)
    score = np.full(_STATES, -np.inf)
    score[0] = 0.0
    chosen = np.zeros((_STEPS, _STATES), np.int64)
    # The two registers that lead to a state differ in their last bit, which is shifted out.
    ways = np.stack([states << 1, states << 1 | 1])
    assert (after[ways] == states).all()
    for step, values in enumerate(soft.reshape(_STEPS, len(_GENERATORS))):
        reached = score[registers & (_STATES - 1)] + signs @ values
        pick = reached[ways].argmax(0)
        chosen[step], score = pick, reached[ways[pick, states]]
    state, bits = 0, []
    for pick in chosen[::-1]:
        register = state << 1 | int(pick[state])
        bits.append(register >> _MEMORY)
        state = register & (_STATES - 1)
    value = int("".join(map(str, bits[::-1][: _PAYLOAD_BITS + _CHECK_BITS])), 2)
    told, check = value >> _CHECK_BITS, value & ((1 << _CHECK_BITS) - 1)
    return Payload(told >> 16, told & 0xFFFF) if _checksum(told) == check else None


def _checksum(value: int) -> int:
    """CRC-16/CCITT-FALSE of the 32 bits, so that no payload and no silence looks right by chance."""
    check = 0xFFFF
    for byte in value.to_bytes(4, "big"):
        check ^= byte << 8
        for _ in range(8):
            check = (check << 1 ^ 0x1021 if check & 0x8000 else check << 1) & 0xFFFF
    return check
