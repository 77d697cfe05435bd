"""Under which keys a stored record is found as a candidate, and under which a new record looks.

Complete: two records that share no key are NEW to each other whatever else they hold; so nothing is lost
by looking at candidates only. Selective: most keys hold a handful of people among ten million.

A key says a name, a date or a number in the clear. Storage keeps a keyed hash of it, never the key.
A number that was re-issued is found by looking under both: pass the record once with each.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from idp.identity.birth import BirthDate, BirthDatePrecision
from idp.identity.birthplaces import merged_provinces
from idp.identity.name_forms import letter_form, plain_form, unmarked_form
from idp.identity.register_record import RegisterRecord, read_record

_NUMBERED, _UNNUMBERED = "numbered", "unnumbered"
_PRECISE, _IMPRECISE = "day", "year"


def stored_keys(record: Mapping[str, Any]) -> frozenset[str]:
    """At most 11 keys. Takes the record shape of `decide`; never raises."""
    read = read_record(record)
    return frozenset((*_number_key(read), *_day_key(read), *_year_keys_stored(read), *_place_keys(read, (0,))))


def probe_keys(record: Mapping[str, Any]) -> frozenset[str]:
    """At most 16 keys. Takes the record shape of `decide`; never raises."""
    read = read_record(record)
    # Without a number, the keys of the year of a first of January hold also what its day key would.
    day = () if _is_imprecise(read) and read.number is None else tuple(_day_key(read))
    return frozenset((*_number_key(read), *day, *_year_keys_probed(read), *_place_keys(read, (-1, 0, 1))))


def _number_key(record: RegisterRecord) -> Iterator[str]:
    """The same number: always a candidate, whatever else differs."""
    if record.number is not None:
        yield _key("number", record.number.canonical)


def _day_key(record: RegisterRecord) -> Iterator[str]:
    """The same letters and the same day, with day and month in either order."""
    birth = record.birth
    if birth is not None and birth.month is not None and birth.day is not None and plain_form(record.name):
        low, high = sorted((birth.month, birth.day))
        yield _key("day", _letters(record), birth.year, low, high)


def _year_keys_stored(record: RegisterRecord) -> Iterator[str]:
    """The same letters and the same year, told apart by how the date is known and whether a number is."""
    if _has_year(record.birth) and plain_form(record.name):
        precision = _IMPRECISE if _is_imprecise(record) else _PRECISE
        yield _year_key(record, precision, _UNNUMBERED if record.number is None else _NUMBERED)


def _year_keys_probed(record: RegisterRecord) -> Iterator[str]:
    """Dates are compatible when a side is imprecise; with two numbers no compatible date helps."""
    if not _has_year(record.birth) or not plain_form(record.name):
        return
    precisions = (_IMPRECISE, _PRECISE) if _is_imprecise(record) else (_IMPRECISE,)
    numberings = (_UNNUMBERED, _NUMBERED) if record.number is None else (_UNNUMBERED,)
    for precision in precisions:
        for numbering in numberings:
            yield _year_key(record, precision, numbering)


def _place_keys(record: RegisterRecord, differences: tuple[int, ...]) -> Iterator[str]:
    """The same day and place, and a name with words exchanged, a middle word missing or one letter apart.

    For the letter, the bare letters behind the first word are cut in halves: one slip leaves one half whole.
    A new record cuts itself as a stored one would be that is `differences` letters longer.
    """
    birth = record.birth
    if birth is None or birth.precision is not BirthDatePrecision.DAY or not plain_form(record.name):
        return
    words = _words(record)
    first, last = (words[0], words[-1]) if words else ("", "")
    rest = "".join(character for word in words[1:] for character in word if character.isalpha())
    for place in _places(record):
        where = (birth.year, birth.month, birth.day, place)
        yield _key("words", *where, *sorted(words))
        yield _key("ends", *where, first, last)
        for length in {max(len(rest) + difference, 0) for difference in differences}:
            yield _key("opening", *where, first, rest[: length // 2])
            yield _key("closing", *where, first, rest[max(len(rest) - (length + 1) // 2, 0) :])


def _places(record: RegisterRecord) -> set[str]:
    if record.birthplace is None:
        return set()
    provinces = set(merged_provinces(record.birthplace))
    # Two texts of the same words are one place, also where only one of them ends in a province we know.
    words = letter_form(record.birthplace)
    if words and (not provinces or "," in record.birthplace):
        provinces |= {words} if provinces else {words, *merged_provinces(words)}
    return provinces


def _letters(record: RegisterRecord) -> str:
    """Coarser than N3: every y as i, since N2 exchanges some."""
    return letter_form(record.name).replace("y", "i")


def _words(record: RegisterRecord) -> list[str]:
    return unmarked_form(record.name).replace("y", "i").split()


def _has_year(birth: BirthDate | None) -> bool:
    return birth is not None and birth.precision is not BirthDatePrecision.NONE


def _is_imprecise(record: RegisterRecord) -> bool:
    return record.birth is not None and record.birth.may_be_year_only


def _year_key(record: RegisterRecord, precision: str, numbering: str) -> str:
    year = record.birth.year if record.birth is not None else None
    return _key("year", _letters(record), year, precision, numbering)


def _key(kind: str, *parts: object) -> str:
    return "|".join((kind, *map(str, parts)))
