"""The end of an account: what is known of the person is erased; nobody else ever gets what services knew them by."""

import secrets
from typing import Final

from idp.audit.events import LinkChanged
from idp.audit.log import audit_entry
from idp.identity.channels import channels_of_person
from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.links import LinkStatus
from idp.identity.merging.plan import Moved
from idp.identity.person_state import Contended, PersonStatus, becoming, people_behind, person_state
from idp.identity.pivot import PivotIdentity
from idp.identity.protection.happenings import Happening, TellHappening, tell_nobody_of
from idp.identity.protection.locks import status_entry
from idp.identity.protection.service_events import EventKind, event_messages, services_knowing
from idp.identity.protection.session_endings import endings_of, revoke_every_grant
from idp.sessions.ending import FindClient
from idp.storage.database import Database, Row, Statement, Write
from idp.storage.vault import Vault

_LOOKS: Final = 5
_OPEN: Final = frozenset({PersonStatus.ACTIVE, PersonStatus.LOCKED})
_ERASED: Final = PivotIdentity(name="", birthdate="")


async def close_account(
    database: Database,
    vault: Vault,
    find_client: FindClient,
    *,
    person_id: str,
    by: str,
    tell: TellHappening = tell_nobody_of,
    now: float,
) -> bool:
    """Whether the account was open until now. A later login at the same sources makes a new person with new `sub`s.

    What stays: ids, dates, the audit log, the proof of consents, and every `sub` ever given. Raises Contended.
    """
    for _ in range(_LOOKS):
        person = await person_state(database, person_id)
        if person is None or person.status not in _OPEN:
            break
        people = await people_behind(database, person_id)
        links = await _links(database, people)
        endings = await endings_of(database, vault, find_client, person_id=person_id, reason="closed", now=now)
        known = await services_knowing(database, find_client, person_id)
        channels = await channels_of_person(database, vault, person_id)
        done = await database.commit(
            *endings.telling,
            _end_and_erase_sessions(people, now=now),
            *(write for link in links for write in _erasing(vault, link, person_id=person_id, by=by, now=now)),
            *_erasing_the_rest(people, now=now),
            *event_messages(EventKind.ACCOUNT_PURGED, known, vault=vault, now=now),
            status_entry(person, PersonStatus.CLOSED, reason="closed", by=by, now=now),
            *tell(Happening(kind="account_closed", person_id=person_id, channels=channels, now=now)),
            gate=becoming(person, PersonStatus.CLOSED, now=now),
        )
        if done is not None:
            await erase_stragglers(database, vault, person_id=person_id, now=now)
            return True
    else:
        raise Contended
    return False


async def erase_stragglers(database: Database, vault: Vault, *, person_id: str, now: float) -> None:
    """What a login wrote while the account was being closed: a link, a session. Changes nothing the second time."""
    people = await people_behind(database, person_id)
    left = [link for link in await _links(database, people) if link["status"] != LinkStatus.REMOVED]
    writes = [write for link in left for write in _erasing(vault, link, person_id=person_id, by="system", now=now)]
    await database.commit(*writes, _end_and_erase_sessions(people, now=now))


def _erasing(vault: Vault, link: Row, *, person_id: str, by: str, now: float) -> list[Write]:
    """The row stays, empty: its place at the source is free, its keys are gone, its evidence too."""
    link_id = str(link["id"])
    removed = LinkChanged(
        person_id=person_id,
        source_id=str(link["source_id"]),
        link_id=link_id,
        from_status=str(link["status"]),
        to_status=LinkStatus.REMOVED.value,
        reason="closed",
        by=by,
    )
    return [
        Statement(
            "UPDATE identity_link SET status = 'removed', previous_status = NULL, status_changed_at = $1, "
            "source_subject_index = $2, identifier_type = NULL, personal_id_index = NULL, evidence = '[]', "
            "identity_sealed = $3 WHERE id = $4",
            (
                int(now),
                secrets.token_bytes(32),
                seal_record(vault, LinkRecord(identity=_ERASED), link_id=link_id),
                link_id,
            ),
        ),
        Statement("DELETE FROM match_key WHERE link_id = $1", (link_id,)),
        audit_entry(removed, now_ms=int(now * 1000)),
    ]


def _erasing_the_rest(people: tuple[str, ...], *, now: float) -> list[Write]:
    """Also of those who were merged into them: their tokens, their history, and the hashes of what moved."""
    at, first, second, third = int(now), _places(people, 1), _places(people, 2), _places(people, 3)
    return [
        *(revoke_every_grant(person_id, now=now) for person_id in people),
        Statement(
            "DELETE FROM refresh_token WHERE grant_id IN "
            f"(SELECT id FROM authorization_grant WHERE person_id IN ({first}))",
            people,
        ),
        Statement(f"DELETE FROM identity_anchor WHERE person_id IN ({first})", people),
        Statement(
            f"UPDATE consent SET withdrawn_at = $1 WHERE person_id IN ({second}) AND withdrawn_at IS NULL",
            (at, *people),
        ),
        Statement(f"DELETE FROM known_device WHERE person_id IN ({first})", people),
        Statement(f"DELETE FROM source_block WHERE person_id IN ({first})", people),
        Statement(f"DELETE FROM request_block WHERE person_id IN ({first})", people),
        Statement(f"DELETE FROM polled_request WHERE person_id IN ({first})", people),
        Statement(
            "UPDATE authenticator SET removed_at = COALESCE(removed_at, $1), secret_sealed = $2 "
            f"WHERE person_id IN ({third})",
            (at, b"", *people),
        ),
        Statement(
            "UPDATE linking_case SET status = CASE WHEN decided_at IS NULL THEN 'withdrawn' ELSE status END, "
            "decided_at = COALESCE(decided_at, $1), note_sealed = NULL, version = version + 1 "
            f"WHERE person_id IN ({second})",
            (at, *people),
        ),
        Statement(f"UPDATE login_record SET device_sealed = NULL WHERE person_id IN ({first})", people),
        # Nobody splits a person who is closed.
        Statement(f"UPDATE person_merge SET moved = $1 WHERE survivor_id IN ({second})", (Moved().to_json(), *people)),
    ]


def _end_and_erase_sessions(people: tuple[str, ...], *, now: float) -> Statement:
    """An ended session still says of its person what the source said."""
    return Statement(
        "UPDATE sso_session SET ended_at = COALESCE(ended_at, $1), identity_sealed = $2 "
        f"WHERE person_id IN ({_places(people, 3)})",
        (int(now), b"", *people),
    )


async def _links(database: Database, people: tuple[str, ...]) -> list[Row]:
    query = f"SELECT id, source_id, status FROM identity_link WHERE person_id IN ({_places(people, 1)}) ORDER BY id"
    return list(await database.fetch_all(query, *people))


def _places(values: tuple[str, ...], first: int) -> str:
    return ", ".join(f"${number}" for number in range(first, first + len(values)))
