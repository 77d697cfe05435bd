"""Everything that is kept of one person, as one JSON document for their own hands."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from idp.authorization_server.request_blocks import blocked_services
from idp.history.login_records import history_of
from idp.identity.links import links_of
from idp.portals.citizen.consents import consents_of
from idp.portals.citizen.log_lines import log_lines_about
from idp.storage.database import Database
from idp.storage.vault import Vault

_MOST_LOGINS: Final = 10_000


async def exported(database: Database, vault: Vault, *, person_id: str, issuer: str, now: int) -> bytes:
    """Times are ISO 8601 in UTC. Secrets of ours (keys, hashes, codes) are not the person's data and stay out."""
    person = await database.fetch_row("SELECT status, created_at FROM person WHERE id = $1", person_id)
    document = {
        "provider": issuer,
        "exported_at": _iso(now),
        "account": {"status": person["status"], "since": _iso(person["created_at"])} if person else {},
        "sources": await _sources(database, vault, person_id),
        "identifiers_at_services": await _rows(
            database, "SELECT sector, sub, created_at FROM subject_identifier WHERE person_id = $1", person_id
        ),
        "identifiers_replaced_at_services": await _rows(
            database,
            "SELECT r.sector, r.old_sub, r.new_sub, r.changed_at FROM retired_subject r "
            "JOIN person_merge m ON m.id = r.merge_id WHERE m.survivor_id = $1 AND m.undone_at IS NULL",
            person_id,
        ),
        "merges": await _rows(
            database,
            "SELECT basis, merged_at, undone_at FROM person_merge WHERE survivor_id = $1 OR absorbed_id = $1 "
            "ORDER BY merged_at, id",
            person_id,
        ),
        "services": await _services(database, person_id),
        "logins": await _logins(database, vault, person_id),
        "sessions": await _rows(
            database,
            "SELECT source_id, acr, auth_time, created_at, last_seen_at, ended_at FROM sso_session "
            "WHERE person_id = $1",
            person_id,
        ),
        "devices": await _rows(
            database, "SELECT first_seen_at, last_seen_at FROM known_device WHERE person_id = $1", person_id
        ),
        "second_factors": await _rows(
            database,
            "SELECT kind, confirmed_at, removed_at FROM authenticator "
            "WHERE person_id = $1 AND confirmed_at IS NOT NULL",
            person_id,
        ),
        "blocked_sources": await _rows(
            database, "SELECT source_id, blocked_at FROM source_block WHERE person_id = $1", person_id
        ),
        "blocked_services": [
            {"client_id": row["client_id"], "blocked_at": _iso(row["blocked_at"])}
            for row in await blocked_services(database, person_id)
        ],
        "requests": await _rows(
            database,
            "SELECT reference, kind, status, outcome, created_at, due_at, decided_at FROM linking_case "
            "WHERE person_id = $1",
            person_id,
        ),
        "events": await _events(database, person_id),
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


async def _sources(database: Database, vault: Vault, person_id: str) -> list[Mapping[str, Any]]:
    return [
        {
            "source": link.source_id,
            "status": link.status.value,
            "method": link.method,
            "assurance": link.assurance,
            "linked_at": _iso(link.created_at),
            "last_used_at": _iso(link.last_used_at),
            "proofed_at": _iso(link.proofed_at),
            "data": {name: value for name, value in link.identity.to_json().items() if value not in (None, False)},
        }
        for link in await links_of(database, vault, person_id)
    ]


async def _services(database: Database, person_id: str) -> list[Mapping[str, Any]]:
    return [
        {
            "service": consent.client_id,
            "record": consent.id,
            "legal_basis": consent.legal_basis.value,
            "scope": list(consent.scope),
            "asked": list(consent.offered),
            "shared": list(consent.released),
            "since": _iso(consent.granted_at),
            "until": _iso(consent.withdrawn_at),
        }
        for consent in await consents_of(database, person_id)
    ]


async def _logins(database: Database, vault: Vault, person_id: str) -> list[Mapping[str, Any]]:
    page = await history_of(database, vault, person_id, limit=_MOST_LOGINS)
    return [
        {
            "at": _iso(record.at),
            "service": record.client_id,
            "source": record.source_id,
            "level": record.acr,
            "device": record.device,
            "network": record.network,
            "outcome": record.outcome.value,
        }
        for record in page.records
    ]


async def _events(database: Database, person_id: str) -> list[Mapping[str, Any]]:
    return [
        {
            "at": _iso(line.at),
            "event": line.event,
            "service": line.client_id,
            "source": line.source_id,
            "detail": _about_the_person(line.detail),
        }
        for line in await log_lines_about(database, person_id)
    ]


def _about_the_person(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ids of other people and of those who work here are not the person's data."""
    return {name: value for name, value in detail.items() if name not in _OTHERS}


_OTHERS: Final = frozenset({"operator", "by", "other_id", "survivor_id", "absorbed_id"})


async def _rows(database: Database, query: str, person_id: str) -> Sequence[Mapping[str, Any]]:
    return [
        {name: _iso(value) if name.endswith(("_at", "_time")) else value for name, value in row.items()}
        for row in await database.fetch_all(query, person_id)
    ]


def _iso(seconds: object) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).isoformat() if isinstance(seconds, int) else None
