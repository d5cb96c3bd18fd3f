"""Patterns that are made once and kept: the library keeps 512 of them and forgets, so that a program with many makes them again.

For patterns that are written where they are used; their number is that of the places in this package.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def pattern(written: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """The pattern that is written so."""
    return re.compile(written, flags)
