"""Where the windows of a segment begin and when each is planned: a pure function of its own codes.

A window is planned when a fixed number of codes after it are decoded, or when the last code is. So its
spans never depend on the clock or on the neighbours, and the later windows are planned with more known.
When a planned window is turned into sound is the scheduler's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from oncue.streaming.engine.events import Mark

SHORTEST_LAST = 3
"""A last window shorter than this joins the one before."""


@dataclass(frozen=True, slots=True)
class WindowRamp:
    """Sizes and lookaheads in codes; the last of each repeats."""

    sizes: tuple[int, ...]
    lookaheads: tuple[int, ...]

    def size(self, index: int) -> int:
        """Codes in window `index`."""
        return self.sizes[min(index, len(self.sizes) - 1)]

    def lookahead(self, index: int) -> int:
        """Codes after window `index` that are decoded before it is planned."""
        return self.lookaheads[min(index, len(self.lookaheads) - 1)]

    def at_least(self, lookahead: int) -> WindowRamp:
        """The ramp for a vocoder that must see `lookahead` codes ahead."""
        return WindowRamp(self.sizes, tuple(max(lookahead, codes) for codes in self.lookaheads))

    def longer(self, codes: int) -> WindowRamp:
        """The ramp for a vocoder that holds back the sound of `codes` codes: the first window yields hardly less for it."""
        first, *others = self.sizes
        return WindowRamp((first + codes, *others), self.lookaheads)

    @property
    def reserve(self) -> int:
        """Codes that must be decoded ahead of the sound for every window to be planned in time."""
        return self.sizes[-1] + self.lookaheads[-1]

    def due(self, index: int, unplanned: int) -> bool:
        """Whether window `index` is planned when `unplanned` codes are decoded and in no window yet."""
        return unplanned >= self.size(index) + self.lookahead(index)

    def last(self, index: int, unplanned: int) -> tuple[int, ...]:
        """The sizes of the windows that end a segment, from window `index` on."""
        sizes: list[int] = []
        while unplanned:
            size = self.size(index + len(sizes))
            take = unplanned if unplanned - size < SHORTEST_LAST else size
            sizes.append(take)
            unplanned -= take
        return tuple(sizes)


FIRST_RAMP = WindowRamp((3, 4, 6, 8), (0, 2, 4, 8, 12))
"""For the first segment of a line: sound as soon as possible, then better informed."""
NEXT_RAMP = WindowRamp((4, 6, 8), (2, 4, 8, 12))
"""For the segments after it, which begin while the one before is still heard."""


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A window with its samples decided; marks count from the segment's start."""

    first: int
    spans: tuple[int, ...]
    final: bool
    marks: tuple[Mark, ...]
    owed: int = 0
    """Samples that the one before it held back."""
    held_back: int = 0
    """Samples of its own that come with the next one."""

    @property
    def samples(self) -> int:
        """Samples it will yield."""
        return self.owed + sum(self.spans) - self.held_back

    @property
    def end(self) -> int:
        """One past its last code."""
        return self.first + len(self.spans)
