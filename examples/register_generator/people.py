"""The people themselves, as they really are: before any clerk wrote anything down."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from examples.register_generator.dice import Dice, weighted
from examples.register_generator.names import draw_name, draw_rest
from examples.register_generator.numbers import Numbers
from examples.register_generator.provinces import Province, provinces

TODAY = date(2026, 7, 1)
"""The day on which everybody is as old as they are, so that a seed says everything."""
ADULT_AT = 18

_BIRTH_YEARS = weighted(
    [
        ((1925, 1934), 1),
        ((1935, 1944), 3),
        ((1945, 1954), 6),
        ((1955, 1964), 11),
        ((1965, 1974), 15),
        ((1975, 1984), 16),
        ((1985, 1994), 17),
        ((1995, 2004), 15),
        ((2005, 2025), 16),
    ]
)
_TWIN_BIRTHS = 0.0076  # of births, so that 1.5 of 100 people are twins
_DECEASED_OF_OLD = 0.06
_OLD = 60


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    sex: str
    birth: date
    province: Province
    personal_id: str | None
    deceased: bool = False
    birthplace_abroad: str | None = None

    @property
    def is_adult(self) -> bool:
        return self.age >= ADULT_AT

    @property
    def age(self) -> int:
        return TODAY.year - self.birth.year - ((TODAY.month, TODAY.day) < (self.birth.month, self.birth.day))


def draw_people(count: int, *, seed: int, numbers: Numbers) -> Iterator[Person]:
    """Exactly `count`, one after the other; a twin follows its twin."""
    made = 0
    while made < count:
        dice = Dice(seed, "person", made)
        person = draw_person(dice, person_id=f"p{made:08}", numbers=numbers)
        made += 1
        yield person
        if made < count and dice.chance(_TWIN_BIRTHS):
            yield _twin_of(person, dice, person_id=f"p{made:08}", numbers=numbers)
            made += 1


def draw_person(dice: Dice, *, person_id: str, numbers: Numbers) -> Person:
    first, last = dice.draw(_BIRTH_YEARS)
    year = first + dice.below(last - first + 1)
    birth = date(year, 1, 1) + timedelta(days=dice.below(365 + (year % 4 == 0)))
    sex = "male" if dice.chance(111 / 211 if year >= 2005 else 0.5) else "female"
    province = dice.draw(provinces())
    person = Person(
        id=person_id,
        name=draw_name(dice, sex=sex, birth_year=year, province=province),
        sex=sex,
        birth=birth,
        province=province,
        personal_id=numbers.personal_id(sex, year),
    )
    return replace(person, deceased=person.age >= _OLD and dice.chance(_DECEASED_OF_OLD))


def _twin_of(person: Person, dice: Dice, *, person_id: str, numbers: Numbers) -> Person:
    sex = person.sex if dice.chance(0.65) else {"male": "female", "female": "male"}[person.sex]
    surname = person.name.split(" ")[0]
    rest = draw_rest(dice, sex=sex, birth_year=person.birth.year)
    while f"{surname} {rest}" == person.name:
        rest = draw_rest(dice, sex=sex, birth_year=person.birth.year)
    return replace(
        person,
        id=person_id,
        name=f"{surname} {rest}",
        sex=sex,
        personal_id=numbers.personal_id(sex, person.birth.year),
        deceased=False,
    )
