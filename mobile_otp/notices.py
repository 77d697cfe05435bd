"""Texts that tell a person what happened to their login, on a channel known before it happened.

Same rules as a code's text: one part, GSM 7-bit, no link, no name of a person, no identifier. Whom to call is the
operator's published number. Times are printed as given: hand over a datetime in the reader's time zone.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from string import Formatter
from types import MappingProxyType
from typing import Final

from mobile_otp.gsm7 import segments
from mobile_otp.messages import Language, plain_brand, plain_name

_ONE_PART = 160


class NoticeKind(StrEnum):
    """What happened. The kinds of links and sources name a source, logins and devices a service, the others nothing."""

    SOURCE_LINKED = "source_linked"
    NEW_DEVICE = "new_device"
    UNUSUAL_LOGIN = "unusual_login"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_CLOSED = "account_closed"
    PEOPLE_MERGED = "people_merged"
    PEOPLE_SPLIT = "people_split"
    LINK_FROZEN = "link_frozen"
    CASE_DECIDED = "case_decided"
    DOCUMENT_ASKED = "document_asked"
    DATA_EXPORTED = "data_exported"
    LINK_UNFROZEN = "link_unfrozen"
    LINK_REMOVED = "link_removed"
    SOURCE_UNBLOCKED = "source_unblocked"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    DEVICE_LET_IN = "device_let_in"


# For a name with no Latin letter in it: "another service", "a source (name not shown)".
_UNNAMED = {Language.VI: "khac", Language.EN: "(name not shown)"}
_NEW_LOGIN = {
    Language.VI: "{brand}: Tai khoan cua ban vua dang nhap dich vu {name} luc {at}. "
    "Neu khong phai ban, goi {hotline} de khoa.",
    Language.EN: "{brand}: Your account has just logged in to {name} at {at}. "
    "If this was not you, call {hotline} to lock it.",
}
_LOCKED = {
    Language.VI: "{brand}: Tai khoan da tam khoa do nhap sai nhieu lan. "
    "Vui long thu lai sau {minutes} phut hoac goi {hotline}.",
    Language.EN: "{brand}: Your account is locked for now after too many wrong tries. "
    "Please try again in {minutes} minutes or call {hotline}.",
}
_WHAT_HAPPENED: Final[Mapping[Language, Mapping[NoticeKind, str]]] = MappingProxyType(
    {
        Language.VI: {
            NoticeKind.SOURCE_LINKED: "Nguon dinh danh {name} vua duoc lien ket voi tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.NEW_DEVICE: "Tai khoan cua ban vua dang nhap tu thiet bi moi vao {name} luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.UNUSUAL_LOGIN: "Co lan dang nhap khac thuong vao {name} bang tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.ACCOUNT_LOCKED: "Tai khoan cua ban da bi khoa luc {at}. Muon mo lai, goi {hotline} "
            "hoac den bo phan mot cua.",
            NoticeKind.ACCOUNT_CLOSED: "Tai khoan cua ban da dong luc {at}. Neu khong phai ban, goi {hotline}.",
            NoticeKind.PEOPLE_MERGED: "Cac nguon dinh danh cua ban da duoc gop vao mot tai khoan luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.PEOPLE_SPLIT: "Tai khoan cua ban da duoc tach lai nhu truoc luc {at}. "
            "Can ho tro, goi {hotline}.",
            NoticeKind.LINK_FROZEN: "Nguon dinh danh {name} da tam dung dang nhap vao tai khoan cua ban luc {at}. "
            "Can ho tro, goi {hotline}.",
            NoticeKind.CASE_DECIDED: "Yeu cau xac minh cua ban da co ket qua luc {at}. Hay tu truy cap trang chu "
            "hoac goi {hotline}.",
            NoticeKind.DOCUMENT_ASKED: "Yeu cau xac minh cua ban can bo sung giay to. Hay tu truy cap trang chu "
            "hoac goi {hotline}.",
            NoticeKind.DATA_EXPORTED: "Du lieu tai khoan cua ban vua duoc tai ve luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.LINK_UNFROZEN: "Nguon dinh danh {name} lai dang nhap duoc vao tai khoan cua ban tu {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.LINK_REMOVED: "Nguon dinh danh {name} da duoc huy lien ket voi tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.SOURCE_UNBLOCKED: "Tai khoan cua ban vua bo chan nguon dinh danh {name} luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.FACTOR_ADDED: "Ung dung tao ma vua duoc them vao tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.FACTOR_REMOVED: "Ung dung tao ma vua bi go khoi tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
            NoticeKind.DEVICE_LET_IN: "Mot thiet bi vua duoc dang nhap {name} bang ma voi tai khoan cua ban luc {at}. "
            "Neu khong phai ban, goi {hotline}.",
        },
        Language.EN: {
            NoticeKind.SOURCE_LINKED: "The source {name} has just been linked to your account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.NEW_DEVICE: "Your account has just logged in to {name} from a new device at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.UNUSUAL_LOGIN: "There was an unusual login to {name} with your account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.ACCOUNT_LOCKED: "Your account was locked at {at}. To open it again, call {hotline} "
            "or visit a one-stop office.",
            NoticeKind.ACCOUNT_CLOSED: "Your account was closed at {at}. If this was not you, call {hotline}.",
            NoticeKind.PEOPLE_MERGED: "Your sources were joined into one account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.PEOPLE_SPLIT: "Your account was taken apart again as it was before at {at}. "
            "For help, call {hotline}.",
            NoticeKind.LINK_FROZEN: "The source {name} no longer logs in to your account since {at}. "
            "For help, call {hotline}.",
            NoticeKind.CASE_DECIDED: "Your request for review was decided at {at}. Please open our home page "
            "yourself or call {hotline}.",
            NoticeKind.DOCUMENT_ASKED: "Your request for review needs another document. Please open our home page "
            "yourself or call {hotline}.",
            NoticeKind.DATA_EXPORTED: "The data of your account was downloaded at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.LINK_UNFROZEN: "The source {name} logs in to your account again since {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.LINK_REMOVED: "The source {name} was unlinked from your account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.SOURCE_UNBLOCKED: "Your account no longer blocks the source {name} since {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.FACTOR_ADDED: "A code app was added to your account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.FACTOR_REMOVED: "The code app was removed from your account at {at}. "
            "If this was not you, call {hotline}.",
            NoticeKind.DEVICE_LET_IN: "A device was let in to {name} by its code with your account at {at}. "
            "If this was not you, call {hotline}.",
        },
    }
)


def notice(
    kind: NoticeKind, brand: str, hotline: str, *, at: datetime, name: str = "", language: Language = Language.VI
) -> str:
    """`name`: the source's or the service's, cut to what fits. Raises ValueError for a brand nobody would register."""
    template = "{brand}: " + _WHAT_HAPPENED[language][kind]
    return _one_part(template, language, brand, hotline, name=name, at=_time(at))


def new_login(brand: str, hotline: str, *, service: str, at: datetime, language: Language = Language.VI) -> str:
    return _one_part(_NEW_LOGIN[language], language, brand, hotline, name=service, at=_time(at))


def source_linked(brand: str, hotline: str, *, source: str, at: datetime, language: Language = Language.VI) -> str:
    return notice(NoticeKind.SOURCE_LINKED, brand, hotline, at=at, name=source, language=language)


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
