"""Digits that only name something: addresses of machines, telephone numbers, codes, rooms, days that go by their digits.

They are read one by one. What they are is known by their form, or by the words that lead up to them.
"""

from __future__ import annotations

import re

from oncue.model.text.classes import Context, Found, Part, Rules, whole
from oncue.model.text.numbers.around import by_digits, digits_of, followed, led
from oncue.model.text.numbers.dates import month_and_day_zh
from oncue.model.text.numerals import cardinal_zh, digits_en, digits_zh
from oncue.model.text.patterns import pattern
from oncue.model.text.tables import words_of

RULES = Rules()
LATE = Rules()
"""Asked only of what is no measure: 705A is a room, 100W a power."""


@RULES.rule(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d{1,5}))?(?![\d.]{0,24}\d)")
def _ip(context: Context, match: re.Match[str]) -> Found | None:
    if any(int(group) > 255 for group in match.groups()[:4]):
        return None
    chinese = context.is_chinese(match.start(), match.end())
    parts = []
    for at in range(match.start(), match.end()):
        char = context.text[at]
        dot = ("点" if chinese else " dot ") if char == "." else ("，" if chinese else " port ")
        parts.append(
            Part(at, at + 1, (digits_zh(char) if chinese else f" {digits_en(char)} ") if char.isdigit() else dot)
        )
    return Found(match.end(), tuple(parts))


@RULES.rule(
    r"(?=[0-9A-Fa-f:-]*[A-Fa-f:])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z])|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?=\d*[a-f])[0-9a-f]{7,40}(?![0-9A-Za-z])|(?=[\d-]*[A-Z])(?:[A-Z0-9]{4,5}-){2,}[A-Z0-9]{4,5}(?![A-Za-z0-9-])"
)
def _key(context: Context, match: re.Match[str]) -> Found:
    """Addresses of network cards, UUIDs, hashes and keys."""
    return digits_of(context, match)


@RULES.rule(r"1-8(00|33|44|55|66|77|88)-(?=[A-Z]{2,})")
def _free_of_charge(context: Context, match: re.Match[str]) -> Found:
    """1-800-FLOWERS."""
    number = " one eight hundred " if match[1] == "00" else f" one eight {digits_en(match[1])} "
    return whole(match, "一八零零" if context.is_chinese(*match.span()) else number)


@RULES.rule(r"([1-9]\d?)-(\d{1,2})-(\d{3,4})(?![\d-])")
def _door(context: Context, match: re.Match[str]) -> Found | None:
    """5-2-301: house, stairs and door."""
    if not context.is_chinese(*match.span()) or not pattern(r"[一-鿿]").search(context.text):
        return None
    parts = [Part(*match.span(group), cardinal_zh(match[group])) for group in (1, 2)]
    commas = [Part(match.end(group), match.end(group) + 1, "，") for group in (1, 2)]
    room = by_digits(context, match.start(3), match.end(), phone=True)
    return Found(match.end(), (parts[0], commas[0], parts[1], commas[1], *room))


_PHONE_FORMS = (
    r"\+\d{1,3}[-. ]?(?:\(\d{1,4}\)|\d{2,5})(?:[-. ]?\d{2,5}){1,4}(?!\d)",
    r"\+?(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-.]\d{4}(?![\d-])",
    r"\d-\d{3}-\d{3}-\d{4}(?![\d-])",
    r"(?:\(0\d{2,3}\)|0\d{2,3}-)\s?\d{3,4}[- ]?\d{4}(?:-\d{1,4})?(?!\d)",
    r"[48]00[- ]\d{3,4}[- ]\d{3,4}(?!\d)",
    r"[48]00\d{7}(?!\d)",
    r"1[3-9]\d(?:[- ]?)\d{4}(?:[- ]?)\d{4}(?!\d)",
)


@RULES.rule("|".join(_PHONE_FORMS))
def _phone(context: Context, match: re.Match[str]) -> Found:
    found = digits_of(context, match, phone=not match.group().startswith(("0", "(0")), zero="oh")
    if match.group()[0] == "+":
        plus = "加" if context.is_chinese(match.start(), match.end()) else " plus "
        return Found(found.end, (Part(match.start(), match.start() + 1, plus), *found.parts))
    return found


@RULES.rule(r"\d{4}([- ])\d{4}(?:\1\d{3,4}){1,3}(?!\d)|\d{3}-\d{2}-\d{4}(?![\d-])|\d{3}-\d-\d{2,6}-\d{2,6}-\d(?!\d)")
def _card(context: Context, match: re.Match[str]) -> Found:
    return digits_of(context, match)


@RULES.rule(r"(?:\(\d{3,4}\) ?)?\d[\d -]{0,60}\d(?![\d.]{0,24}\d)(?![/:%])")
def _number_of_a_phone(context: Context, match: re.Match[str]) -> Found | None:
    """A number that somebody calls: words lead up to it, or it is one of the short ones everybody knows."""
    digits = pattern(r"\D").sub("", match.group())
    after = context.after(match.end(), 8)
    if context.is_chinese(match.start(), match.end()):
        if followed(context, match.end(), "not_code"):
            return None
        called = len(digits) >= 3 and led(context, match.start(), "phone_zh")
        known = digits in words_of("hotline") and (
            bool(
                pattern(
                    r"[^。！？]{0,4}(?:打|拨|报警|急救|热线|客服|电话|投诉|举报|求助|平台|官网|专线|救护|火警)"
                ).match(after)
            )
            or (
                bool(pattern(r"[，、和](?:\d{3,5}[，、和])*\d{3,5}(?!\d)").match(after))
                and bool(pattern(r"[打拨]").search(context.after(match.end(), 16)))
            )
            or pattern(r"(?:报警|急救|火警|匪警|救护车?|热线|求助|投诉)[^\d。！？，、]{0,3}$").search(
                context.before(match.start(), 8)
            )
            is not None
        )
        return digits_of(context, match, phone=True) if called or known else None
    if pattern(r"\d{3}-\d{4}").fullmatch(match.group()):
        return digits_of(context, match, phone=True, zero="oh")
    if digits == "911" and " " not in match.group() and not followed(context, match.end(), "counted"):
        return digits_of(context, match, phone=True)
    if len(digits) >= 3 and led(context, match.start(), "phone_en") and not followed(context, match.end(), "counted"):
        return digits_of(context, match, phone=True, zero="oh")
    return None


_FIRST = re.compile(r"\d(?:[\dA-Za-z]|-(?=[\dA-Za-z])){0,60}")


@RULES.rule(r"0x([0-9A-Fa-f]{1,16})(?![0-9A-Za-z])")
def _hexadecimal(context: Context, match: re.Match[str]) -> Found:
    """0x1F: digit by digit."""
    return digits_of(context, match)


@RULES.rule(r"\d(?:[\dA-Za-z]|-(?=[\dA-Za-z])| (?=\d{3,4}(?!\d))){0,60}(?![\d.:%]{0,24}[\d%])")
def _code(context: Context, match: re.Match[str]) -> Found | None:
    """Digits that only name something: behind the words for it, they are read one by one."""
    count = sum(char.isdigit() for char in match.group())
    if " " in match.group() and not pattern(r"\d{3,4}(?: \d{3,4})+").fullmatch(match.group()):
        match = _FIRST.match(context.text, match.start()) or match
    if context.is_chinese(match.start(), match.end()):
        coded = count >= 3 and led(context, match.start(), "code_zh") and not followed(context, match.end(), "not_code")
        return digits_of(context, match) if coded else None
    if count < 3 or followed(context, match.end(), "counted"):
        return None
    return digits_of(context, match) if led(context, match.start(), "code_en") else None


@RULES.rule(r"\d{2,6}(?![\d.,:%]{0,24}\d|%)")
def _extension(context: Context, match: re.Match[str]) -> Found | None:
    """5888-1234转802: what is dialled behind a telephone number."""
    behind = pattern(r"\d{3,4}[- ]?\d{4}\s?(?:转|分机|ext\.?|x|extension)\s?$", re.IGNORECASE).search(
        context.before(match.start())
    )
    return digits_of(context, match, phone=True, zero="oh") if behind else None


@RULES.rule(r"\d{3,4}(?![\d.,:%]{0,24}\d|%)")
def _room(context: Context, match: re.Match[str]) -> Found | None:
    """Rooms, flights and roads of three digits or more."""
    if context.is_chinese(match.start(), match.end()):
        room = led(context, match.start(), "room_zh") or followed(context, match.end(), "room_zh_after")
        unsaid = followed(context, match.end(), "not_code") and not followed(context, match.end(), "room_zh_after")
        return digits_of(context, match) if room and not unsaid else None
    if match.group().endswith("00") or not led(context, match.start(), "room_en"):
        return None
    return digits_of(context, match, zero="oh")


@RULES.rule(r"[036]\d{5}(?=[)）]|\.(?:SH|SZ|HK)\b)")
def _share(context: Context, match: re.Match[str]) -> Found | None:
    """（600519）: a share by its digits."""
    if context.text[match.start() - 1 : match.start()] not in {"(", "（"}:
        return None
    return digits_of(context, match)


@RULES.rule(r"(2morrow|2day|2nite|2night|4ever)(?![A-Za-z0-9])", re.IGNORECASE)
def _in_words(_context: Context, match: re.Match[str]) -> Found:
    """2morrow: a digit for the sound of its name."""
    said = {"2morrow": "tomorrow", "2day": "today", "2nite": "tonight", "2night": "tonight", "4ever": "forever"}
    return whole(match, f" {said[match[1].lower()]} ")


_KNOWN_ZH = re.compile(
    r"(?:[1-3]\d\d(?=国道)|[1-9]\d\d(?=省道|县道)|101(?=大楼)|315(?=晚会|打假|消费|曝光)|618(?=大促|年中|购物|活动|狂欢|电商|促销|来|期间|当天|快)|996(?=工作|的工作|福报|模式|加班|，|。|$)|007(?=工作|模式)"
    r"|985(?=高校|大学|院校|工程|毕业|硕士|本科|、|/|和|等|重点|，|。|$)|211(?=高校|大学|院校|工程|毕业|硕士|本科|、|/|和|$)|911(?=事件|恐袭|恐怖)|512(?=地震|大地震|汶川)"
    r"|918(?=事变|纪念)|520(?=表白|快乐|情人|告白|当天|礼物)|1314|360(?=安全|浏览器|杀毒|软件)|404(?=页面|错误|了|$)|12306|12315|12345(?=热线|平台))(?!\d)"
)


@RULES.rule(_KNOWN_ZH.pattern)
def _known_zh(context: Context, match: re.Match[str]) -> Found | None:
    """Days, hotlines and ways of working that go by their digits in Chinese."""
    chinese = context.is_chinese(match.start(), match.end())
    return digits_of(context, match, phone=match.group() != "101") if chinese else None


@RULES.rule(
    r"(?:6{4,}(?=[一-鿿])(?![元块万亿人个次点年米名件分号天位])|(?:6{3,}|23{2,}|1314|520(?:1314)?|521|88|886|5{3,}|9{3,})(?=[，。！？、!?,.~\s]|$|那天|的时候|啊|呀|哦|了|笑|哈|[我你他她它好太真这呜]))"
)
def _said_in_chat(context: Context, match: re.Match[str]) -> Found | None:
    """666, 2333, 88: what people write to cheer, laugh and part, when it stands alone; 520 also as a day."""
    alone = pattern(r"(?:^|[，。！？、!?,.~\s啊哈呀吧啦拜])$").search(context.before(match.start(), 1)) is not None
    day = match.group().startswith("52") and context.after(match.end(), 2) == "那天"
    long = pattern(r"23{3,}|6{4,}|5{4,}|8{4,}").fullmatch(match.group()) is not None
    if (
        not context.is_chinese(match.start(), match.end())
        or not (alone or day or long)
        or not (
            pattern(r"[一-鿿]").search(context.text)
            or (context.language == "zh" and context.text.strip(" ，。！？!?,.") != match.group())
        )
    ):
        return None
    if pattern(r"[,.]\d").match(context.after(match.end(), 2)):
        return None
    return digits_of(context, match)


@RULES.rule(
    r"(\d{1,2})\.(\d{1,2})(?=小长假|长假|假期|黄金周|国庆|劳动节|晚会|大促|购物节|打假|事变|地震|建军|建党|青年节|妇女节|儿童节|电商|狂欢|抗战|运动(?!会)|那天|当天|那一天|放假|活动|促销|大促)"
)
def _day_by_digits(context: Context, match: re.Match[str]) -> Found | None:
    """5.1小长假, 10.1国庆: the point is not said."""
    if not 1 <= int(match[1]) <= 12 or not 1 <= int(match[2]) <= 31:
        return None
    by_digits_only = f"{match[1]}.{match[2]}" in _DAYS_BY_DIGITS or pattern(
        r"事变|地震|晚会|打假|电商|大促|购物节|抗战|运动"
    ).match(context.after(match.end()))
    if match[1] != match[2] and len(match[2]) > 1 and not by_digits_only:
        return whole(match, month_and_day_zh(*match.groups()))
    if len(match[2]) > 1 and match[1] != match[2]:
        return Found(
            match.end(), tuple(Part(*match.span(group), digits_zh(match[group], one="幺")) for group in (1, 2))
        )
    parts = (Part(*match.span(group), cardinal_zh(match[group])) for group in (1, 2))
    return Found(match.end(), tuple(parts))


_DAYS_BY_DIGITS = frozenset(["3.15", "5.12", "5.20", "5.21", "6.18", "9.18", "12.13"])


@RULES.rule(r"7-11(?=便利|店|买|门口|里|旁|$|，|。)")
def _seven_eleven(context: Context, match: re.Match[str]) -> Found | None:
    return whole(match, "七十一") if context.is_chinese(match.start(), match.end()) else None


@LATE.rule(r"(\d{3,4})([A-Z])(?![A-Za-z0-9])")
def _room_with_letter(context: Context, match: re.Match[str]) -> Found:
    """705A: a room, a bus, a type."""
    return Found(match.end(), by_digits(context, match.start(), match.end(), phone=True, zero="oh"))
