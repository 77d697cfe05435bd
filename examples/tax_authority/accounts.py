"""Taxpayers and their passwords: who may log in, how often a wrong password is forgiven, what is told of them."""

import hmac
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from examples.personas import Record

TRIES = 5
WINDOW = 300.0
MOST_WATCHED = 10_000


class Verdict(StrEnum):
    WELCOME = "welcome"
    WRONG = "wrong"
    TOO_MANY = "too_many"


class Accounts:
    """Wrong passwords are counted per tax code as typed and canonical, known or not: five in five minutes."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_tax_code = {record.identifier: record for record in records}
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(self._by_tax_code.values())

    def log_in(self, identifier: str, password: str, *, now: float) -> tuple[Verdict, Record | None]:
        tax_code = canonical_tax_code(identifier)
        recent = [moment for moment in self._wrong.get(tax_code, ()) if now - moment < WINDOW]
        if len(recent) >= TRIES:
            return Verdict.TOO_MANY, None
        record = self._by_tax_code.get(tax_code)
        expected = record.password if record is not None and record.password else ""
        right = hmac.compare_digest(expected.encode(), password.encode())
        if record is None or not expected or not right:
            self._remember(tax_code, [*recent, now])
            return Verdict.WRONG, None
        self._wrong.pop(tax_code, None)
        return Verdict.WELCOME, record

    def _remember(self, tax_code: str, moments: list[float]) -> None:
        self._wrong[tax_code] = moments
        self._wrong.move_to_end(tax_code)
        while len(self._wrong) > MOST_WATCHED:
            self._wrong.popitem(last=False)


def canonical_tax_code(typed: str) -> str:
    """Without the dots, spaces and dashes people type; at most 32 characters are looked at."""
    return re.sub(r"[\s.\-]", "", typed[:64])[:32]


def claims_of(record: Record, scope: frozenset[str]) -> Mapping[str, Any]:
    """The claims a scope opens; `sub` always. What the authority does not hold is absent."""
    claims: dict[str, Any] = {"sub": record.subject}
    if "identity" in scope:
        claims |= {
            "name": record.name,
            "birthdate": record.birthdate,
            "gender": record.gender,
            "birthplace": record.birthplace,
            "tax_code": record.identifier,
            "vn_tax_code": record.identifier,
        }
        if record.personal_id is not None:
            claims |= {"vn_personal_id": record.personal_id, "vn_personal_id_verified": True}
    if "email" in scope and record.email is not None:
        claims |= {"email": record.email, "email_verified": True}
    return claims
