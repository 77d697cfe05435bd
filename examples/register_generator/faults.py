"""A record of one person in one register, with the mistakes of that register."""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from examples.register_generator import spelling
from examples.register_generator.dice import Dice
from examples.register_generator.people import Person
from examples.register_generator.provinces import as_written

_DECEASED = 0.0105
"""Share of the deceased among all people: a rate of records left open is a rate of all records."""
_SWAPPABLE = 0.36
"""Share of days that are another date with day and month exchanged."""


@dataclass(frozen=True)
class FaultRates:
    """Shares of one, for one register. `fault_rates.toml` holds those that are meant to be realistic."""

    number_missing: float = 0.0
    number_is_old_card: float = 0.0
    number_wrong_digit: float = 0.0
    marks_missing: float = 0.0
    tone_placed_otherwise: float = 0.0
    decomposed: float = 0.0
    odd_characters: float = 0.0
    legacy_bytes: float = 0.0
    letter_or_tone_wrong: float = 0.0
    middle_name_lost: float = 0.0
    order_reversed: float = 0.0
    birth_year_only: float = 0.0
    birth_first_of_january: float = 0.0
    birth_day_month_swapped: float = 0.0
    birth_year_off_by_one: float = 0.0
    sex_missing: float = 0.0
    sex_wrong: float = 0.0
    phone_of_eleven_digits: float = 0.0
    province_of_before_2025: float = 0.0
    deceased_still_open: float = 0.0

    def times(self, factor: float) -> "FaultRates":
        return FaultRates(**{rate.name: min(getattr(self, rate.name) * factor, 1.0) for rate in fields(self)})


def read_rates(path: Path | None = None) -> Mapping[str, FaultRates]:
    """By register. Raises `ValueError` for a rate nobody knows or one that is no share."""
    source = path or files("examples.register_generator").joinpath("fault_rates.toml")
    rates = {}
    for register, table in tomllib.loads(source.read_text("utf-8")).items():
        unknown = set(table) - {rate.name for rate in fields(FaultRates)}
        if unknown or not all(isinstance(rate, int | float) and 0 <= rate <= 1 for rate in table.values()):
            raise ValueError(f"[{register}] holds rates that are unknown or not between 0 and 1: {sorted(unknown)}")
        rates[register] = FaultRates(**table)
    return rates


@dataclass(frozen=True)
class Written:
    record: Mapping[str, Any]
    faults: tuple[str, ...]


def write_record(person: Person, rates: FaultRates, dice: Dice, *, phone: str | None) -> Written:
    """What the register says of the person; `phone` is the number they left there."""
    name, name_faults = _name(person.name, rates, dice)
    birthdate, birth_faults = _birthdate(person.birth, rates, dice)
    sex, sex_faults = _sex(person.sex, rates, dice)
    number, number_faults = _number(person.personal_id, rates, dice)
    birthplace = person.birthplace_abroad or as_written(
        dice, person.province, share_of_before=rates.province_of_before_2025
    )
    left_open = person.deceased and dice.chance(rates.deceased_still_open / _DECEASED)
    old_phone = phone is not None and dice.chance(rates.phone_of_eleven_digits)
    faults = (*name_faults, *birth_faults, *sex_faults, *number_faults)
    return Written(
        record={
            "name": name,
            "birthdate": birthdate,
            "sex": sex,
            "personal_id": number,
            "birthplace": birthplace,
            "phone": as_before_2018(phone) if phone and old_phone else phone,
            "status": "closed" if person.deceased and not left_open else "open",
        },
        faults=(*faults, *["deceased_still_open"] * left_open, *["phone_of_eleven_digits"] * old_phone),
    )


def as_before_2018(phone: str) -> str:
    """Eleven digits, with the 1 that old numbers had; 015x was never given to anybody."""
    return f"01{phone[1:]}"


def _name(name: str, rates: FaultRates, dice: Dice) -> tuple[str, list[str]]:
    steps: tuple[tuple[str, float, Callable[[str], str]], ...] = (
        ("middle_name_lost", rates.middle_name_lost, lambda text: spelling.without_middle_name(text, dice)),
        ("order_reversed", rates.order_reversed, lambda text: spelling.in_other_order(text, dice)),
        ("letter_wrong", rates.letter_or_tone_wrong / 2, lambda text: spelling.with_wrong_letter(text, dice)),
        ("tone_wrong", rates.letter_or_tone_wrong / 2, lambda text: spelling.with_wrong_tone(text, dice)),
        ("marks_missing", rates.marks_missing, lambda text: spelling.without_marks(text, dice)),
        ("tone_placed_otherwise", rates.tone_placed_otherwise, spelling.tone_placed_otherwise),
        ("legacy_bytes", rates.legacy_bytes, lambda text: spelling.in_legacy_bytes(text, dice)),
        ("odd_characters", rates.odd_characters, lambda text: spelling.with_odd_characters(text, dice)),
        ("decomposed", rates.decomposed, lambda text: unicodedata.normalize("NFD", text)),
    )
    faults = []
    for fault, rate, apply in steps:
        # A program that reads bytes as Latin-1 has no Unicode to take apart.
        if dice.chance(rate) and not ("legacy_bytes" in faults and fault in ("odd_characters", "decomposed")):
            wrong = apply(name)
            faults += [fault] * (wrong != name)
            name = wrong
    return name, faults


def _birthdate(birth: date, rates: FaultRates, dice: Dice) -> tuple[str, list[str]]:
    if dice.chance(rates.birth_year_off_by_one):
        birth = birth.replace(year=birth.year + dice.one_of((-1, 1)), day=min(birth.day, 28))
        return birth.isoformat(), ["birth_year_off_by_one"]
    if dice.chance(rates.birth_year_only):
        return f"{birth.year:04}", ["birth_year_only"]
    if dice.chance(rates.birth_first_of_january):
        return f"{birth.year:04}-01-01", ["birth_first_of_january"]
    swappable = birth.day <= 12 and birth.day != birth.month
    if swappable and dice.chance(rates.birth_day_month_swapped / _SWAPPABLE):
        return birth.replace(month=birth.day, day=birth.month).isoformat(), ["birth_day_month_swapped"]
    return birth.isoformat(), []


def _sex(sex: str, rates: FaultRates, dice: Dice) -> tuple[str | None, list[str]]:
    if dice.chance(rates.sex_missing):
        return None, ["sex_missing"]
    if dice.chance(rates.sex_wrong):
        return {"male": "female", "female": "male"}[sex], ["sex_wrong"]
    return sex, []


def _number(number: str | None, rates: FaultRates, dice: Dice) -> tuple[str | None, list[str]]:
    if number is None or dice.chance(rates.number_missing):
        return None, ["number_missing"] * (number is not None)
    if dice.chance(rates.number_is_old_card):
        return f"099{dice.below(1_000_000):06}", ["number_is_old_card"]
    if dice.chance(rates.number_wrong_digit):
        place = 3 + dice.below(len(number) - 3)
        digit = str((int(number[place]) + 1 + dice.below(9)) % 10)
        return number[:place] + digit + number[place + 1 :], ["number_wrong_digit"]
    return number, []
