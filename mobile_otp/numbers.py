"""What a citizen typed → one canonical Vietnamese mobile number, or the reason why not.

One strict parser for the whole project: every spelling of a number shares one `e164`, and so one limit
counter. Does not know who owns a number, nor which operator serves it (prefixes are portable in Viet Nam).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

MAX_INPUT_CHARACTERS = 64

# 2018-09-15: eleven digits became ten, the last seven stayed (Ministry of Information and Communications).
_PREFIXES_OF_2018 = {
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    **{"0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078"},
    **{"0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082"},
    **{"0186": "056", "0188": "058", "0199": "059"},
}
# Unassigned in the numbering plan; synthetic citizens live here, and nothing is ever sent to them.
_SANDBOX_PREFIXES = ("053", "054", "057")
_LONGEST_E164 = 15
_CANONICAL = re.compile(r"\+84[0-9]{9}", re.ASCII)

_GROUPING = re.compile(r"[\s.()\-]+")
# Dashes of all kinds become "-"; invisible marks that contact lists put around numbers disappear.
_LOOKALIKES = {ord(dash): "-" for dash in "‐‑‒–—―−"} | {ord("⁄"): "/", ord("∕"): "/"}
_EXTENSION = re.compile(r"\d\s*(?:;?\s*ext|x|#|máy lẻ|may le|;\s*isub|p|w)\W*\d", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/;,|&\n]|\b(?:hoặc|hay|và|or|and)\b|(?<=[\d\s])\+", re.IGNORECASE)
_ENOUGH_FOR_A_NUMBER = 7


class NumberError(StrEnum):
    MISSING = "missing"
    MORE_THAN_ONE = "more_than_one"
    EXTENSION = "extension"
    NOT_VIETNAMESE = "not_vietnamese"
    NOT_MOBILE = "not_mobile"
    INVALID_NUMBER = "invalid_number"


class InvalidMobileNumber(ValueError):
    """Carries the reason only: what was typed may well be somebody's number."""

    def __init__(self, reason: NumberError) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class MobileNumber:
    """`e164` is the canonical form (+84 and nine digits); printing the value shows the masked form only."""

    e164: str

    def __post_init__(self) -> None:
        if not _CANONICAL.fullmatch(self.e164):
            raise ValueError("not the canonical form of a Vietnamese number")

    @property
    def national(self) -> str:
        """Ten digits, as registers write it: 0530000001."""
        return "0" + self.e164[3:]

    @property
    def masked(self) -> str:
        """For pages and messages, enough to recognise one's own number: 053 *** *001."""
        return f"{self.national[:3]} *** *{self.national[-3:]}"

    @property
    def is_sandbox(self) -> bool:
        return self.national.startswith(_SANDBOX_PREFIXES)

    def __repr__(self) -> str:
        return f"MobileNumber({self.masked})"

    __str__ = __repr__


def parse_mobile_number(text: str, *, allow_sandbox: bool = False) -> MobileNumber:
    """Raises `InvalidMobileNumber`, and nothing else, whatever is typed."""
    digits = _digits_of_one_number(_normalised(text))
    national = _national(digits)
    number = MobileNumber("+84" + national[1:])
    if number.is_sandbox and len(national) == 10:
        if allow_sandbox:
            return number
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER)
    _check_numbering_plan(number.e164)
    return number


def _normalised(text: str) -> str:
    """Compatibility forms folded, every script's decimal digits in ASCII, invisible marks gone."""
    if len(text) > MAX_INPUT_CHARACTERS:
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER)
    folded = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    visible = (character for character in folded if unicodedata.category(character) != "Cf")
    ascii_digits = "".join(str(unicodedata.decimal(character, character)) for character in visible).strip()
    if not ascii_digits:
        raise InvalidMobileNumber(NumberError.MISSING)
    return ascii_digits


def _digits_of_one_number(text: str) -> str:
    """Digits with at most a leading plus; refuses two numbers and extensions before anything is stripped."""
    parts = [re.sub(r"\D", "", part) for part in _SEPARATOR.split(text)]
    long_enough = [part for part in parts if len(part) >= _ENOUGH_FOR_A_NUMBER]
    if len(long_enough) > 1:
        raise InvalidMobileNumber(NumberError.MORE_THAN_ONE)
    if _EXTENSION.search(text):
        raise InvalidMobileNumber(NumberError.EXTENSION)
    if long_enough and sum(part != "" for part in parts) > 1:  # 0901234567/8, short for two numbers
        raise InvalidMobileNumber(NumberError.MORE_THAN_ONE)
    bare = _GROUPING.sub("", text)
    if not re.fullmatch(r"\+?[0-9]+", bare):
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER)
    if len(bare) > _LONGEST_E164 + len("+00"):
        raise InvalidMobileNumber(NumberError.MORE_THAN_ONE)
    return bare


def _national(digits: str) -> str:
    """Trunk form: 0 and nine digits. The numbers of before 2018 are converted, landlines refused."""
    national = _without_country_code(digits)
    if not national.startswith("0"):
        national = "0" + national
    if len(national) == 11 and national[:4] in _PREFIXES_OF_2018:
        national = _PREFIXES_OF_2018[national[:4]] + national[4:]
    if national.startswith(("02", "01800", "01900")) and len(national) >= 9:
        raise InvalidMobileNumber(NumberError.NOT_MOBILE)
    if len(national) != 10:
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER)
    return national


def _without_country_code(digits: str) -> str:
    """The number inside Viet Nam, with or without its trunk zero (`+84 0…` is a common slip)."""
    international = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    if international != digits:
        if international.startswith("84"):
            return international.removeprefix("84")
        # No country code begins with 0.
        foreign = international[:1] not in ("", "0")
        raise InvalidMobileNumber(NumberError.NOT_VIETNAMESE if foreign else NumberError.INVALID_NUMBER)
    # Eleven digits and more that begin with 84 cannot be national: those begin with 0, or with 1 before 2018.
    if digits.startswith("84") and len(digits) >= 11:
        return digits.removeprefix("84")
    return digits


def _check_numbering_plan(e164: str) -> None:
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER) from None
    if not phonenumbers.is_valid_number_for_region(number, "VN"):
        raise InvalidMobileNumber(NumberError.INVALID_NUMBER)
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise InvalidMobileNumber(NumberError.NOT_MOBILE)
