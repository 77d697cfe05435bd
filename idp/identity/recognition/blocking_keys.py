"""Under which keys a stored record is found as a candidate, and under which a new record looks.

Complete: two records that share no key are NEW to each other whatever else they hold; so nothing is lost
by looking at candidates only. Selective: most keys hold a handful of people among ten million.

A key says a name, a date or a number in the clear. Storage keeps a keyed hash of it, never the key.
A number that was re-issued is found by looking under both: pass the record once with each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from idp.identity.attributes.birth import BirthDate, BirthDatePrecision
from idp.identity.attributes.birthplaces import merged_provinces
from idp.identity.attributes.name_forms import letter_form, plain_form, unmarked_form
from idp.identity.attributes.register_record import read_record

_NUMBERED, _UNNUMBERED = "numbered", "unnumbered"
_PRECISE, _IMPRECISE = "day", "year"


@dataclass(frozen=True, repr=False)
class _Traits:
    """What the keys are made of."""

    number: str | None
    words: tuple[str, ...] | None
    """Of the name, without marks and every y as i, since N2 exchanges some; `None` without a name."""
    letters: str
    """The same, letters only: coarser than N3."""
    birth: BirthDate | None
    """`None` also for text that is no date."""
    birthplace: str | None

    @property
    def is_imprecise(self) -> bool:
        return self.birth is not None and self.birth.may_be_year_only


def stored_keys(record: Mapping[str, Any]) -> frozenset[str]:
    """At most 11 keys. Takes the record shape of `decide`; never raises."""
    traits = _traits(record)
    return frozenset((*_number_key(traits), *_day_key(traits), *_year_keys_stored(traits), *_place_keys(traits, (0,))))


def probe_keys(record: Mapping[str, Any]) -> frozenset[str]:
    """At most 16 keys. Takes the record shape of `decide`; never raises."""
    traits = _traits(record)
    # Without a number, the keys of the year of a first of January hold also what its day key would.
    day = () if traits.is_imprecise and traits.number is None else tuple(_day_key(traits))
    return frozenset((*_number_key(traits), *day, *_year_keys_probed(traits), *_place_keys(traits, (-1, 0, 1))))


def _traits(record: Mapping[str, Any]) -> _Traits:
    read = read_record(record)
    name = plain_form(read.name)
    unmarked = unmarked_form(name).replace("y", "i")
    is_date = read.birth is not None and read.birth.precision is not BirthDatePrecision.NONE
    return _Traits(
        number=read.number.canonical if read.number else None,
        words=tuple(unmarked.split()) if name else None,
        letters="".join(filter(str.isalpha, unmarked)),
        birth=read.birth if is_date else None,
        birthplace=read.birthplace,
    )


def _number_key(traits: _Traits) -> Iterator[str]:
    """The same number: always a candidate, whatever else differs."""
    if traits.number is not None:
        yield _key("number", traits.number)


def _day_key(traits: _Traits) -> Iterator[str]:
    """The same letters and the same day, with day and month in either order."""
    birth = traits.birth
    if traits.words is not None and birth is not None and birth.month is not None and birth.day is not None:
        low, high = sorted((birth.month, birth.day))
        yield _key("day", traits.letters, birth.year, low, high)


def _year_keys_stored(traits: _Traits) -> Iterator[str]:
    """The same letters and the same year, told apart by how the date is known and whether a number is."""
    if traits.words is not None and traits.birth is not None:
        precision = _IMPRECISE if traits.is_imprecise else _PRECISE
        numbering = _UNNUMBERED if traits.number is None else _NUMBERED
        yield _key("year", traits.letters, traits.birth.year, precision, numbering)


def _year_keys_probed(traits: _Traits) -> Iterator[str]:
    """Dates are compatible when a side is imprecise; with two numbers no compatible date helps."""
    if traits.words is None or traits.birth is None:
        return
    for precision in (_IMPRECISE, _PRECISE) if traits.is_imprecise else (_IMPRECISE,):
        for numbering in (_UNNUMBERED, _NUMBERED) if traits.number is None else (_UNNUMBERED,):
            yield _key("year", traits.letters, traits.birth.year, precision, numbering)


def _place_keys(traits: _Traits, differences: tuple[int, ...]) -> Iterator[str]:
    """The same day and place, and a name with words exchanged, a middle word missing or one letter apart.

    For the letter, the bare letters behind the first word are cut in halves: one slip leaves one half whole.
    A new record cuts itself as a stored one would be that is `differences` letters longer.
    """
    birth, words = traits.birth, traits.words
    if words is None or birth is None or birth.precision is not BirthDatePrecision.DAY:
        return
    first, last = (words[0], words[-1]) if words else ("", "")
    rest = "".join(filter(str.isalpha, "".join(words[1:])))
    for place in _places(traits.birthplace):
        where = f"{birth.text}|{place}"
        yield _key("words", where, *sorted(words))
        yield _key("ends", where, first, last)
        for length in {max(len(rest) + difference, 0) for difference in differences}:
            yield _key("opening", where, first, rest[: length // 2])
            yield _key("closing", where, first, rest[max(len(rest) - (length + 1) // 2, 0) :])


def _places(birthplace: str | None) -> set[str]:
    if birthplace is None:
        return set()
    provinces = set(merged_provinces(birthplace))
    # Two texts of the same words are one place, also where only one of them ends in a province we know.
    words = letter_form(birthplace) if not provinces or "," in birthplace else ""
    if not words:
        return provinces
    return {words, *(provinces or merged_provinces(words))}


def _key(kind: str, *parts: object) -> str:
    return "|".join((kind, *map(str, parts)))
