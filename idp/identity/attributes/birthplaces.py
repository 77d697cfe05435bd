"""Birthplaces: two tables of provinces, and the merger of 1 July 2025 between them.

What a register wrote is never rewritten: two places agree when some province of before the merger fits
both. Codes are read with their table, since eight of them changed their meaning.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from idp.identity.attributes.name_forms import letter_form

_MAX_LENGTH = 200
_PREFIXES = ("thanhpho", "tinh", "tp")


class BirthplaceAgreement(StrEnum):
    B0 = "B0"
    """The same, or one merged into the other."""
    BX = "BX"
    """Different."""
    MISSING = "B?"
    """A side is missing or names no province we know."""


@dataclass(frozen=True)
class ProvinceTables:
    before_2025: Mapping[str, str]
    """Three-digit code → name."""
    since_2025: Mapping[str, frozenset[str]]
    """Two-digit code → the three-digit codes it is made of."""
    by_name: Mapping[str, frozenset[str]]
    """Bare letters of a name of either table → the three-digit codes it may mean."""
    merged_into: Mapping[str, str]
    """Three-digit code → the two-digit code of the province it is part of now."""


@cache
def province_tables() -> ProvinceTables:
    """The tables of `provinces.toml`, read once."""
    document = tomllib.loads(files("idp.identity.attributes").joinpath("provinces.toml").read_text("utf-8"))
    by_name = {letter_form(name): frozenset({code}) for code, name in document["before_2025"].items()}
    since_2025: dict[str, frozenset[str]] = {}
    for code, province in document["since_2025"].items():
        since_2025[code] = frozenset(province["made_of"])
        name = letter_form(province["name"])
        by_name[name] = by_name.get(name, frozenset()) | since_2025[code]
    for spelling, name in document["spellings"].items():
        by_name[spelling] = by_name[letter_form(name)]
    merged_into = {earlier: code for code, parts in since_2025.items() for earlier in parts}
    return ProvinceTables(document["before_2025"], since_2025, by_name, merged_into)


def provinces_meant(text: str) -> frozenset[str]:
    """The provinces of before 2025, by three-digit code, that a birthplace may mean; empty if none we know.

    Reads a name, an address that ends in one, a three-digit code (table of before 2025), or a two-digit
    code, which does not say its table and so may mean what either makes of it.
    """
    tables = province_tables()
    last_part = text[:_MAX_LENGTH].rpartition(",")[2].strip()
    if last_part.isascii() and last_part.isdigit():
        earlier = frozenset({last_part.zfill(3)} & tables.before_2025.keys())
        return earlier if len(last_part) == 3 else earlier | tables.since_2025.get(last_part, frozenset())
    letters = letter_form(last_part)
    if letters in tables.by_name:
        return tables.by_name[letters]
    for prefix in _PREFIXES:
        if letters.startswith(prefix) and letters.removeprefix(prefix) in tables.by_name:
            return tables.by_name[letters.removeprefix(prefix)]
    return frozenset()


def merged_provinces(text: str) -> frozenset[str]:
    """The two-digit codes a birthplace may mean today; empty if none we know. Two places of provinces we
    know that agree have one in common."""
    merged_into = province_tables().merged_into
    return frozenset(merged_into[code] for code in provinces_meant(text))


def compare_birthplaces(a: str | None, b: str | None) -> BirthplaceAgreement:
    if not a or not b:
        return BirthplaceAgreement.MISSING
    if a == b and letter_form(a):
        return BirthplaceAgreement.B0
    first, second = provinces_meant(a), provinces_meant(b)
    if first and second:
        return BirthplaceAgreement.B0 if first & second else BirthplaceAgreement.BX
    # Places abroad are in no table: the same words are the same place, other words prove nothing.
    same_words = letter_form(a) and letter_form(a) == letter_form(b)
    return BirthplaceAgreement.B0 if same_words else BirthplaceAgreement.MISSING
