"""Letter-to-sound rules for English words no dictionary knows: names, coinages, handles.

One ordered table of spellings in context gives the phones, a suffix rule places the stress, and
unstressed short vowels weaken. It aims at a plausible reading, not at the one its owner would give.
"""

from __future__ import annotations

import re
from functools import cache

from oncue.model.text.phones import ENGLISH_VOWELS

# spelling, what must stand before, what must follow (regular expressions, "." for anything), phones ("-" silent)
_TABLE = r"""
augh . t AO
aigh . . EY
eigh . t EY
eigh . . EY
ough . t AO
ough th$|^d$ $ OW
ough r|en$ $ AH F
igh . . AY
tion . . SH AH N
sion [aeiou] . ZH AH N
sion . . SH AH N
cian . . SH AH N
cial . . SH AH L
tial . . SH AH L
cious . . SH AH S
tious . . SH AH S
ious . $ IY AH S
eous . $ IY AH S
ous . $ AH S
ture . $ CH ER
sure [aeiou] $ ZH ER
age .[^aeiou] $ IH JH
tle s $ AH L
le [^aeiouy] $ AH L
les [^aeiouy] $ AH L Z
que . $ K
gue . $ G
eau . . OW
air . . EH R
ear . $ IH R
ear . [^aeiou] ER
eer . . IH R
ier . $ IY ER
ire . $ AY ER
oar . . AO R
oor . . AO R
our . $ AW ER
our . . AO R
ore . $ AO R
are . $ EH R
ere . $ IH R
ure . $ Y UH R
arr . [aeiou] AE R
err . [aeiou] EH R
orr . [aeiou] AO R
ar w [^aeiouwr]|$ AO R
ar . [^aeiouwr]|$ AA R
er . [^aeiour]|$ ER
ir . [^aeiour]|$ ER
ur . [^aeiour]|$ ER
yr . [^aeiour]|$ ER
or ..w $ ER
or . [^aeiour]|$ AO R
tch . . CH
sch ^ [lmnw] SH
sch . . S K
chr . . K R
ch [aeiou] r K
ch . . CH
sh . . SH
ph . . F
wh . o HH
wh . . W
gh ^ . G
gh . . -
kn ^ . N
gn ^ . N
gn . $ N
pn ^ . N
ps ^ . S
wr ^ . R
rh ^ . R
mb . $ M
th . . TH
ck . . K
cc . [ei] K S
dge . . JH
dg . [ei] JH
ng . $ NG
ng . [^aeiourly] NG
nk . . NG K
qu . . K W
x ^ . Z
x . . K S
zz . . Z
sc . [eiy] S
ss . . S
tz . . T S
ai . . EY
ay . . EY
au . . AO
aw . . AO
ae . . IY
ee . . IY
ea . d$|th$|lth|sure EH
ea . . IY
ei c . IY
ei . . AY
ey . $ IY
ey . . EY
eu . . Y UW
ew [rljd] . UW
ew . . Y UW
ie . $ IY
ies . $ IY Z
ied . $ IY D
ie . . IY
oa . . OW
oe . $ OW
oi . . OY
oy . . OY
oo . [kd]$ UH
oo . . UW
ou . . AW
ow . $|[nlm]$ OW
ow . . AW
ue [rlj] $ UW
ue . $ Y UW
ui [rljs] . UW
uy . . AY
a . [bcdfgklmnpstvz]e(s|d)?$ EY
e . [bcdfgklmnpstvz]e(s|d)?$ IY
i . [bcdfgklmnpstvz]e(s|d)?$ AY
o . [bcdfgklmnpstvz]e(s|d)?$ OW
u [rljsc] [bcdfgklmnpstvz]e(s|d)?$ UW
u . [bcdfgklmnpstvz]e(s|d)?$ Y UW
y . [bcdfgklmnpstvz]e(s|d)?$ AY
es [szxh] $ AH Z
es [cg] $ AH Z
es [^aeiou] $ Z
ed [td] $ AH D
ed [pkfsxh] $ T
ed [^aeiou] $ D
e [^aeiouy] $ -
a . tion EY
o . tion OW
u . tion UW
a [aeiou]?[^aeiou]+ $ AH
a qu|w [^cgkxaeiou] AA
a . l[lkdt] AO
a ^[^aeiou]* [^aeiou]?[io]$ AA
a . . AE
e ^[^aeiou]*$ $ IY
e . [aou] IY
e . . EH
i . nd$|ld$ AY
i ^[^aeiou]*$ $ AY
i . $ IY
i [^aeiou] [aou] IY
i . . IH
o . $ OW
o . ld|lt|st$|ll$ OW
o . [^aeiou][aeiou] OW
o . . AA
u [bpf] ll|sh UH
u . $ UW
u [^aeioumhc] [^aeiou][aeiou] UW
u . [^aeiou][aeiou] Y UW
u g [aei] -
u q . W
u . . AH
y ^ [aeiou] Y
y ^[^aeiou]+ $ AY
y . $ IY
y [^aeiou] [^aeiou] IH
y . . Y
b . . B
c . [eiy] S
c . . K
d . . D
f . . F
g n $ -
g . [eiy][^ft] JH
g . e$ JH
g . . G
h . [aeiouy] HH
h . . -
j . . JH
k . . K
l . . L
m . . M
n . . N
p . . P
q . . K
r . . R
s [aeiou] e$ Z
s [bdglmnrvw] $ Z
s [aeou] [aeiou] Z
s . . S
t . . T
v . . V
w . [aeiouy] W
w . . -
z . . Z
"""

_STRESS_BEFORE = re.compile(r"(tion|sion|cian|cial|tial|cious|tious|ic|ics|ical|ity|ian|ial|ify|ogy|ious|eous)$")
_PENULTIMATE = re.compile(r"[aoiu]$")
_WEAKENED = {"AE": "AH", "EH": "AH", "AA": "AH", "UH": "AH"}


@cache
def _rules() -> dict[str, list[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, tuple[str, ...]]]]:
    """The table by first letter, longest spellings as they stand."""
    rules: dict[str, list[tuple[str, re.Pattern[str] | None, re.Pattern[str] | None, tuple[str, ...]]]] = {}
    for line in _TABLE.strip().splitlines():
        spelling, before, after, *phones = line.split()
        left = None if before == "." else re.compile(rf"(?:{before})$")
        right = None if after == "." else re.compile(after)
        said = tuple(phone for phone in phones if phone != "-")
        rules.setdefault(spelling[0], []).append((spelling, left, right, said))
    return rules


def guess(word: str) -> str:
    """ARPAbet with stress digits for a lower-case word of ASCII letters; "" when nothing sounds."""
    plain = re.sub(r"([bdfgklmnprtvjh])\1", r"\1", word)
    phones = _phones(plain)
    vowels = [index for index, phone in enumerate(phones) if phone in ENGLISH_VOWELS]
    if not vowels:
        return " ".join(phones)
    stressed = vowels[_stressed(plain, len(vowels))]
    return " ".join(_with_stress(phone, index == stressed, len(vowels) > 1) for index, phone in enumerate(phones))


def _phones(word: str) -> list[str]:
    phones: list[str] = []
    at = 0
    while at < len(word):
        taken = 1
        for spelling, left, right, said in _rules().get(word[at], []):
            if not word.startswith(spelling, at):
                continue
            ends = at + len(spelling)
            if (left is None or left.search(word[:at])) and (right is None or right.match(word[ends:])):
                phones.extend(said)
                taken = len(spelling)
                break
        at += taken
    return [phone for index, phone in enumerate(phones) if index == 0 or phone != phones[index - 1]]


def _stressed(word: str, vowels: int) -> int:
    """Which vowel bears the stress, by the word's ending; else the third from the end, or the first."""
    suffix = _STRESS_BEFORE.search(word)
    if suffix is not None:
        return max(0, vowels - 1 - max(1, len(re.findall("[aeiouy]+", suffix.group()))))
    if _PENULTIMATE.search(word):
        return max(0, vowels - 2)
    return max(0, vowels - 3)


def _with_stress(phone: str, stressed: bool, weaken: bool) -> str:
    if phone not in ENGLISH_VOWELS:
        return phone
    if stressed:
        return f"{phone}1"
    return f"{_WEAKENED.get(phone, phone) if weaken else phone}0"
