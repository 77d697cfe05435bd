"""A person's second factor: an app that shows codes (RFC 6238). Its life from the QR code to its removal.

Owns the `authenticator` table. A code works once, on whichever worker: the newest time step used is part of the gate.
Knows no page, and no rule about when a second factor is wanted.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from idp.audit.events import AuditEvent
from idp.audit.log import audit_entry
from idp.audit.login_events import AuthenticatorEnrolled, AuthenticatorRemoved
from idp.storage.counters import current, decrement, increment
from idp.storage.database import Database, Insert, Row, Statement, Write
from idp.storage.vault import Vault
from mobile_otp.codes import normalise_code
from mobile_otp.totp import Totp, matching_step, new_totp

KIND: Final = "totp"
WRONG_PER_DAY: Final = 10
_DAY: Final = 24 * 3600
# Whoever began and never confirmed begins anew.
ENROLMENT_SECONDS: Final = 15 * 60


class CodeRefused(Exception):
    """Wrong, malformed, or used before: which of them, nobody is told."""


class TooManyWrongCodes(Exception):
    """`seconds` until a code may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many wrong codes")
        self.seconds = seconds

    @property
    def minutes(self) -> int:
        return max(1, -(-self.seconds // 60))


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """Begun, and of no use before `confirm`. `totp` is what the QR code holds."""

    id: str
    totp: Totp = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    id: str
    enrolled_at: int


async def enrolled(database: Database, *, person_id: str) -> tuple[Enrolled, ...]:
    """The authenticators this person can use now, oldest first."""
    rows = await database.fetch_all(
        "SELECT id, confirmed_at FROM authenticator "
        "WHERE person_id = $1 AND confirmed_at IS NOT NULL AND removed_at IS NULL ORDER BY confirmed_at, id",
        person_id,
    )
    return tuple(Enrolled(id=str(row["id"]), enrolled_at=_number(row, "confirmed_at")) for row in rows)


async def begin_enrolment(database: Database, vault: Vault, *, person_id: str, now: float) -> Enrolment:
    """A new secret. The caller has made sure who is there: whoever enrols may log in with it ever after."""
    enrolment = Enrolment(id=secrets.token_urlsafe(16), totp=new_totp())
    await database.commit(
        # What was begun and left lying is nobody's any more.
        Statement("DELETE FROM authenticator WHERE person_id = $1 AND confirmed_at IS NULL", (person_id,)),
        Insert(
            "authenticator",
            {
                "id": enrolment.id,
                "person_id": person_id,
                "kind": KIND,
                "secret_sealed": vault.seal(enrolment.totp.secret, row=_row(enrolment.id)),
                "created_at": int(now),
                "confirmed_at": None,
                "last_step": 0,
                "removed_at": None,
            },
        ),
    )
    return enrolment


async def begun_enrolment(
    database: Database, vault: Vault, *, enrolment_id: str, person_id: str, now: float
) -> Enrolment | None:
    """The same once more, for a page that is shown again. None when it is over, confirmed or another person's."""
    row = await database.fetch_row(
        "SELECT id, secret_sealed FROM authenticator "
        "WHERE id = $1 AND person_id = $2 AND confirmed_at IS NULL AND removed_at IS NULL AND created_at > $3",
        enrolment_id,
        person_id,
        int(now) - ENROLMENT_SECONDS,
    )
    return None if row is None else Enrolment(id=str(row["id"]), totp=_opened(vault, row))


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """A right first code, for the caller's transaction.

    `gate` finds no row where the enrolment is over, and while the person has another app; `instead` takes that off.
    """

    enrolment_id: str
    gate: Statement = field(repr=False)
    instead: tuple[Statement, ...] = field(repr=False)
    writes: tuple[Write, ...] = field(repr=False)


async def confirming(
    database: Database, vault: Vault, *, enrolment_id: str, person_id: str, code: str, now: float
) -> Confirmation:
    """The first code of the app, looked at; nothing counts yet. Raises CodeRefused, TooManyWrongCodes."""
    await _count_try(database, person_id, now=int(now))
    enrolment = await begun_enrolment(database, vault, enrolment_id=enrolment_id, person_id=person_id, now=now)
    step = None if enrolment is None else _step(enrolment.totp, code, after=0, now=int(now))
    if step is None:
        raise CodeRefused
    confirmed = (
        "UPDATE authenticator SET confirmed_at = $1, last_step = $2 "
        "WHERE id = $3 AND confirmed_at IS NULL AND removed_at IS NULL"
    )
    # A further app would be a way round the one that counts.
    alone = (
        " AND NOT EXISTS (SELECT 1 FROM authenticator b "
        "WHERE b.person_id = $4 AND b.confirmed_at IS NOT NULL AND b.removed_at IS NULL) RETURNING id"
    )
    event = AuthenticatorEnrolled(person_id=person_id, kind=KIND)
    return Confirmation(
        enrolment_id=enrolment_id,
        gate=Statement(confirmed + alone, (int(now), step, enrolment_id, person_id)),
        # Both statements see the rows as they were before the transaction: this one asks for nothing of the others.
        instead=(remove_all(person_id, now=now), Statement(confirmed, (int(now), step, enrolment_id))),
        writes=_proved(event, person_id, now),
    )


async def confirm(
    database: Database,
    vault: Vault,
    *,
    enrolment_id: str,
    person_id: str,
    code: str,
    now: float,
    writes: tuple[Write, ...] = (),
) -> None:
    """From here on it counts. `writes` go in the same transaction (a notice, say).

    Raises CodeRefused, TooManyWrongCodes.
    """
    done = await confirming(database, vault, enrolment_id=enrolment_id, person_id=person_id, code=code, now=now)
    if await database.commit(*writes, *done.writes, gate=done.gate) is None:
        raise CodeRefused


async def proving(database: Database, vault: Vault, *, person_id: str, code: str, now: float) -> Statement:
    """The gate that uses a right code up, in the caller's transaction: it finds no row where it was used meanwhile.

    The try is counted before anything is compared, and `refund` gives it back. Raises CodeRefused, TooManyWrongCodes.
    """
    await _count_try(database, person_id, now=int(now))
    rows = await database.fetch_all(
        "SELECT id, secret_sealed, last_step FROM authenticator "
        "WHERE person_id = $1 AND confirmed_at IS NOT NULL AND removed_at IS NULL",
        person_id,
    )
    for row in rows:
        step = _step(_opened(vault, row), code, after=_number(row, "last_step"), now=int(now))
        if step is not None:
            return Statement(
                "UPDATE authenticator SET last_step = $1 WHERE id = $2 AND last_step < $1 AND removed_at IS NULL "
                "RETURNING id",
                (step, row["id"]),
            )
    raise CodeRefused


def refund(person_id: str, *, now: float) -> Statement:
    """What a right code gives back: it was no wrong try. A further write."""
    return decrement(_wrong(person_id), now=int(now))


async def verify(database: Database, vault: Vault, *, person_id: str, code: str, now: float) -> None:
    """The whole of it where nothing else is written. Raises CodeRefused, TooManyWrongCodes."""
    gate = await proving(database, vault, person_id=person_id, code=code, now=now)
    if await database.commit(refund(person_id, now=now), gate=gate) is None:
        raise CodeRefused


async def remove(
    database: Database, *, authenticator_id: str, person_id: str, by: str, now: float, writes: tuple[Write, ...] = ()
) -> bool:
    """False where there was nothing to remove. `by`: `person` or an operator's id."""
    event = AuthenticatorRemoved(person_id=person_id, kind=KIND, by=by)
    gate = Statement(
        "UPDATE authenticator SET removed_at = $1 "
        "WHERE id = $2 AND person_id = $3 AND confirmed_at IS NOT NULL AND removed_at IS NULL RETURNING id",
        (int(now), authenticator_id, person_id),
    )
    return await database.commit(*writes, audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None


async def remove_with_code(
    database: Database, vault: Vault, *, person_id: str, code: str, now: float, writes: tuple[Write, ...] = ()
) -> None:
    """By the person, who shows that they still hold the app: the first factor alone never takes the second away.

    Raises CodeRefused, TooManyWrongCodes.
    """
    proof = await proving(database, vault, person_id=person_id, code=code, now=now)
    step, app_id = proof.args
    # One statement for one row: what uses the code up also takes the app off.
    gate = Statement(
        "UPDATE authenticator SET last_step = $1, removed_at = $2 "
        "WHERE id = $3 AND last_step < $1 AND removed_at IS NULL RETURNING id",
        (step, int(now), app_id),
    )
    others = Statement(
        "UPDATE authenticator SET removed_at = $1 "
        "WHERE person_id = $2 AND id <> $3 AND confirmed_at IS NOT NULL AND removed_at IS NULL",
        (int(now), person_id, app_id),
    )
    event = AuthenticatorRemoved(person_id=person_id, kind=KIND, by="person")
    if await database.commit(others, *writes, *_proved(event, person_id, now), gate=gate) is None:
        raise CodeRefused


def remove_all(person_id: str, *, now: float) -> Statement:
    """Every app that counts; one that was begun and not confirmed is left."""
    return Statement(
        "UPDATE authenticator SET removed_at = $1 "
        "WHERE person_id = $2 AND confirmed_at IS NOT NULL AND removed_at IS NULL",
        (int(now), person_id),
    )


async def _count_try(database: Database, person_id: str, *, now: int) -> None:
    key = _wrong(person_id)
    if await database.commit(gate=increment(key, limit=WRONG_PER_DAY, window=_DAY, now=now)) is not None:
        return
    query = current(key, now=now)
    row = await database.fetch_row(query.text, *query.args)
    raise TooManyWrongCodes(_DAY if row is None else _number(row, "expires_at") - now)


def _proved(event: AuditEvent, person_id: str, now: float) -> tuple[Write, ...]:
    return (refund(person_id, now=now), audit_entry(event, now_ms=int(now * 1000)))


def _step(totp: Totp, typed: str, *, after: int, now: int) -> int | None:
    code = normalise_code(typed)
    return None if code is None else matching_step(totp, code, now=now, after_step=after)


def _opened(vault: Vault, row: Row) -> Totp:
    sealed = row["secret_sealed"]
    assert isinstance(sealed, bytes)
    return Totp(vault.unseal(sealed, row=_row(str(row["id"]))))


def _row(authenticator_id: str) -> str:
    return f"authenticator|secret|{authenticator_id}"


def _wrong(person_id: str) -> str:
    return f"totp|wrong|day|{person_id}"


def _number(row: Row, column: str) -> int:
    value = row[column]
    assert isinstance(value, int)
    return value
