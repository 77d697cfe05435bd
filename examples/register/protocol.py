"""The register protocol, as pure values: who may ask, what a question is, what an answer looks like."""

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from examples.pages import BadRequest
from examples.personas import Record

SHOWN = (
    "subject", "name", "birthdate", "gender", "birthplace", "personal_id", "deceased", "phone", "phone_since",
    "active_since",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Credentials:
    client_id: str
    client_secret: str = field(repr=False)

    def admit(self, authorization: str | None) -> bool:
        """Whether an `Authorization: Basic` header carries exactly these credentials; compared in constant time."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, f"{self.client_id}:{self.client_secret}".encode())


class Register:
    """The records of one register, found by the canonical identifier. Never empty."""

    def __init__(self, identifier_type: str, records: Iterable[Record]) -> None:
        self.identifier_type = identifier_type
        self.records = tuple(records)
        self._by_number = {(identifier_type, record.identifier): record for record in self.records}
        self._by_number |= {("personal_id", record.personal_id or ""): record for record in self.records}

    def look_up(self, question: tuple[str, str]) -> Record | None:
        return self._by_number.get(question)

    def somebody_else(self, than: Record | None) -> Record:
        """For the fault `lying`: a record that is not the one asked for."""
        return next(record for record in self.records if record is not than)


def parse_question(body: bytes, *, identifier_type: str) -> tuple[str, str]:
    """What kind of number is asked for (the register's own, or a personal ID), and which.

    Raises BadRequest, which never repeats what was sent.
    """
    try:
        question = json.loads(body)
    except ValueError as error:
        raise BadRequest("the body must be JSON") from error
    if not isinstance(question, dict) or set(question) != {"identifier_type", "identifier"}:
        raise BadRequest("the body must hold identifier_type and identifier, nothing else")
    if question["identifier_type"] not in (identifier_type, "personal_id"):
        raise BadRequest(f"this register is asked by {identifier_type}")
    identifier = question["identifier"]
    if not isinstance(identifier, str) or not 1 <= len(identifier) <= 32:
        raise BadRequest("identifier must be a short text")
    return question["identifier_type"], identifier


def answer(record: Record | None) -> Mapping[str, Any]:
    if record is None:
        return {"found": False}
    shown = {name: getattr(record, name) for name in SHOWN}
    return {"found": True, "record": {**shown, "personal_id_verified": record.personal_id is not None}}
