"""The text that carries a one-time code. One part, GSM 7-bit: cheap, and readable on the oldest phone.

Holds the code, its purpose, its life and the warning; never a link, a person's name or an identifier, because
such texts are what fraudsters imitate. Does not know the gateway or the number.
"""

import re
from enum import StrEnum

from mobile_otp.gsm7 import segments, without_marks

LONGEST_BRAND = 11  # a sender ID's limit at the Vietnamese operators


class Language(StrEnum):
    VI = "vi"
    EN = "en"


_CODE_FOR_SERVICE = {
    Language.VI: "{brand}: Ma xac thuc {code}, hieu luc {minutes} phut, dang nhap dich vu {service}. "
    "TUYET DOI KHONG cung cap ma cho bat ky ai, ke ca can bo nha nuoc.",
    Language.EN: "{brand}: Code {code}, valid for {minutes} min, to log in to {service}. "
    "NEVER give this code to anyone, not even a state official.",
}
_CODE_ALONE = {
    Language.VI: "{brand}: {code} la ma xac thuc dang nhap cua ban, hieu luc {minutes} phut. "
    "Khong cung cap ma nay cho bat ky ai.",
    Language.EN: "{brand}: {code} is your login code, valid for {minutes} min. Never give this code to anyone.",
}
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ,()'-]+|\b(?:https?|www)\b", re.ASCII | re.IGNORECASE)
_MOST_DIGITS_IN_A_NAME = 4


def one_time_code(brand: str, code: str, *, service: str, minutes: int, language: Language = Language.VI) -> str:
    """Always one part. A service's name is cut to what fits; one with nothing readable in it is left out."""
    fixed = {"brand": plain_brand(brand), "code": code, "minutes": str(minutes)}
    template = _CODE_FOR_SERVICE[language]
    room = 160 - len(template.format(**fixed, service=""))
    name = plain_name(service, longest=room)
    text = template.format(**fixed, service=name) if name else _CODE_ALONE[language].format(**fixed)
    if segments(text).parts != 1:
        raise ValueError("the message does not fit one part")
    return text


def plain_name(name: str, *, longest: int) -> str:
    """A service's name in unmarked letters, cut at a word where possible.

    Dots, slashes and long digit rows go: a phone would make a link or a number to call of them, and a name is
    chosen by the service, not by us.
    """
    plain = " ".join(_NOT_PLAIN.sub(" ", without_marks(name)).split())
    if sum(character.isdigit() for character in plain) > _MOST_DIGITS_IN_A_NAME:
        plain = " ".join(re.sub(r"[0-9]+", " ", plain).split())
    if len(plain) > longest:
        at_word = plain[: longest + 1].rsplit(" ", 1)[0]
        plain = at_word if longest // 2 <= len(at_word) <= longest else plain[:longest]
    plain = plain.strip(" ,-('")
    return plain if any(character.isalpha() for character in plain) else ""


def plain_brand(brand: str) -> str:
    """The registered sender name; raises ValueError for one no operator would register."""
    if not re.fullmatch(rf"[A-Za-z0-9 _-]{{1,{LONGEST_BRAND}}}", brand, re.ASCII):
        raise ValueError(f"a brand has at most {LONGEST_BRAND} unmarked letters or digits")
    return brand
