"""Names after the shares of `names.toml`: surname by region, people by province, the rest by sex and cohort."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from examples.register_generator.dice import Dice, Weighted, falling, weighted
from examples.register_generator.provinces import Province


@dataclass(frozen=True)
class Cohort:
    until: int
    """The last birth year."""
    middle: Weighted[str]
    given: Weighted[str]


@dataclass(frozen=True)
class People:
    surnames: Weighted[str] | None
    """`None` where the clan's name comes last."""
    clans: Weighted[str] | None
    own_names: Mapping[str, Weighted[str]]
    """Sex → what stands beside the surname or clan; empty where it is as for everybody."""


@dataclass(frozen=True)
class NameTables:
    surnames: Weighted[str]
    southern: Mapping[str, str]
    cohorts: Mapping[str, Sequence[Cohort]]
    peoples: Mapping[str, People]


@cache
def name_tables() -> NameTables:
    document = tomllib.loads(files("examples.register_generator").joinpath("names.toml").read_text("utf-8"))
    return NameTables(
        surnames=weighted(document["surnames"].items()),
        southern=document["southern"],
        cohorts={
            sex: tuple(
                Cohort(row["until"], weighted(row["middle"].items()), falling(row["given"].split()))
                for row in document[sex]
            )
            for sex in ("male", "female")
        },
        peoples={
            name: People(
                surnames=falling(row["surnames"].split()) if "surnames" in row else None,
                clans=falling(row["clans"]) if "clans" in row else None,
                own_names={sex: falling(row[sex]) for sex in ("male", "female") if sex in row},
            )
            for name, row in document["peoples"].items()
        },
    )


def draw_name(dice: Dice, *, sex: str, birth_year: int, province: Province) -> str:
    tables = name_tables()
    if dice.chance(province.share_of_other_peoples):
        people = tables.peoples[dice.one_of(province.other_peoples)]
        return _name_of_people(dice, people, sex=sex, birth_year=birth_year)
    surname = dice.draw(tables.surnames)
    if not province.is_northern:
        surname = tables.southern.get(surname, surname)
    return f"{surname} {draw_rest(dice, sex=sex, birth_year=birth_year)}"


def draw_rest(dice: Dice, *, sex: str, birth_year: int) -> str:
    """Middle and given name."""
    cohort = next(cohort for cohort in name_tables().cohorts[sex] if birth_year <= cohort.until)
    middle, given = dice.draw(cohort.middle), dice.draw(cohort.given)
    # Nobody is called Anh Anh.
    while given == middle.split(" ")[-1]:
        given = dice.draw(cohort.given)
    return f"{middle} {given}".strip()


def _name_of_people(dice: Dice, people: People, *, sex: str, birth_year: int) -> str:
    own = people.own_names.get(sex)
    rest = draw_rest(dice, sex=sex, birth_year=birth_year) if own is None else dice.draw(own)
    if people.clans is not None:
        return f"{rest} {dice.draw(people.clans)}"
    assert people.surnames is not None
    return f"{dice.draw(people.surnames)} {rest}"
