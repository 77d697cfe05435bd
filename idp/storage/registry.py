"""The configuration side: clients, identity sources and signing keys, read and changed through SQLModel.

Not for the hot path. Every change is one transaction that also raises the configuration version, which makes
all workers read anew within seconds, and writes its audit entry.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace

from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from idp.audit.events import AuditEvent, ConfigurationChanged
from idp.audit.log import audit_entry
from idp.storage.database import IntegrityConflict, StorageUnavailable
from idp.storage.engines import async_engine
from idp.storage.live_configuration import current_version
from idp.storage.location import locate
from idp.storage.registered import RegisteredClient, RegisteredSource, StoredKey
from idp.storage.tables import ClientRow, ConfigurationVersionRow, IdentitySourceRow, SigningKeyRow, metadata

__all__ = ["AlreadyRegistered", "NotRegistered", "Registry", "current_version"]


class AlreadyRegistered(Exception):
    """The id is taken."""


class NotRegistered(Exception):
    """There is nothing under this id."""


class Registry:
    """Opens a connection for each call and keeps none. `operator` says who is behind a change."""

    def __init__(self, url: str) -> None:
        self._engine = async_engine(locate(url))

    async def close(self) -> None:
        await self._engine.dispose()

    async def clients(self) -> list[RegisteredClient]:
        """Every client, disabled ones included, by id."""
        async with self._session() as session:
            return [_client(row) for row in await session.exec(select(ClientRow).order_by(ClientRow.client_id))]

    async def client(self, client_id: str) -> RegisteredClient | None:
        async with self._session() as session:
            row = await session.get(ClientRow, client_id)
            return None if row is None else _client(row)

    async def add_client(self, client: RegisteredClient, *, operator: str, now: int) -> None:
        """Raises AlreadyRegistered."""
        row = _client_row(replace(client, created_at=now, updated_at=now))
        async with self._change(_about_client(client.client_id, "added", operator), now) as session:
            if await session.get(ClientRow, client.client_id):
                raise AlreadyRegistered(client.client_id)
            session.add(row)

    async def update_client(
        self, client: RegisteredClient, *, operator: str, now: int, action: str = "updated"
    ) -> None:
        """Replaces everything but the id and `created_at`. Raises NotRegistered."""
        async with self._change(_about_client(client.client_id, action, operator), now) as session:
            row = await session.get(ClientRow, client.client_id)
            if row is None:
                raise NotRegistered(client.client_id)
            await session.merge(_client_row(replace(client, created_at=row.created_at, updated_at=now)))

    async def disable_client(self, client_id: str, *, operator: str, now: int) -> None:
        """No login and no token for it any more, on every worker within seconds. Raises NotRegistered."""
        await self._disable(ClientRow, client_id, _about_client(client_id, "disabled", operator), now)

    async def sources(self) -> list[RegisteredSource]:
        """Every source, disabled ones included, in the order in which citizens see them."""
        async with self._session() as session:
            order = select(IdentitySourceRow).order_by(col(IdentitySourceRow.position), IdentitySourceRow.id)
            return [_source(row) for row in await session.exec(order)]

    async def source(self, source_id: str) -> RegisteredSource | None:
        async with self._session() as session:
            row = await session.get(IdentitySourceRow, source_id)
            return None if row is None else _source(row)

    async def add_source(self, source: RegisteredSource, *, operator: str, now: int) -> None:
        """Raises AlreadyRegistered."""
        row = _source_row(replace(source, created_at=now, updated_at=now))
        async with self._change(_about_source(source.id, "added", operator), now) as session:
            if await session.get(IdentitySourceRow, source.id):
                raise AlreadyRegistered(source.id)
            session.add(row)

    async def update_source(
        self, source: RegisteredSource, *, operator: str, now: int, action: str = "updated"
    ) -> None:
        """Replaces everything but the id and `created_at`. Raises NotRegistered."""
        async with self._change(_about_source(source.id, action, operator), now) as session:
            row = await session.get(IdentitySourceRow, source.id)
            if row is None:
                raise NotRegistered(source.id)
            await session.merge(_source_row(replace(source, created_at=row.created_at, updated_at=now)))

    async def disable_source(self, source_id: str, *, operator: str, now: int) -> None:
        """Nobody logs in through it any more, on every worker within seconds. Raises NotRegistered."""
        await self._disable(IdentitySourceRow, source_id, _about_source(source_id, "disabled", operator), now)

    async def signing_keys(self) -> list[StoredKey]:
        """Every key, the oldest first."""
        async with self._session() as session:
            order = select(SigningKeyRow).order_by(col(SigningKeyRow.created_at), SigningKeyRow.kid)
            return [StoredKey(**row.model_dump()) for row in await session.exec(order)]

    async def change_signing_keys(
        self,
        changed: Sequence[StoredKey],
        *,
        removed: Collection[str] = (),
        event: AuditEvent | None = None,
        operator: str,
        now: int,
    ) -> None:
        """One move of the ring: keys added or given a new state, kids removed, all in one transaction."""
        told = event or ConfigurationChanged(subject="signing_key", action="changed", operator=operator)
        async with self._change(told, now) as session:
            for kid in removed:
                row = await session.get(SigningKeyRow, kid)
                if row is not None:
                    await session.delete(row)
            await session.flush()
            for key in changed:
                await session.merge(SigningKeyRow(**asdict(key)))

    async def _disable(
        self, table: type[ClientRow] | type[IdentitySourceRow], id: str, event: AuditEvent, now: int
    ) -> None:
        async with self._change(event, now) as session:
            row: ClientRow | IdentitySourceRow | None = await session.get(table, id)
            if row is None:
                raise NotRegistered(id)
            row.disabled_at = row.disabled_at or now
            row.updated_at = now
            session.add(row)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        try:
            async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError:
            raise IntegrityConflict("the configuration was changed at the same time") from None
        except (DBAPIError, OSError) as error:
            raise StorageUnavailable(f"the configuration is out of reach ({type(error).__name__})") from None

    @asynccontextmanager
    async def _change(self, event: AuditEvent, now: int) -> AsyncIterator[AsyncSession]:
        async with self._session() as session:
            # First, so that two operators at the same time take turns instead of writing over one another.
            raised = update(ConfigurationVersionRow).values(version=col(ConfigurationVersionRow.version) + 1)
            await session.exec(raised)
            yield session
            entry = audit_entry(event, now_ms=now * 1000)
            await session.exec(insert(metadata.tables[entry.table]).values(**entry.values))


def _about_client(client_id: str, action: str, operator: str) -> ConfigurationChanged:
    return ConfigurationChanged(client_id=client_id, subject="client", action=action, operator=operator)


def _about_source(source_id: str, action: str, operator: str) -> ConfigurationChanged:
    return ConfigurationChanged(source_id=source_id, subject="identity_source", action=action, operator=operator)


def _client(row: ClientRow) -> RegisteredClient:
    found = row.model_dump()
    return RegisteredClient(metadata=found.pop("client_metadata"), **found)


def _client_row(client: RegisteredClient) -> ClientRow:
    found = asdict(client)
    return ClientRow(client_metadata=found.pop("metadata"), **found)


def _source(row: IdentitySourceRow) -> RegisteredSource:
    return RegisteredSource(**row.model_dump())


def _source_row(source: RegisteredSource) -> IdentitySourceRow:
    return IdentitySourceRow(**asdict(source))
