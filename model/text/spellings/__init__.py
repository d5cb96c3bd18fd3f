"""What a word is that is not said as it is spelt: addresses, files, abbreviations, initials, numerals of the Romans, letters.

A file for each kind, each known by its form and by what stands on both sides; here is the order in which they are asked.
"""

from __future__ import annotations

from oncue.model.text.classes import Rules
from oncue.model.text.spellings import abbreviations, addresses, compounds, places, romans, single, technical

RULES = Rules(
    addresses.RULES,
    technical.RULES,
    abbreviations.RULES,
    places.RULES,
    romans.RULES,
    compounds.RULES,
    single.RULES,
)
