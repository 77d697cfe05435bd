"""An operator as stored. The label is a work handle, shown to colleagues and written to the log: no name, no number."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from idp.operators.permissions import Permission, Role, may
from idp.storage.database import Database, Row

_LABEL: Final = re.compile(r"[a-z][a-z0-9.-]{0,31}")
_SELECT: Final = (
    "SELECT o.id, o.label, o.roles, o.person_id, o.enrolment_expires_at, o.created_at, o.created_by, o.disabled_at,"
    " p.status AS person_status FROM operator o LEFT JOIN person p ON p.id = o.person_id"
)


class InvalidLabel(ValueError):
    """Not 1 to 32 small letters, digits, dots and dashes, a letter first."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """`person_id` is set at the enrolment; `enrolment_expires_at` while a code waits to be used.

    `is_person_active`: whoever locked or closed their own account does not work here meanwhile.
    """

    id: str
    label: str
    roles: frozenset[Role]
    person_id: str | None
    is_person_active: bool
    enrolment_expires_at: int | None
    created_at: int
    created_by: str
    disabled_at: int | None

    def may(self, permission: Permission) -> bool:
        return self.disabled_at is None and may(self.roles, permission)

    @property
    def is_at_work(self) -> bool:
        """Not while a new enrolment code waits: the second factor was reset, and nothing else leads on."""
        enrolled = self.person_id is not None and self.enrolment_expires_at is None
        return self.disabled_at is None and enrolled and self.is_person_active


def check_label(label: str) -> str:
    if not _LABEL.fullmatch(label):
        raise InvalidLabel(label)
    return label


def has_administrator(operators: Collection[Operator]) -> bool:
    """Whether somebody can manage operators: waiting for an enrolment is not enough."""
    return any(operator.is_at_work and Role.ADMINISTRATOR in operator.roles for operator in operators)


async def all_operators(database: Database) -> Sequence[Operator]:
    """Disabled ones included, by label."""
    rows = await database.fetch_all(f"{_SELECT} ORDER BY o.label")
    return [_operator(row) for row in rows]


async def operator_of_person(database: Database, person_id: str) -> Operator | None:
    """Disabled ones included; the table holds at most one for a person."""
    return _found(await database.fetch_row(f"{_SELECT} WHERE o.person_id = $1", person_id))


async def operator_by_id(database: Database, operator_id: str) -> Operator | None:
    return _found(await database.fetch_row(f"{_SELECT} WHERE o.id = $1", operator_id))


async def operator_by_label(database: Database, label: str) -> Operator | None:
    return _found(await database.fetch_row(f"{_SELECT} WHERE o.label = $1", label))


def written_roles(roles: Collection[Role]) -> str:
    return " ".join(sorted(role.value for role in roles))


def _found(row: Row | None) -> Operator | None:
    return None if row is None else _operator(row)


def _operator(row: Row) -> Operator:
    return Operator(
        id=str(row["id"]),
        label=str(row["label"]),
        roles=frozenset(Role(name) for name in str(row["roles"]).split()),
        person_id=_text(row["person_id"]),
        is_person_active=row["person_status"] == "active",
        enrolment_expires_at=_moment(row["enrolment_expires_at"]),
        created_at=_moment(row["created_at"]) or 0,
        created_by=str(row["created_by"]),
        disabled_at=_moment(row["disabled_at"]),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) else None
