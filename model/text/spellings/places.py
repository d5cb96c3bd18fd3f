"""Days of the week, roads, points of the compass and states of America, by the names that stand beside them."""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import by_digits
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import rows

RULES = Rules()

_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_DAY = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"


@RULES.rule(rf"({_DAY})(?![A-Za-z'])")
def _day(context: Context, match: re.Match[str]) -> Found | None:
    """Mon–Fri, Sat 7:30, Wed, May 5; but the sun, and he sat."""
    before, after = context.before(match.start(), 10), context.after(match.end(), 10)
    beside = pattern(rf"\.?(?:\s?[-–—/&]\s?|, ?|,? (?:and|or|to) )(?:{_DAY})(?![a-z])").match(after) or pattern(
        rf"(?:{_DAY})\.?(?:\s?[-–—/&]\s?|, ?|,? (?:and|or|to) )$"
    ).search(before)
    dated = pattern(
        r",? (?:\d{1,2}(?::\d\d|\s?[ap]\.?m|\b(?! [a-z]))|at \d|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    ).match(after)
    dated = dated or pattern(r"\b(?:every|on|this|next|last|until|till|by) $").search(before)
    plain = match[1] in {"Tue", "Tues", "Thu", "Thur", "Thurs", "Fri"}
    return whole(match, f" {_DAYS[match[1]]} ") if beside or dated or plain else None


_ROADS = {
    "St": "street",
    "Ave": "avenue",
    "Av": "avenue",
    "Blvd": "boulevard",
    "Rd": "road",
    "Dr": "drive",
    "Ln": "lane",
    "Hwy": "highway",
    "Pkwy": "parkway",
}


@RULES.rule(rf"({'|'.join(_ROADS)})(?![A-Za-z.'])")
def _road(context: Context, match: re.Match[str]) -> Found | None:
    """1600 Pennsylvania Ave NW: roads without their full stop, behind a number and a name."""
    behind = pattern(r"\d(?:st|nd|rd|th) $|\d[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,3}$").search(
        context.before(match.start())
    )
    return whole(match, f" {_ROADS[match[1]]} ") if behind else None


_COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_ROAD = r"(?:St|Ave?|Blvd|Rd|Dr|Ln|Hwy|Pkwy|Pl|Ct|Sq|Street|Avenue|Boulevard|Road|Drive|Lane|Highway|Place|Court|Square|Way)\b"


@RULES.rule(rf"([NSEW])\.? (?=(?:\d+(?:st|nd|rd|th)|[A-Z][a-z]+(?: [A-Z][a-z]+)?) {_ROAD})")
def _compass(_context: Context, match: re.Match[str]) -> Found:
    """42 W. 5th Ave."""
    return Found(match.end() - 1, (Part(match.start(), match.end() - 1, f" {_COMPASS[match[1]]} "),))


@cache
def _states() -> dict[str, str]:
    return dict(rows("states.tsv"))


@RULES.rule(r"([A-Z]{2})(?:,? (\d{5})(?:(-)(\d{4}))?)?(?![A-Za-z0-9-])")
def _state(context: Context, match: re.Match[str]) -> Found | None:
    """Austin, TX 73301: behind a town a state has its name, and the code behind it is read digit by digit."""
    name = _states().get(match[1])
    if name is None or not pattern(r"[A-Z][A-Za-z.]+, $").search(context.before(match.start())):
        return None
    parts = [Part(match.start(1), match.end(1), f" {name} ")]
    if match[2]:
        parts += by_digits(context, match.start(2), match.end(), zero="oh")
    return Found(match.end(), tuple(parts))
