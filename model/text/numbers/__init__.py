"""What a number is, by its form and the words around it, and how it is said.

A file for each kind of expression, each with its rules; here is the order in which they are asked, from the most certain
form to the least. Each rule says the whole expression, so that a hyphen is to, minus, a ratio or nothing by the kind it
stands in.
"""

from __future__ import annotations

from oncue.model.text.classes import Rules
from oncue.model.text.numbers import (
    codes,
    dates,
    equations,
    fractions,
    measures,
    money,
    named,
    plain,
    ranges,
    scores,
    times,
)

RULES = Rules(
    plain.TOLD,
    codes.RULES,
    dates.RULES,
    times.RULES,
    scores.RULES,
    equations.RULES,
    fractions.RULES,
    money.RULES,
    named.RULES,
    measures.RULES,
    codes.LATE,
    ranges.RULES,
    plain.RULES,
)
