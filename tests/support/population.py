"""People as logins would have left them: rows written straight, so that what is done to them later is the subject.

`Population` also plays the services: `find_client` answers for those it registered.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.links import LinkStatus
from idp.identity.pivot import PivotIdentity
from idp.identity.subjects import insert_subject, subject_for
from idp.protocol.client import Client
from idp.protocol.client_metadata import parse_client
from idp.storage.database import Database, Insert, Row, Statement, Value
from idp.storage.vault import Vault
from tests.support.sources import NOW, vault

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
    phone_number="+84530000001",
)


@dataclass
class Population:
    database: Database
    vault: Vault = field(default_factory=vault)
    clients: dict[str, Client] = field(default_factory=dict)

    async def find_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    async def service(self, client_id: str = "town-hall", *, sector: str | None = None, **metadata: Any) -> Client:
        """Takes logout tokens and security events unless told otherwise."""
        registered = {
            "client_name": "Ủy ban nhân dân",
            "redirect_uris": [f"https://{client_id}.example/callback"],
            "backchannel_logout_uri": f"https://{client_id}.example/logout",
            "security_events_uri": f"https://{client_id}.example/events",
            **metadata,
        }
        sector = sector or f"{client_id}.example"
        client = parse_client(client_id, registered, sector=sector)
        values: dict[str, Value] = {
            "client_id": client_id,
            "metadata": json.dumps(registered),
            "client_secret_hash": hashlib.sha256(b"secret").digest(),
            "sector": sector,
            "disabled_at": None,
            "created_at": NOW,
            "updated_at": NOW,
        }
        await self.database.commit(Insert("client", values))
        self.clients[client_id] = client
        return client

    async def person(self, person_id: str, *, created_at: int = NOW - 1000, status: str = "active") -> str:
        values: dict[str, Value] = {"id": person_id, "status": status, "created_at": created_at}
        await self.database.commit(Insert("person", values))
        return person_id

    async def link(
        self,
        person_id: str,
        link_id: str,
        identity: PivotIdentity = HOA,
        *,
        source_id: str = "tax",
        status: LinkStatus | None = None,
        created_at: int = NOW - 1000,
        anchored: bool = False,
    ) -> str:
        index = None if identity.personal_id is None else self.vault.blind_index("personal_id", identity.personal_id)
        usual = LinkStatus.REGISTER_CONFIRMED if index else LinkStatus.PROVEN
        values: dict[str, Value] = {
            "id": link_id,
            "person_id": person_id,
            "source_id": source_id,
            "source_subject_index": hashlib.sha256(link_id.encode()).digest(),
            "identifier_type": None,
            "personal_id_index": index,
            "status": (status or usual).value,
            "method": "pwd",
            "assurance": "nd69-02",
            "evidence": json.dumps(["P0", "N0"]),
            "identity_sealed": seal_record(self.vault, LinkRecord(identity=identity), link_id=link_id),
            "proofed_at": created_at,
            "created_at": created_at,
            "last_used_at": created_at,
        }
        rows = [Insert("identity_link", values)]
        rows.append(Insert("match_key", {"key": hashlib.md5(link_id.encode()).digest(), "link_id": link_id}))
        if anchored and index is not None:
            rows.append(Insert("identity_anchor", {"personal_id_index": index, "person_id": person_id}))
        await self.database.commit(*rows)
        return link_id

    async def session(
        self, person_id: str, session_id: str, *, link_id: str = "link", source_id: str = "tax", at: int = NOW - 60
    ) -> str:
        values: dict[str, Value] = {
            "id": session_id,
            "key_hash": hashlib.sha256(session_id.encode()).digest(),
            "person_id": person_id,
            "link_id": link_id,
            "source_id": source_id,
            "browser_hash": b"browser",
            "acr": "nd69-02",
            "amr": '["pwd"]',
            "identity_level": "substantial",
            "auth_time": at,
            "created_at": at,
            "last_seen_at": at,
            "expires_at": at + 36_000,
            "identity_sealed": self.vault.seal(b"{}", row=f"sso_session|identity|{session_id}"),
        }
        await self.database.commit(Insert("sso_session", values))
        return session_id

    async def grant(self, person_id: str, session_id: str, client: Client, *, offline: bool = False) -> str:
        """What the person granted, with the `sub` the service's sector knows them by, and a refresh token."""
        grant_id = f"{session_id}-{client.client_id}"
        values: dict[str, Value] = {
            "id": grant_id,
            "session_id": session_id,
            "person_id": person_id,
            "client_id": client.client_id,
            "source_id": "tax",
            "scope": "openid",
            "claims": None,
            "offline": int(offline),
            "created_at": NOW - 50,
        }
        refresh: dict[str, Value] = {
            "token_hash": hashlib.sha256(grant_id.encode()).digest(),
            "grant_id": grant_id,
            "payload": b"",
            "issued_at": NOW - 50,
            "expires_at": NOW + 10_000,
        }
        await self.database.commit(
            Insert("authorization_grant", values),
            Insert("refresh_token", refresh),
            insert_subject(person_id, client.sector, self.sub(person_id, client), now=NOW - 50),
        )
        return grant_id

    def sub(self, person_id: str, client: Client) -> str:
        return subject_for(person_id, client.sector, self.vault)

    async def consent(self, person_id: str, client: Client, *, granted_at: int = NOW - 50) -> str:
        consent_id = f"{person_id}-{client.client_id}"
        values: dict[str, Value] = {
            "id": consent_id,
            "person_id": person_id,
            "client_id": client.client_id,
            "scope": "openid",
            "claims": json.dumps({"offered": [], "released": []}),
            "legal_basis": "consent",
            "text_hash": b"hash",
            "text_version": "1",
            "locale": "vi",
            "granted_at": granted_at,
        }
        await self.database.commit(Insert("consent", values))
        return consent_id

    async def login_record(self, person_id: str, link_id: str | None, client: Client) -> str:
        record_id = secrets.token_urlsafe(8)
        values: dict[str, Value] = {
            "id": record_id,
            "person_id": person_id,
            "session_id": None,
            "link_id": link_id,
            "source_id": "tax",
            "client_id": client.client_id,
            "acr": "nd69-02",
            "outcome": "let_in",
            "device_sealed": self.vault.seal(b"Chrome", row=f"login_record|device|{record_id}"),
            "at": NOW - 100,
        }
        await self.database.commit(Insert("login_record", values))
        return record_id

    async def device(self, person_id: str, browser: bytes) -> None:
        values: dict[str, Value] = {
            "person_id": person_id,
            "browser_hash": browser,
            "first_seen_at": NOW - 100,
            "last_seen_at": NOW - 100,
        }
        await self.database.commit(Insert("known_device", values))

    async def rows(self, table: str, **equal: Value) -> list[Row]:
        condition = " AND ".join(f"{name} = ${number}" for number, name in enumerate(equal, 1)) or "1 = 1"
        return list(await self.database.fetch_all(f"SELECT * FROM {table} WHERE {condition}", *equal.values()))

    async def one(self, table: str, **equal: Value) -> Row:
        rows = await self.rows(table, **equal)
        assert len(rows) == 1, (table, len(rows))
        return rows[0]

    async def value(self, table: str, column: str, **equal: Value) -> Value:
        return (await self.one(table, **equal))[column]

    async def messages(self, kind: str) -> list[dict[str, Any]]:
        """What waits in the outbox, opened, by service and `sub`."""
        rows = await self.rows("outbox", kind=kind)
        opened = []
        for row in rows:
            sealed = row["payload_sealed"]
            assert isinstance(sealed, bytes)
            opened.append(json.loads(self.vault.unseal(sealed, row=f"outbox|payload_sealed|{row['id']!s}")))
        return sorted(opened, key=lambda message: (message["client_id"], message["sub"]))

    async def events(self, name: str) -> list[Mapping[str, Any]]:
        rows = await self.rows("audit_entry", event=name)
        return [{**row, **json.loads(str(row["detail"]))} for row in rows]

    async def set_status(self, person_id: str, status: str) -> None:
        change = "UPDATE person SET status = $1, status_changed_at = COALESCE(status_changed_at, 0) + 1 WHERE id = $2"
        await self.database.commit(Statement(change, (status, person_id)))
