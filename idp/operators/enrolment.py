"""The one-time code that makes a person an operator: made on the command line, typed once, kept as a hash."""

import secrets
from typing import Final

from idp.audit.log import audit_entry
from idp.audit.operator_events import OperatorChanged
from idp.identity.authenticators import Confirmation
from idp.operators.operator import Operator, operator_by_id
from idp.storage.database import Database, IntegrityConflict, Statement
from idp.storage.vault import token_hash

ENROLMENT_SECONDS: Final = 24 * 3600

# Read off a screen, perhaps aloud: nothing that looks or sounds like something else.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 4


class EnrolmentRefused(Exception):
    """The code is unknown, used or expired, or this person is an operator under another label. One answer for all."""


def new_enrolment_code() -> str:
    """16 characters of 30: 78 bits, more than anyone can try in a day."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def enrolment_hash(code: str) -> bytes:
    """The same however the code was spaced and cased."""
    letters = "".join(character for character in code.upper() if character.isalnum())[:64]
    return token_hash("operator enrolment", letters)


async def enrolling_operator(database: Database, code_hash: bytes, *, person_id: str, now: int) -> Operator:
    """Whose code this is, before it is used up. Raises EnrolmentRefused."""
    row = await database.fetch_row(
        "SELECT id FROM operator WHERE enrolment_hash = $1 AND enrolment_expires_at > $2 AND disabled_at IS NULL"
        " AND (person_id IS NULL OR person_id = $3)"
        " AND NOT EXISTS (SELECT 1 FROM operator o"
        " WHERE o.person_id = $3 AND (o.enrolment_hash IS NULL OR o.enrolment_hash <> $1))",
        code_hash,
        now,
        person_id,
    )
    found = None if row is None else await operator_by_id(database, str(row["id"]))
    if found is None:
        raise EnrolmentRefused
    return found


async def enrol(
    database: Database, operator: Operator, *, code_hash: bytes, app: Confirmation, person_id: str, now: int
) -> None:
    """Uses the code up and makes `app` the only one, in one transaction: of any number at once one succeeds.

    The code is asked for once more: it may have been withdrawn since it was typed. Raises EnrolmentRefused.
    """
    gate = Statement(
        "UPDATE operator SET person_id = $1, enrolment_hash = NULL, enrolment_expires_at = NULL"
        " WHERE id = $2 AND enrolment_hash = $3 AND enrolment_expires_at > $4 AND disabled_at IS NULL"
        " AND (person_id IS NULL OR person_id = $5)"
        " AND EXISTS (SELECT 1 FROM authenticator a"
        " WHERE a.id = $6 AND a.person_id = $5 AND a.confirmed_at IS NULL AND a.removed_at IS NULL) RETURNING id",
        (person_id, operator.id, code_hash, now, person_id, app.enrolment_id),
    )
    event = OperatorChanged(operator=operator.id, action="enrolled", by=operator.id, person_id=person_id)
    try:
        done = await database.commit(
            # An app from before the desk was enrolled with one factor, by whoever had it.
            *app.instead,
            *app.writes,
            audit_entry(event, now_ms=now * 1000),
            gate=gate,
        )
    except IntegrityConflict:
        # One person, one operator: whoever enrols under a second label could second themselves.
        done = None
    if done is None:
        raise EnrolmentRefused
