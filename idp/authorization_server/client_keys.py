"""The public keys of clients: registered by value, or fetched from their `jwks_uri` (RFC 7591 §2).

Imported once: that costs more than verifying with them. Knows nothing of what is verified.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.protocol.client import Client
from idp.protocol.metadata_types import key_fault
from idp.web.guarded_http import GuardedHttp, OutgoingRequestFailed

KEPT_SECONDS: Final = 600
# A client that rotates shows a key we have not seen; a stranger who shows nonsense must not make us ask each time.
_BETWEEN_FETCHES_SECONDS: Final = 1
_MOST_KEYS: Final = 20
_MOST_CLIENTS: Final = 1_000

V = TypeVar("V")


class KeysUnavailable(Exception):
    """The client's `jwks_uri` gave no usable keys. `reason` is a word, safe to store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Fetched:
    uri: str
    fetched_at: int
    keys: KeySet


class ClientKeys:
    """One per worker."""

    def __init__(self) -> None:
        self._imported: OrderedDict[str, tuple[Mapping[str, Any], KeySet]] = OrderedDict()
        self._fetched: OrderedDict[str, _Fetched] = OrderedDict()

    async def of(self, client: Client, http: GuardedHttp, *, now: int) -> KeySet:
        """Raises KeysUnavailable."""
        if client.jwks_uri is None:
            return self._of_registration(client)
        known = self._fetched.get(client.client_id)
        if known is not None and known.uri == client.jwks_uri and now - known.fetched_at < KEPT_SECONDS:
            return known.keys
        return await self._fetch(client, client.jwks_uri, http, now=now)

    async def renewed(self, client: Client, http: GuardedHttp, *, now: int) -> KeySet | None:
        """The keys asked for once more, because a signature fitted none of those known; None where that is no use.

        Raises KeysUnavailable.
        """
        if client.jwks_uri is None:
            return None
        known = self._fetched.get(client.client_id)
        if known is not None and now - known.fetched_at < _BETWEEN_FETCHES_SECONDS:
            return None
        return await self._fetch(client, client.jwks_uri, http, now=now)

    async def verified(
        self, client: Client, http: GuardedHttp, verify: Callable[[KeySet], V], *, doubt: type[Exception], now: int
    ) -> V:
        """What `verify` makes of the keys; on a `doubt`, of newer ones if there are any. Raises KeysUnavailable."""
        keys = await self.of(client, http, now=now)
        try:
            return verify(keys)
        except doubt:
            renewed = await self.renewed(client, http, now=now)
            if renewed is None:
                raise
        return verify(renewed)

    def _of_registration(self, client: Client) -> KeySet:
        registered = client.jwks or {"keys": []}
        cached = self._imported.get(client.client_id)
        # The registration is replaced as a whole when it changes, so identity tells whether the keys are current.
        if cached is not None and cached[0] is registered:
            return cached[1]
        keys = _imported(registered["keys"])
        _remember(self._imported, client.client_id, (registered, keys))
        return keys

    async def _fetch(self, client: Client, uri: str, http: GuardedHttp, *, now: int) -> KeySet:
        try:
            document = await http.get_json(uri)
        except OutgoingRequestFailed as error:
            raise KeysUnavailable(error.reason) from error
        listed = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
            raise KeysUnavailable("not_a_key_set")
        keys = _imported([key for key in listed if key_fault(key) is None and key.get("use") != "enc"])
        _remember(self._fetched, client.client_id, _Fetched(uri, now, keys))
        return keys


def _imported(keys: list[Any]) -> KeySet:
    try:
        return KeySet.import_key_set({"keys": [dict(key) for key in keys]})
    except (JoseError, ValueError) as error:
        raise KeysUnavailable("not_a_key_set") from error


def _remember(known: OrderedDict[str, Any], client_id: str, value: object) -> None:
    known[client_id] = value
    known.move_to_end(client_id)
    if len(known) > _MOST_CLIENTS:
        known.popitem(last=False)
