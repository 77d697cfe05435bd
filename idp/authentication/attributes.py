"""What a source says about a person → a PivotIdentity. Every value is of a stranger until its check passed.

Knows types, sizes and shapes; whether two sources mean the same person, `idp.identity` decides.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

from idp.identity.identifiers.kinds import InvalidIdentifier
from idp.identity.identifiers.mobile_number import parse_mobile_number_identifier
from idp.identity.identifiers.personal_id import parse_personal_id
from idp.identity.identifiers.tax_code import TaxCode, parse_tax_code
from idp.identity.pivot import PivotIdentity

_LONGEST_TEXT = 200
_LONGEST_EMAIL = 254
_OLDEST_BIRTH_YEAR = 1880
_BIRTHDATE = re.compile(r"\d{4}(?:-\d{2}-\d{2})?", re.ASCII)
# They write nothing and turn around what follows on a page: a name that seems another, or a row that reads backwards.
_DIRECTIONS: Final = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]+")


class AttributeRefused(Exception):
    """A value has a type, size or shape that no honest source sends. `reason` names the attribute, not the value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reading:
    """How to read: `trusts_…` where the source is configured as one that verifies personal IDs, or gives tax codes."""

    today: date
    trusts_personal_id: bool = False
    trusts_tax_code: bool = False
    allow_sandbox: bool = False


def today_of(now: int) -> date:
    return datetime.fromtimestamp(now, tz=UTC).date()


def read_identity(claims: Mapping[str, object], reading: Reading) -> PivotIdentity:
    """Claims in the names of OpenID Connect Core §5.1 and ours; anything else in them is left behind.

    What a source only repeats (`…_verified` is not true) is left out. Raises AttributeRefused.
    """
    return PivotIdentity(
        name=read_text(claims, "name") or "",
        birthdate=read_birthdate(claims, "birthdate", today=reading.today) or "",
        gender=read_gender(claims),
        birthplace=read_text(claims, "birthplace"),
        personal_id=_personal_id(claims, reading),
        tax_code=_tax_code(claims, reading),
        phone_number=_phone_number(claims, reading),
        email=_email(claims),
    )


def read_text(claims: Mapping[str, object], name: str) -> str | None:
    """One line in one Unicode form (NFC) that reads in one direction, or None where the claim is absent or empty."""
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise AttributeRefused(f"{name}_type")
    if len(value) > _LONGEST_TEXT:
        raise AttributeRefused(f"{name}_size")
    text = " ".join(unicodedata.normalize("NFC", value.translate(_DIRECTIONS)).split())
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in text):
        raise AttributeRefused(f"{name}_characters")
    return text or None


def read_birthdate(claims: Mapping[str, object], name: str, *, today: date) -> str | None:
    """`YYYY-MM-DD`, or `YYYY` where a register holds the year alone."""
    value = read_text(claims, name)
    if value is None:
        return None
    if not _BIRTHDATE.fullmatch(value):
        raise AttributeRefused(f"{name}_shape")
    read_date({name: value if len(value) > 4 else f"{value}-01-01"}, name, today=today)
    if int(value[:4]) < _OLDEST_BIRTH_YEAR:
        raise AttributeRefused(f"{name}_shape")
    return value


def read_date(claims: Mapping[str, object], name: str, *, today: date) -> date | None:
    """A calendar date that has come. Raises AttributeRefused."""
    value = read_text(claims, name)
    if value is None:
        return None
    try:
        read = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise AttributeRefused(f"{name}_shape") from None
    if read > today or read.isoformat() != value:
        raise AttributeRefused(f"{name}_shape")
    return read


def read_flag(claims: Mapping[str, object], name: str) -> bool:
    """True only for `true`; a text or number in its place is a fault, not a yes."""
    value = claims.get(name, False)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise AttributeRefused(f"{name}_type")
    return value


def read_gender(claims: Mapping[str, object]) -> Literal["male", "female"] | None:
    """Core §5.1 allows other values; registers here know two, and we pass on no third."""
    value = read_text(claims, "gender")
    if value == "male":
        return "male"
    return "female" if value == "female" else None


def _personal_id(claims: Mapping[str, object], reading: Reading) -> str | None:
    value = read_text(claims, "vn_personal_id")
    if not reading.trusts_personal_id or not read_flag(claims, "vn_personal_id_verified") or value is None:
        return None
    try:
        return parse_personal_id(value, today=reading.today, strict=False).canonical
    except InvalidIdentifier as error:
        raise AttributeRefused("vn_personal_id_shape") from error


def _tax_code(claims: Mapping[str, object], reading: Reading) -> str | None:
    """One's own, since who logs in is the taxpayer. Twelve digits are a personal ID, which has its own claim."""
    value = read_text(claims, "vn_tax_code")
    if not reading.trusts_tax_code or value is None:
        return None
    try:
        parsed = parse_tax_code(value, today=reading.today)
    except InvalidIdentifier as error:
        raise AttributeRefused("vn_tax_code_shape") from error
    return parsed.canonical if isinstance(parsed, TaxCode) else None


def _phone_number(claims: Mapping[str, object], reading: Reading) -> str | None:
    value = read_text(claims, "phone_number")
    if value is None or not read_flag(claims, "phone_number_verified"):
        return None
    try:
        return parse_mobile_number_identifier(value, allow_sandbox=reading.allow_sandbox).canonical
    except InvalidIdentifier:
        # A landline or a foreign number is an honest answer; it is only of no use here.
        return None


def _email(claims: Mapping[str, object]) -> str | None:
    value = read_text(claims, "email")
    if value is None or not read_flag(claims, "email_verified"):
        return None
    return value if len(value) <= _LONGEST_EMAIL and _EMAIL.fullmatch(value) else None
