"""The citizens of the sandbox, read from `personas.toml`: the truth, and what each register believes.

A register is handed its own records only; the truth is for the tests and for the list a newcomer sees.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("personas.toml")
TAX, SOCIAL_INSURANCE, MOBILE = "tax", "social-insurance", "mobile"
SOURCES = (TAX, SOCIAL_INSURANCE, MOBILE)


@dataclass(frozen=True, kw_only=True)
class Persona:
    """`sources` maps a source to what it holds differently from the truth, `identifier` always among it."""

    id: str
    shows: Mapping[str, str]
    name: str
    birthdate: str
    gender: str
    birthplace: str
    personal_id: str
    phone: str
    email: str | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def credentials(self) -> dict[str, dict[str, Any]]:
        """What a citizen would type at each source, in the shape of `var/demo.json`."""
        typed = ("identifier", "password", "also")
        return {source: {key: held[key] for key in typed if key in held} for source, held in self.sources.items()}


@dataclass(frozen=True, kw_only=True, repr=False)
class Record:
    """One line of a register, found by `identifier`. Hides itself in `repr`, as a real register should."""

    identifier: str
    subject: str
    name: str
    birthdate: str
    gender: str
    birthplace: str
    personal_id: str | None
    deceased: bool = False
    email: str | None = None
    phone: str | None = None
    phone_since: str | None = None
    active_since: str | None = None
    password: str | None = field(default=None, repr=False)


def load_personas(path: Path = FILE) -> tuple[Persona, ...]:
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["persona"]
    return tuple(_persona(entry) for entry in entries)


def tax_records(personas: tuple[Persona, ...]) -> tuple[Record, ...]:
    """One record for each tax code: a person may have several."""
    records = []
    for persona in personas:
        held = persona.sources.get(TAX)
        if held is None:
            continue
        for account in ({}, *held.get("also", ())):
            own = {**held, **account}
            records.append(
                _record(persona, TAX, own, identifier=own["identifier"], password=own["password"], email=persona.email)
            )
    return tuple(records)


def social_insurance_records(personas: tuple[Persona, ...], *, today: date) -> tuple[Record, ...]:
    """Records with the telephone on file and since when; `phone_since_days_ago` counts from `today`."""
    records = []
    for persona in personas:
        held = persona.sources.get(SOCIAL_INSURANCE)
        if held is None:
            continue
        since = held.get("phone_since") or str(today - timedelta(days=held["phone_since_days_ago"]))
        records.append(
            _record(
                persona,
                SOCIAL_INSURANCE,
                held,
                identifier=held["identifier"],
                phone=held.get("phone", persona.phone),
                phone_since=since,
            )
        )
    return tuple(records)


def mobile_records(personas: tuple[Persona, ...]) -> tuple[Record, ...]:
    """The subscribers the operator vouches for, found by their number in E.164."""
    return tuple(
        _record(
            persona,
            MOBILE,
            held,
            identifier=persona.phone,
            phone=persona.phone,
            active_since=held["active_since"],
        )
        for persona in personas
        if (held := persona.sources.get(MOBILE)) and held.get("vouched", True)
    )


def _persona(entry: Mapping[str, Any]) -> Persona:
    return Persona(
        id=entry["id"],
        shows={"vi": entry["vi"], "en": entry["en"]},
        name=entry["name"],
        birthdate=entry["birthdate"],
        gender=entry["gender"],
        birthplace=entry["birthplace"],
        personal_id=entry["personal_id"],
        phone=entry["phone"],
        email=entry.get("email"),
        sources={source: entry[source] for source in SOURCES if source in entry},
    )


def _record(persona: Persona, source: str, held: Mapping[str, Any], **own: Any) -> Record:
    # The subject is a register's own opaque key: stable over restarts, telling nothing.
    subject = hashlib.sha256(f"{source}:{own['identifier']}".encode()).hexdigest()[:24]
    return Record(
        subject=subject,
        name=held.get("name", persona.name),
        birthdate=held.get("birthdate", persona.birthdate),
        gender=persona.gender,
        birthplace=held.get("birthplace", persona.birthplace),
        personal_id=persona.personal_id if held.get("personal_id_known", True) else None,
        deceased=held.get("deceased", False),
        **own,
    )
