"""Who speaks which line: names from the script outrank ears, and ears are distances between speaker vectors.

Unnamed lines are gathered by average linkage (Sokal & Michener 1958) over cosines, as long as two groups are alike enough.
Where vectors come from is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

ALIKE = 0.72
"""Mean cosine above which two groups of lines are one speaker, for the GE2E vectors of the bundled family."""

Vector = NDArray[np.float32]


def assign(
    names: Sequence[str],
    vectors: Sequence[Vector | None],
    weights: Sequence[float],
    *,
    alike: float = ALIKE,
    count: int | None = None,
) -> tuple[str, ...]:
    """A speaker for each line: its name, or the group it is heard to be in.

    Args:
        names: From the script; empty where it names nobody.
        vectors: What was heard at the line's time, None where nobody was.
        weights: How much each vector can be trusted, such as seconds of speech.
        alike: Where two groups become one.
        count: How many speakers there are, where that is known; `alike` then says nothing.

    Lines with one name are one group from the start, and two names never become one. A line at whose time nobody was heard
    belongs to the speaker of the line before it, else of the one after.
    """
    heard = [index for index, vector in enumerate(vectors) if vector is not None]
    groups: list[list[int]] = []
    by_name: dict[str, list[int]] = {}
    for index in heard:
        name = names[index].casefold()
        if name and name in by_name:
            by_name[name].append(index)
            continue
        groups.append([index])
        if name:
            by_name[name] = groups[-1]
    _merge(groups, names, _cosines(vectors, heard), np.asarray(weights, np.float64), alike, count)
    found = _named(groups, names)
    return tuple(_filled(names, found))


def _cosines(vectors: Sequence[Vector | None], heard: Sequence[int]) -> NDArray[np.float64]:
    """[lines, lines]; zeros for lines without a vector."""
    made = np.zeros((len(vectors), len(vectors)))
    if heard:
        rows = np.stack([np.asarray(vectors[index], np.float64) for index in heard])
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        made[np.ix_(heard, heard)] = rows @ rows.T
    return made


def _merge(
    groups: list[list[int]],
    names: Sequence[str],
    cosines: NDArray[np.float64],
    weights: NDArray[np.float64],
    alike: float,
    count: int | None,
) -> None:
    """Join the two most alike until none are alike enough, or as few are left as there are speakers."""

    def name_of(group: list[int]) -> str:
        return next((names[index].casefold() for index in group if names[index]), "")

    while len(groups) > (count or 1):
        best, pair = -2.0, (0, 0)
        for i, one in enumerate(groups):
            for j in range(i + 1, len(groups)):
                if name_of(one) and name_of(groups[j]):
                    continue  # two names are two people, however alike they sound
                weight = np.outer(weights[one], weights[groups[j]])
                value = float((cosines[np.ix_(one, groups[j])] * weight).sum() / max(weight.sum(), 1e-12))
                if value > best:
                    best, pair = value, (i, j)
        if best < (-1.5 if count is not None else alike):
            return
        groups[pair[0]] += groups.pop(pair[1])


def _named(groups: Sequence[Sequence[int]], names: Sequence[str]) -> dict[int, str]:
    """Line to speaker; groups without a name are numbered in the order in which they first speak."""
    found: dict[int, str] = {}
    taken = {name.casefold() for name in names if name}
    number = 0
    for group in sorted(groups, key=min):
        name = next((names[index] for index in sorted(group) if names[index]), "")
        while not name:
            number += 1
            name = "" if f"speaker {number}" in taken else f"Speaker {number}"
        found |= dict.fromkeys(group, name)
    return found


def _filled(names: Sequence[str], found: dict[int, str]) -> list[str]:
    """Every line has a speaker, also where nobody was heard."""
    first = next((found[index] for index in range(len(names)) if index in found), "Speaker 1")
    speakers: list[str] = []
    for index, name in enumerate(names):
        speakers.append(found.get(index) or name or (speakers[-1] if speakers else first))
    return speakers
