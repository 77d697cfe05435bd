"""The words of the pages: catalogues by key, the choice of a language, dates as people here write them.

The catalogues are `idp/locales/<locale>/*.po`, read when the first page is rendered.
"""

from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from idp.web.po import Catalogue, read_catalogue

LOCALES_FOLDER: Final = Path(__file__).parent.parent / "locales"
# Asia/Ho_Chi_Minh has been +07:00 without summer time since 1975; a fixed offset needs no zone database.
VIET_NAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


class Locale(StrEnum):
    VI = "vi"
    EN = "en"


@cache
def catalogue(locale: Locale) -> Catalogue:
    return read_catalogue(sorted((LOCALES_FOLDER / locale).glob("*.po")))


def text(locale: Locale, key: str, **values: str | int) -> str:
    """Plain text, not for HTML. `n` chooses the form of a counted message."""
    return _message(locale, key, values).format(**values)


def markup(locale: Locale, key: str, **values: object) -> Markup:
    """The same for a page: the text and every value are escaped, save values that are Markup already."""
    return escape(_message(locale, key, values)).format(**values)


def format_date(value: date | datetime) -> str:
    """dd/mm/yyyy in Viet Nam; a bare date is a calendar day and is not moved."""
    if isinstance(value, datetime):
        value = value.astimezone(VIET_NAM)
    return value.strftime("%d/%m/%Y")


def format_time(value: datetime) -> str:
    """The 24-hour clock of Viet Nam."""
    return value.astimezone(VIET_NAM).strftime("%H:%M")


def negotiate(ui_locales: str | None = None, cookie: str | None = None, accept_language: str | None = None) -> Locale:
    """The language of a page; Vietnamese where nothing says otherwise.

    What the person chose with the switch comes first, then what the service asked for (`ui_locales`,
    OpenID Connect Core §3.1.2.1), then what the browser prefers.
    """
    if cookie in ("vi", "en"):
        return Locale(cookie)
    for tag in (ui_locales or "")[:200].split():
        if found := _locale_of(tag):
            return found
    for tag in _by_preference(accept_language or ""):
        if found := _locale_of(tag):
            return found
    return Locale.VI


def _message(locale: Locale, key: str, values: dict[str, str | int] | dict[str, object]) -> str:
    n = values.get("n")
    return catalogue(locale).message(key, n if isinstance(n, int) else None)


def _locale_of(tag: str) -> Locale | None:
    language = tag.strip().lower().replace("_", "-").partition("-")[0]
    return Locale(language) if language in ("vi", "en") else None


def _by_preference(accept_language: str) -> list[str]:
    """Tags by falling quality (RFC 9110 §12.5.4); malformed qualities count as unwanted."""
    weighted: list[tuple[float, int, str]] = []
    for position, item in enumerate(accept_language[:500].split(",")):
        tag, _, parameter = item.partition(";")
        quality = _quality(parameter.strip())
        if quality > 0:
            weighted.append((-quality, position, tag))
    return [tag for _, _, tag in sorted(weighted)]


def _quality(parameter: str) -> float:
    if not parameter:
        return 1.0
    number = parameter.removeprefix("q=").strip()
    if not number.replace(".", "", 1).isdecimal() or not number.isascii():
        return 0.0
    return min(float(number), 1.0)
