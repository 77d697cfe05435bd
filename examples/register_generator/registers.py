"""Who is in which register, with which number, and whose name a phone line is in."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from examples.register_generator.dice import Dice, weighted
from examples.register_generator.faults import FaultRates, Written, write_record
from examples.register_generator.numbers import Numbers
from examples.register_generator.people import Person


class Register(StrEnum):
    POPULATION = "population"
    TAX = "tax"
    INSURANCE = "insurance"
    PHONE = "phone"


NUMBER_OF: Mapping[Register, str] = {
    Register.TAX: "tax_code",
    Register.INSURANCE: "insurance_number",
    Register.PHONE: "phone_number",
}
"""Register → the member that holds its own number."""

_IN_TAX, _IN_INSURANCE, _IN_POPULATION_OF_2018 = 0.62, 0.88, 0.92
_TAX_CODES = weighted([(1, 93.3), (2, 6), (3, 0.7)])
_LINES = weighted([(0, 10), (1, 60), (2, 25), (3, 5)])  # 1.25 on average
_IN_WHOSE_NAME = weighted([("own", 82), ("relative", 12), ("former", 4), ("organisation", 2)])
_NEIGHBOURS = 64
_FIRMS = ("Công ty TNHH Thử Nghiệm", "Hợp tác xã Mẫu", "Công ty cổ phần Ví Dụ", "Doanh nghiệp tư nhân Giả Lập")


@dataclass(frozen=True)
class Entry:
    """A record of a register, and the hidden truth about it."""

    register: Register
    record: Mapping[str, Any]
    person_id: str | None
    """Whom the record is about: nobody for an organisation."""
    used_by: str | None = None
    """Who holds the phone, where the line is in somebody else's name."""
    faults: tuple[str, ...] = ()


class Registrar:
    """Enters people one after the other. Remembers a few neighbours, in whose names lines may be."""

    def __init__(
        self, rates: Mapping[str, FaultRates], *, seed: int, numbers: Numbers, without_numbers: bool = False
    ) -> None:
        self._rates = rates
        self._seed = seed
        self._numbers = numbers
        self._without_numbers = without_numbers
        self._neighbours: deque[Person] = deque(maxlen=_NEIGHBOURS)
        self._entered = dict.fromkeys(Register, 0)

    def enter(self, person: Person) -> Iterator[Entry]:
        """All entries a person has by the shares of coverage."""
        dice = Dice(self._seed, "registers", person.id)
        if not self._without_numbers or dice.chance(_IN_POPULATION_OF_2018):
            yield self.population_entry(person)
        if not person.is_adult:
            return
        lines = [self._numbers.phone_number() for _ in range(dice.draw(_LINES))]
        contact = lines[0] if lines else None
        if dice.chance(_IN_TAX):
            for _ in range(dice.draw(_TAX_CODES)):
                yield self.entry(Register.TAX, person, dice, phone=contact)
        if dice.chance(_IN_INSURANCE):
            yield self.entry(Register.INSURANCE, person, dice, phone=contact)
        for line in lines:
            yield self._line(line, person, dice)
        self._neighbours.append(person)

    def population_entry(self, person: Person) -> Entry:
        written = write_record(person, FaultRates(province_of_before_2025=0.7), Dice(self._seed, person.id), phone=None)
        return self._entry(Register.POPULATION, written, None, person_id=person.id)

    def entry(self, register: Register, person: Person, dice: Dice, *, phone: str | None) -> Entry:
        """One entry in a register; `phone` is the line itself or the number left there."""
        number = self._number(register) or phone
        left_there = None if register is Register.PHONE else phone
        written = write_record(person, self._rates[register], dice, phone=left_there)
        return self._entry(register, written, number, person_id=person.id)

    def _number(self, register: Register) -> str | None:
        if register is Register.TAX:
            return self._numbers.tax_code()
        return self._numbers.insurance_number() if register is Register.INSURANCE else None

    def _line(self, line: str, user: Person, dice: Dice) -> Entry:
        whose = dice.draw(_IN_WHOSE_NAME)
        if whose == "organisation":
            firm = {"name": dice.one_of(_FIRMS), "birthdate": None, "sex": None, "personal_id": None}
            written = Written({**firm, "birthplace": None, "phone": None, "status": "open"}, ())
            return self._entry(Register.PHONE, written, line, person_id=None, used_by=user.id)
        named = user if whose == "own" or not self._neighbours else dice.one_of(self._neighbours)
        written = write_record(named, self._rates[Register.PHONE], dice, phone=None)
        used_by = None if named is user else user.id
        return self._entry(Register.PHONE, written, line, person_id=named.id, used_by=used_by)

    def _entry(
        self,
        register: Register,
        written: Written,
        number: str | None,
        *,
        person_id: str | None,
        used_by: str | None = None,
    ) -> Entry:
        self._entered[register] += 1
        own = {NUMBER_OF[register]: number} if register in NUMBER_OF else {}
        record = {"record_id": f"{register}-{self._entered[register]:08}", **own, **written.record}
        if register in (Register.POPULATION, Register.PHONE):
            del record["phone"]
        if self._without_numbers:
            record["personal_id"] = None
        return Entry(register, record, person_id, used_by, written.faults)
