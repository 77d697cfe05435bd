"""Who is put in whatever the chances: namesakes, twins, reused phones, re-issued numbers, children,
foreigners, and the pairs of the matching policy."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from examples.register_generator.dice import Dice
from examples.register_generator.names import draw_rest
from examples.register_generator.numbers import Numbers
from examples.register_generator.people import Person, draw_person
from examples.register_generator.registers import Entry, Register, Registrar

COUNTS = {
    "homonym_clusters": 200,
    "twin_pairs": 50,
    "recycled_phones": 50,
    "superseded_numbers": 20,
    "children": 20,
    "foreigners": 20,
}
_FOREIGNERS = (
    ("John Michael Smith", "Hoa Kỳ"),
    ("Kim Min Jun", "Hàn Quốc"),
    ("Anna-Marie O'Neill", "Ai Len"),
    ("Satō Yūko", "Nhật Bản"),
    ("Jean-Luc Dupont", "Pháp"),
    ("Nguyen Anna", "Séc"),
)


@dataclass(frozen=True)
class PutIn:
    entry: Entry
    superseded: tuple[str, str] | None = None
    """Old and new personal ID, to be told once."""


class OnPurpose:
    def __init__(self, registrar: Registrar, *, seed: int, numbers: Numbers) -> None:
        self._registrar = registrar
        self._seed = seed
        self._numbers = numbers
        self._made = 0

    def entries(self) -> Iterator[PutIn]:
        for group in (
            self._homonyms,
            self._twins,
            self._recycled_phones,
            self._superseded,
            self._children,
            self._foreigners,
        ):
            yield from group()
        yield from _pairs()

    def _homonyms(self) -> Iterator[PutIn]:
        """The same name, sex and birth date; in every second cluster the birthplace too."""
        for cluster in range(COUNTS["homonym_clusters"]):
            first, dice = self._adult("homonyms", cluster)
            yield from self._everywhere(first, dice)
            for _ in range(1 + dice.below(3) // 2):
                namesake, _ = self._adult("homonyms", cluster)
                same = replace(namesake, name=first.name, sex=first.sex, birth=first.birth)
                same = replace(same, province=first.province) if cluster % 2 else same
                yield from self._everywhere(self._numbered(same), dice)

    def _twins(self) -> Iterator[PutIn]:
        """Of one sex, with neighbouring numbers and names that differ in the last word only."""
        for pair in range(COUNTS["twin_pairs"]):
            first, dice = self._adult("twins", pair)
            first = self._numbered(first)
            yield from self._everywhere(first, dice)
            given = first.name.split()[-1]
            other = given
            while other == given:
                other = draw_rest(dice, sex=first.sex, birth_year=first.birth.year).split()[-1]
            second = replace(first, id=self._next_id(), name=" ".join([*first.name.split()[:-1], other]))
            yield from self._everywhere(self._numbered(second), dice)

    def _recycled_phones(self) -> Iterator[PutIn]:
        """One number: still in the files of who had it before, and in the phone register of who has it now."""
        for _ in range(COUNTS["recycled_phones"]):
            before, dice = self._adult("phones", self._made)
            now, _ = self._adult("phones", self._made)
            line = self._numbers.phone_number()
            yield PutIn(self._registrar.entry(Register.TAX, before, dice, phone=line))
            yield PutIn(self._registrar.entry(Register.INSURANCE, before, dice, phone=line))
            yield PutIn(self._registrar.entry(Register.INSURANCE, now, dice, phone=line))
            yield PutIn(self._registrar.entry(Register.PHONE, now, dice, phone=line))

    def _superseded(self) -> Iterator[PutIn]:
        """A number cancelled and issued again: half for the sex, a quarter keyed wrong, a quarter for the year."""
        for number in range(COUNTS["superseded_numbers"]):
            before, dice = self._adult("superseded", number)
            before = self._numbered(before)
            now = before
            if number % 2:
                now = replace(before, sex={"male": "female", "female": "male"}[before.sex])
            elif number % 4:
                now = replace(
                    before, birth=before.birth.replace(year=before.birth.year + 1, day=min(before.birth.day, 28))
                )
            now = self._numbered(now)
            assert before.personal_id is not None
            assert now.personal_id is not None
            pair = (before.personal_id, now.personal_id)
            tax = self._registrar.entry(Register.TAX, before, dice, phone=None)
            yield PutIn(tax, superseded=pair)
            yield PutIn(self._registrar.entry(Register.INSURANCE, now, dice, phone=None))
            yield PutIn(self._registrar.entry(Register.PHONE, now, dice, phone=self._numbers.phone_number()))

    def _children(self) -> Iterator[PutIn]:
        for number in range(COUNTS["children"]):
            child, dice = self._adult("children", number)
            child = self._numbered(
                replace(child, birth=date(2010, 1, 1) + timedelta(days=dice.below(3000)), deceased=False)
            )
            yield PutIn(self._registrar.population_entry(child))
            yield PutIn(self._registrar.entry(Register.INSURANCE, child, dice, phone=None))

    def _foreigners(self) -> Iterator[PutIn]:
        """Ten digits of tax code and no personal ID."""
        for number in range(COUNTS["foreigners"]):
            name, country = _FOREIGNERS[number % len(_FOREIGNERS)]
            person, dice = self._adult("foreigners", number)
            person = replace(person, name=name, personal_id=None, birthplace_abroad=country)
            yield from self._everywhere(person, dice)

    def _everywhere(self, person: Person, dice: Dice) -> Iterator[PutIn]:
        if person.personal_id is not None:
            yield PutIn(self._registrar.population_entry(person))
        line = self._numbers.phone_number()
        for register in (Register.TAX, Register.INSURANCE, Register.PHONE):
            yield PutIn(self._registrar.entry(register, person, dice, phone=line))

    def _adult(self, *what: object) -> tuple[Person, Dice]:
        person_id = self._next_id()
        dice = Dice(self._seed, *what, person_id)
        while True:
            person = draw_person(dice, person_id=person_id, numbers=self._numbers)
            if person.is_adult:
                return person, dice

    def _numbered(self, person: Person) -> Person:
        return replace(person, personal_id=self._numbers.special_personal_id(person.sex, person.birth.year))

    def _next_id(self) -> str:
        self._made += 1
        return f"s{self._made:05}"


def matching_pairs() -> list[dict[str, Any]]:
    document = json.loads(files("examples.register_generator").joinpath("pairs.json").read_text("utf-8"))
    pairs: list[dict[str, Any]] = document["pairs"]
    return pairs


def _pairs() -> Iterator[PutIn]:
    """Each pair of the policy as it stands: its first record in the tax register, its second in insurance.

    Who has a number is that number; who has none is a person apart, unless the pair is known to be one.
    A pair that repeats another, with other circumstances, is left out: one register has one set of them.
    """
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for pair in matching_pairs():
        if (pair["a"], pair["b"]) in seen:
            continue
        seen.append((pair["a"], pair["b"]))
        second = _holder(pair["b"], f"pair-{pair['id']:02}-b")
        first = second if pair["truth"] == "same" else _holder(pair["a"], f"pair-{pair['id']:02}-a")
        superseded = next(((old, new) for old, new in pair["superseded"]), None)
        yield PutIn(_as_it_stands(Register.TAX, pair["id"], pair["a"], first), superseded)
        yield PutIn(_as_it_stands(Register.INSURANCE, pair["id"], pair["b"], second))


def _as_it_stands(register: Register, pair: int, record: dict[str, Any], person_id: str) -> Entry:
    return Entry(register, {"record_id": f"{register}-pair-{pair:02}", **record, "status": "open"}, person_id)


def _holder(record: dict[str, Any], otherwise: str) -> str:
    return f"pair-{record['personal_id']}" if record.get("personal_id") else otherwise
