"""Texts that tell a person what happened to their login, on a channel known before it happened.

Same rules as a code's text: one part, GSM 7-bit, no link, no name, no identifier. Whom to call is the operator's
published number. Times are printed as given: hand over a datetime in the reader's time zone.
"""

from datetime import datetime
from string import Formatter

from mobile_otp.gsm7 import segments
from mobile_otp.messages import Language, plain_brand, plain_name

_ONE_PART = 160
# For a name with no Latin letter in it: "another service", "a source (name not shown)".
_UNNAMED = {Language.VI: "khac", Language.EN: "(name not shown)"}
_NEW_LOGIN = {
    Language.VI: "{brand}: Tai khoan cua ban vua dang nhap dich vu {name} luc {at}. "
    "Neu khong phai ban, goi {hotline} de khoa.",
    Language.EN: "{brand}: Your account has just logged in to {name} at {at}. "
    "If this was not you, call {hotline} to lock it.",
}
_SOURCE_LINKED = {
    Language.VI: "{brand}: Nguon dinh danh {name} vua duoc lien ket voi tai khoan cua ban luc {at}. "
    "Neu khong phai ban, goi {hotline}.",
    Language.EN: "{brand}: The source {name} has just been linked to your account at {at}. "
    "If this was not you, call {hotline}.",
}
_LOCKED = {
    Language.VI: "{brand}: Tai khoan da tam khoa do nhap sai nhieu lan. "
    "Vui long thu lai sau {minutes} phut hoac goi {hotline}.",
    Language.EN: "{brand}: Your account is locked for now after too many wrong tries. "
    "Please try again in {minutes} minutes or call {hotline}.",
}


def new_login(brand: str, hotline: str, *, service: str, at: datetime, language: Language = Language.VI) -> str:
    return _one_part(_NEW_LOGIN[language], language, brand, hotline, name=service, at=_time(at))


def source_linked(brand: str, hotline: str, *, source: str, at: datetime, language: Language = Language.VI) -> str:
    return _one_part(_SOURCE_LINKED[language], language, brand, hotline, name=source, at=_time(at))


def locked(brand: str, hotline: str, *, minutes: int, language: Language = Language.VI) -> str:
    return _one_part(_LOCKED[language], language, brand, hotline, minutes=str(minutes))


def _one_part(template: str, language: Language, brand: str, hotline: str, *, name: str = "", **values: str) -> str:
    """The filled template, its one free name cut to the room that is left."""
    fixed = {"brand": plain_brand(brand), "hotline": hotline, **values}
    if any(field == "name" for _, field, _, _ in Formatter().parse(template)):
        room = _ONE_PART - len(template.format(**fixed, name=""))
        fixed["name"] = plain_name(name, longest=room) or _UNNAMED[language]
    text = template.format(**fixed)
    if segments(text).parts != 1:
        raise ValueError("the notice does not fit one part")
    return text


def _time(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a notice needs a time with its zone")
    return at.strftime("%H:%M %d/%m")
