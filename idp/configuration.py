"""Services, sources and keys as each worker knows them: read once, kept, and read again when their version moves.

A version is looked at every two seconds, so a disabled service or source stops on every worker within five.
While the database is away the last known configuration stays: discovery and keys keep answering. A worker that was
started meanwhile knows nothing yet, and says so instead of taking a registered service for an unknown one.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from idp.authentication.contract import IdentitySource
from idp.errors import ServiceSuspended, UnknownService
from idp.protocol.client import Client
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.detail_types import DetailType
from idp.protocol.profiles import SETTINGS
from idp.protocol.resource_servers import ResourceServers, by_resource
from idp.storage.database import Database, Row, StorageUnavailable
from idp.storage.live_configuration import current_version, load_key_ring, load_sources
from idp.storage.vault import Vault
from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing
from keys.signer import Signer

POLL_SECONDS: Final = 2
_MOST_CLIENTS: Final = 20_000
_MOST_UNKNOWN_CLIENTS: Final = 1_000
_MOST_STARTABLE: Final = 1_000

V = TypeVar("V")

BuildSources = Callable[[Sequence[tuple[Mapping[str, Any], bool]]], Sequence[IdentitySource]]


class Configuration:
    """`build_sources` turns stored configurations into plug-ins; it is handed in so that this file knows no kind.

    `built_in` are the provider's own clients, known without a row; a row of the same id means nothing.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        build_sources: BuildSources,
        *,
        built_in: Mapping[str, Client] = MappingProxyType({}),
        is_sandbox: bool = False,
        accepts_certificates: bool = False,
        detail_types: Mapping[str, DetailType] = MappingProxyType({}),
        userinfo: str = "",
    ) -> None:
        self._database = database
        self._vault = vault
        self._build_sources = build_sources
        self._built_in = built_in
        self._accepted = {"is_sandbox": is_sandbox, "accepts_certificates": accepts_certificates}
        self._version: int | None = None
        self._clients: OrderedDict[str, Client] = OrderedDict()
        # Asking for an unknown id again must not reach the database each time, and must not push a real client out.
        self._unknown_clients: OrderedDict[str, None] = OrderedDict()
        self._startable: tuple[Client, ...] | None = None
        self._sources: dict[str, IdentitySource] = {}
        self._switched_off: frozenset[str] = frozenset()
        self._browser_origins: frozenset[str] | None = None
        self._key_ring = KeyRing(())
        self._asks_for_nonces = False
        self._resource_servers = ResourceServers(detail_types=detail_types, userinfo=userinfo)

    @property
    def key_ring(self) -> KeyRing:
        """Raises StorageUnavailable before the first `refresh`, as everything here does."""
        self._require_read()
        return self._key_ring

    @key_ring.setter
    def key_ring(self, opened: KeyRing) -> None:
        """Keys that were opened before, so that the next `refresh` need not open them again."""
        self._key_ring = opened

    async def refresh(self) -> bool:
        """Whether anything had changed. Raises StorageUnavailable."""
        version = await current_version(self._database)
        if version == self._version:
            return False
        self._key_ring = await load_key_ring(self._database, self._vault, known=self._key_ring)
        stored = await load_sources(self._database, self._vault)
        built = self._build_sources(stored)
        self._switched_off = frozenset(written["id"] for written, disabled in stored if disabled)
        self._sources = {source.configuration.id: source for source in built}
        self._resource_servers = replace(self._resource_servers, by_resource=await self._resource_servers_now())
        by_profile = any(settings.requires_dpop_nonce for settings in SETTINGS.values())
        self._asks_for_nonces = by_profile or bool(await self._mentioning("dpop_nonce_required"))
        self._clients.clear()
        self._unknown_clients.clear()
        self._startable = None
        self._browser_origins = None
        self._version = version
        return True

    @property
    def may_ask_for_nonces(self) -> bool:
        """Whether any service is registered so that its DPoP proofs need a nonce, or says that they need none."""
        self._require_read()
        return self._asks_for_nonces

    @property
    def resource_servers(self) -> ResourceServers:
        """All of them, read with everything else: they are few, and every token for one asks."""
        self._require_read()
        return self._resource_servers

    async def client(self, client_id: str) -> Client | None:
        """The registered client, disabled ones included; None for an unknown id."""
        self._require_read()
        if client_id in self._built_in:
            return self._built_in[client_id]
        if client_id in self._clients:
            return self._clients[client_id]
        if client_id in self._unknown_clients:
            return None
        if len(client_id) > 256 or not (client_id.isascii() and client_id.isprintable()):
            return None
        version = self._version
        row = await self._database.fetch_row(
            "SELECT client_id, metadata, client_secret_hash, sector, disabled_at FROM client WHERE client_id = $1",
            client_id,
        )
        client = None if row is None else _client_from(row, self._accepted)
        if version != self._version:
            # Everything was read anew meanwhile: this row may be older than that, and must not outlive it.
            return client
        if client is None:
            _remember(self._unknown_clients, client_id, None, most=_MOST_UNKNOWN_CLIENTS)
        else:
            _remember(self._clients, client_id, client, most=_MOST_CLIENTS)
        return client

    async def startable_clients(self) -> Sequence[Client]:
        """Every service in use where a login may be started from here (OpenID Connect Core 4), read once a version.

        None that a program registered: our own list would vouch for the name it gave itself.
        """
        self._require_read()
        if self._startable is None:
            version = self._version
            rows = await self._database.fetch_all(
                "SELECT client_id, metadata, client_secret_hash, sector, disabled_at FROM client "
                "WHERE disabled_at IS NULL AND CAST(metadata AS TEXT) LIKE '%initiate_login_uri%' "
                "AND CAST(metadata AS TEXT) NOT LIKE '%\"registration_access_token_hash\"%' "
                f"ORDER BY client_id LIMIT {_MOST_STARTABLE}"
            )
            read = [_client_from(row, self._accepted) for row in rows]
            found = tuple(client for client in read if client is not None and client.initiate_login_uri is not None)
            if version != self._version:
                return found
            self._startable = found
        return self._startable

    async def browser_origins(self) -> frozenset[str]:
        """Where the scripts of public clients run, read when one first asks; nowhere while the database is away."""
        if self._browser_origins is not None:
            return self._browser_origins
        version = self._version
        try:
            rows = await self._database.fetch_all(
                "SELECT client_id, metadata, client_secret_hash, sector, disabled_at FROM client "
                "WHERE disabled_at IS NULL AND CAST(metadata AS TEXT) LIKE '%token_endpoint_auth_method%none%'"
            )
        except StorageUnavailable:
            return frozenset()
        clients = (_client_from(row, self._accepted) for row in rows)
        found = frozenset(origin for client in clients if client is not None for origin in client.browser_origins)
        if version == self._version:
            self._browser_origins = found
        return found

    async def usable_client(self, client_id: str) -> Client:
        """The service of a login under way. Raises UnknownService, ServiceSuspended."""
        client = await self.client(client_id)
        if client is None:
            raise UnknownService(private_detail="client_removed")
        if client.disabled:
            raise ServiceSuspended(private_detail="client_disabled")
        return client

    def is_switched_off(self, source_id: str) -> bool:
        """Whether an operator disabled the source: what it vouched for lives no longer than the trust in it."""
        return source_id in self.switched_off

    @property
    def switched_off(self) -> frozenset[str]:
        self._require_read()
        return self._switched_off

    async def sources(self) -> Sequence[IdentitySource]:
        """Every source that is in use, in its configured order."""
        self._require_read()
        return sorted(self._sources.values(), key=lambda source: source.configuration.position)

    async def source(self, source_id: str) -> IdentitySource | None:
        self._require_read()
        return self._sources.get(source_id)

    def signer(self, alg: str) -> Signer:
        return self.key_ring.signer(SignatureAlgorithm(alg))

    async def _resource_servers_now(self) -> Mapping[str, Client]:
        found = (_client_from(row, self._accepted) for row in await self._mentioning("resource"))
        return by_resource(client for client in found if client is not None)

    async def _mentioning(self, member: str) -> Sequence[Row]:
        """Every registration that has such a member, whatever it says."""
        return await self._database.fetch_all(
            "SELECT client_id, metadata, client_secret_hash, sector, disabled_at FROM client "
            "WHERE CAST(metadata AS TEXT) LIKE $1 ORDER BY client_id",
            f'%"{member}"%',
        )

    def _require_read(self) -> None:
        if self._version is None:
            raise StorageUnavailable("the configuration was not read yet")


def _remember(known: OrderedDict[str, V], client_id: str, value: V, *, most: int) -> None:
    known[client_id] = value
    if len(known) > most:
        known.popitem(last=False)


def _client_from(row: Row, accepted: Mapping[str, bool]) -> Client | None:
    """A registration that no longer passes its checks is treated as disabled, never half-trusted."""
    secret_hash = row["client_secret_hash"]
    try:
        metadata = json.loads(str(row["metadata"]))
        return parse_client(
            str(row["client_id"]),
            metadata if isinstance(metadata, dict) else {},
            sector=str(row["sector"]),
            client_secret_hash=secret_hash if isinstance(secret_hash, bytes) else None,
            disabled=row["disabled_at"] is not None,
            **accepted,
        )
    except (InvalidClientMetadata, ValueError, RecursionError):
        # What nobody can read is one service's trouble, and not that of whoever is listed with it.
        return None
