"""A register's file read as an import reads it: legacy bytes put right, a card of nine digits no personal ID."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any, Literal

from examples.register_generator.output import SUPERSEDED, TRUTH
from idp.identity.attributes.legacy_text import transcode_legacy
from idp.identity.attributes.register_record import read_record
from idp.identity.pivot import PivotIdentity


@dataclass(frozen=True, slots=True)
class Imported:
    record_id: str
    name: str
    birthdate: str
    sex: Literal["male", "female"] | None
    birthplace: str | None
    personal_id: str | None
    truth: str | None
    """Whom the record is about."""
    faults: tuple[str, ...]

    def identity(self) -> PivotIdentity:
        return PivotIdentity(
            name=self.name,
            birthdate=self.birthdate,
            gender=self.sex,
            birthplace=self.birthplace,
            personal_id=self.personal_id,
        )


def read_register(folder: Path, register: str) -> Iterator[Imported]:
    """Record after record, each with its line of the hidden truth."""
    with (
        (folder / f"{register}.jsonl").open(encoding="utf-8") as records,
        (folder / TRUTH).open(encoding="utf-8") as truths,
    ):
        own = (line for line in truths if line.startswith(f'{{"record_id":"{register}-'))
        for record_line, truth_line in zip(records, own, strict=True):
            record, truth = json.loads(record_line), json.loads(truth_line)
            if record["record_id"] != truth["record_id"]:
                raise ValueError(f"the truth is about {truth['record_id']}, the register about {record['record_id']}")
            yield _imported(record, truth)


def read_superseded(folder: Path) -> list[tuple[str, str]]:
    lines = (folder / SUPERSEDED).read_text("utf-8").splitlines()
    return [(pair["old"], pair["new"]) for pair in map(json.loads, lines)]


def _imported(record: dict[str, Any], truth: dict[str, Any]) -> Imported:
    number = read_record(record).number
    return Imported(
        record_id=record["record_id"],
        name=transcode_legacy(record["name"] or ""),
        birthdate=record["birthdate"] or "",
        sex=record["sex"],
        birthplace=intern(record["birthplace"]) if record["birthplace"] else None,
        personal_id=number.canonical if number else None,
        truth=truth["person_id"],
        faults=tuple(map(intern, truth["faults"])),
    )
