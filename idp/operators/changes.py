"""Operators added, disabled, given other roles. Every change is one transaction with its audit entry.

Changes take turns: each is decided on the operators as they were read, and commits only if nobody changed the
configuration meanwhile, so that two administrators cannot disable each other at the same moment.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from idp.audit.log import audit_entry
from idp.audit.operator_events import OperatorChanged
from idp.operators.enrolment import ENROLMENT_SECONDS, enrolment_hash, new_enrolment_code
from idp.operators.operator import Operator, all_operators, check_label, has_administrator, written_roles
from idp.operators.permissions import Role
from idp.storage.database import Database, Insert, IntegrityConflict, Statement, Write
from idp.storage.live_configuration import current_version


class LabelTaken(Exception):
    """Another operator has, or had, this label."""


class NoSuchOperator(Exception):
    """Nobody has this label."""


class LastAdministrator(Exception):
    """Nobody would be left who can manage operators."""


@dataclass(frozen=True)
class _Read:
    version: int
    operators: Sequence[Operator]

    def operator(self, label: str) -> Operator:
        found = next((operator for operator in self.operators if operator.label == label), None)
        if found is None:
            raise NoSuchOperator(label)
        return found


async def add_operator(database: Database, *, label: str, roles: Collection[Role], by: str, now: int) -> str:
    """The enrolment code, told this once. Raises InvalidLabel, LabelTaken, IntegrityConflict."""
    check_label(label)
    read = await _read(database)
    if any(operator.label == label for operator in read.operators):
        raise LabelTaken(label)
    code, operator_id = new_enrolment_code(), secrets.token_urlsafe(16)
    row = Insert(
        "operator",
        {
            "id": operator_id,
            "label": label,
            "roles": written_roles(roles),
            "person_id": None,
            "enrolment_hash": enrolment_hash(code),
            "enrolment_expires_at": now + ENROLMENT_SECONDS,
            "created_at": now,
            "created_by": by,
            "disabled_at": None,
        },
    )
    await _commit(database, read, row, operator_id=operator_id, action="added", by=by, now=now)
    return code


async def disable_operator(database: Database, label: str, *, by: str, now: int, even_the_last: bool = False) -> None:
    """Out of the portal with the next request. Raises NoSuchOperator, LastAdministrator, IntegrityConflict."""
    read = await _read(database)
    operator = read.operator(label)
    if not even_the_last:
        _check_an_administrator_remains(read, replace(operator, disabled_at=now))
    await _update(database, read, operator, "disabled_at = $1", now, action="disabled", by=by, now=now)


async def enable_operator(database: Database, label: str, *, by: str, now: int) -> None:
    """Raises NoSuchOperator, IntegrityConflict."""
    read = await _read(database)
    await _update(database, read, read.operator(label), "disabled_at = $1", None, action="enabled", by=by, now=now)


async def give_roles(database: Database, label: str, *, roles: Collection[Role], by: str, now: int) -> None:
    """Instead of those held before. Raises NoSuchOperator, LastAdministrator, IntegrityConflict."""
    read = await _read(database)
    operator = read.operator(label)
    _check_an_administrator_remains(read, replace(operator, roles=frozenset(roles)))
    written = written_roles(roles)
    await _update(database, read, operator, "roles = $1", written, action="roles_changed", by=by, now=now)


async def new_enrolment(database: Database, label: str, *, by: str, now: int) -> str:
    """A code for the same person to enrol a second factor anew; the old one is gone at once.

    Raises NoSuchOperator, IntegrityConflict.
    """
    read = await _read(database)
    operator, code = read.operator(label), new_enrolment_code()
    writes: list[Write] = [
        Statement(
            "UPDATE operator SET enrolment_hash = $1, enrolment_expires_at = $2 WHERE id = $3",
            (enrolment_hash(code), now + ENROLMENT_SECONDS, operator.id),
        )
    ]
    if operator.person_id is not None:
        removing = "UPDATE authenticator SET removed_at = $1 WHERE person_id = $2 AND removed_at IS NULL"
        writes.append(Statement(removing, (now, operator.person_id)))
    await _commit(database, read, *writes, operator_id=operator.id, action="second_factor_reset", by=by, now=now)
    return code


def _check_an_administrator_remains(read: _Read, changed: Operator) -> None:
    after = [changed if operator.id == changed.id else operator for operator in read.operators]
    if has_administrator(read.operators) and not has_administrator(after):
        raise LastAdministrator(changed.label)


async def _read(database: Database) -> _Read:
    # The version first: what is read after it is at least as new.
    version = await current_version(database)
    return _Read(version, await all_operators(database))


async def _update(
    database: Database,
    read: _Read,
    operator: Operator,
    change: str,
    value: str | int | None,
    *,
    action: str,
    by: str,
    now: int,
) -> None:
    write = Statement(f"UPDATE operator SET {change} WHERE id = $2", (value, operator.id))
    await _commit(database, read, write, operator_id=operator.id, action=action, by=by, now=now)


async def _commit(
    database: Database, read: _Read, *writes: Write, operator_id: str, action: str, by: str, now: int
) -> None:
    unchanged = Statement(
        "UPDATE configuration_version SET version = version + 1 WHERE id = 1 AND version = $1 RETURNING version",
        (read.version,),
    )
    event = OperatorChanged(operator=operator_id, action=action, by=by)
    if await database.commit(*writes, audit_entry(event, now_ms=now * 1000), gate=unchanged) is None:
        raise IntegrityConflict("the configuration was changed at the same time")
