"""Taking a concept out of vectors so that no linear probe finds it, with the least change to the vectors.

Belrose et al. 2023, "LEACE: Perfect linear concept erasure in closed form": with W the whitening of x and Q the projection
onto the columns of W Cov(x, z), x loses W^-1 Q W (x - E x).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FLOOR = 1e-6
"""Of the largest: smaller eigenvalues and singular values are noise."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """x -> keep @ x + shift."""

    keep: Floats  # [dim, dim]
    shift: Floats  # [dim]

    def __call__(self, vectors: NDArray[np.floating]) -> Floats:
        """Vectors [..., dim] without the concept."""
        return np.asarray(vectors @ self.keep.T + self.shift)


def eraser(vectors: NDArray[np.floating], concept: NDArray[np.floating], groups: NDArray[np.integer]) -> Eraser:
    """Fitted to vectors [n, dim] and what they must not tell [n, k].

    `groups` [n] says which vectors belong together otherwise (the clips of one voice): only differences within a
    group say how the concept is written, so that groups that differ by chance do not.
    """
    centred = vectors.astype(np.float64) - vectors.mean(0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(vectors))
    spread = np.sqrt(np.maximum(values, _FLOOR * values.max()))
    whiten, colour = axes / spread @ axes.T, axes * spread @ axes.T
    covariance = _within(centred, groups).T @ _within(concept.astype(np.float64), groups) / len(vectors)
    columns, sizes, _ = np.linalg.svd(whiten @ covariance, full_matrices=False)
    columns = columns[:, sizes > 1e-3 * sizes.max()] if sizes.size and sizes.max() > _FLOOR else columns[:, :0]
    keep = np.eye(len(values)) - colour @ columns @ columns.T @ whiten
    mean = vectors.astype(np.float64).mean(0)
    return Eraser(keep, mean - keep @ mean)


def by_group(
    vectors: NDArray[np.floating], concept: NDArray[np.floating], groups: NDArray[np.integer], axes: int
) -> Floats:
    """The concept [n, k] as it stands and times where its group lies on each principal axis of the groups, [n, k * (1 + axes)].

    For a concept that is written differently in groups that differ.
    """
    centred = vectors.astype(np.float64) - vectors.mean(0)
    means = centred - _within(centred, groups)
    places = means @ np.linalg.svd(means, full_matrices=False)[2][:axes].T
    places = np.concatenate([np.ones((len(vectors), 1)), places / (places.std(0) + _FLOOR)], axis=1)
    return np.asarray((concept[:, :, None] * places[:, None, :]).reshape(len(vectors), -1))


def _within(rows: Floats, groups: NDArray[np.integer]) -> Floats:
    """Rows [n, k] minus the mean of their group."""
    names, place = np.unique(groups, return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, place, rows)
    return rows - (sums / np.bincount(place)[:, None])[place]
