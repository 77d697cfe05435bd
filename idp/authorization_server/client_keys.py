"""The public keys of clients: registered by value, or fetched from their `jwks_uri` (RFC 7591 §2).

Those that verify are imported once: that costs more than verifying with them. Those to encrypt for are kept as they
are written. Knows nothing of what is verified or encrypted.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.protocol.client import Client
from idp.protocol.encryption import encrypts, verifies
from idp.protocol.metadata_types import key_fault
from idp.web.guarded_http import GuardedHttp, OutgoingRequestFailed

KEPT_SECONDS: Final = 600
# While the client's site is down, the last keys it gave go on for this long: as long as a cached set may live anyway.
_KEPT_WHILE_DOWN_SECONDS: Final = 3_600
# A client that rotates shows a key we have not seen; a stranger who shows nonsense must not make us ask each time.
_BETWEEN_FETCHES_SECONDS: Final = 1
_MOST_KEYS: Final = 20
_MOST_CLIENTS: Final = 1_000

V = TypeVar("V")

_NO_KEYS: Final = KeySet([])


class KeysUnavailable(Exception):
    """The client's `jwks_uri` gave no usable keys. `reason` is a word, safe to store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Keys:
    verifying: KeySet
    listed: tuple[Mapping[str, Any], ...]

    def encrypting(self, alg: str) -> Mapping[str, Any] | None:
        """One made for encryption comes before one that is for anything."""
        fitting = [key for key in self.listed if encrypts(key, alg)]
        return min(fitting, key=lambda key: "use" not in key, default=None)


@dataclass
class _Published:
    """What one address gave, and when it was asked: one request at a time, whoever waits gets its answer."""

    uri: str
    keys: _Keys | None = None
    fetched_at: int = 0
    asked_at: int | None = None
    failure: str = ""
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def was_just_asked(self, now: int) -> bool:
        return self.asked_at is not None and now - self.asked_at < _BETWEEN_FETCHES_SECONDS

    def known(self, now: int, *, age: int) -> _Keys | None:
        return self.keys if now - self.fetched_at < age else None


class ClientKeys:
    """One per worker."""

    def __init__(self) -> None:
        self._imported: OrderedDict[str, tuple[Mapping[str, Any], _Keys]] = OrderedDict()
        self._published: OrderedDict[str, _Published] = OrderedDict()

    async def of(self, client: Client, http: GuardedHttp, *, now: int) -> KeySet:
        """Raises KeysUnavailable."""
        return (await self._known(client, http, now=now)).verifying

    async def to_encrypt_for(self, client: Client, http: GuardedHttp, alg: str, *, now: int) -> Mapping[str, Any]:
        """A public JWK that fits `alg`; where none known does, the client is asked again. Raises KeysUnavailable."""
        key = (await self._known(client, http, now=now)).encrypting(alg)
        if key is None and client.jwks_uri is not None:
            published = self._published_by(client, client.jwks_uri)
            key = None if published.was_just_asked(now) else (await _asked(published, http, now=now)).encrypting(alg)
        if key is None:
            raise KeysUnavailable("no_encryption_key")
        return key

    async def renewed(self, client: Client, http: GuardedHttp, *, now: int) -> KeySet | None:
        """The keys asked for once more, because a signature fitted none of those known; None where that is no use.

        Raises KeysUnavailable.
        """
        if client.jwks_uri is None:
            return None
        published = self._published_by(client, client.jwks_uri)
        return None if published.was_just_asked(now) else (await _asked(published, http, now=now)).verifying

    async def verified(
        self, client: Client, http: GuardedHttp, verify: Callable[[KeySet], V], *, doubt: type[Exception], now: int
    ) -> V:
        """What `verify` makes of the keys; on a `doubt`, of newer ones if there are any. Raises KeysUnavailable.

        What no key could make good is refused before anybody is asked for keys: a flood of nonsense costs no request.
        """
        if client.jwks_uri is not None:
            with suppress(doubt):
                return verify(_NO_KEYS)
        keys = await self.of(client, http, now=now)
        try:
            return verify(keys)
        except doubt:
            renewed = await self.renewed(client, http, now=now)
            if renewed is None:
                raise
        return verify(renewed)

    async def _known(self, client: Client, http: GuardedHttp, *, now: int) -> _Keys:
        if client.jwks_uri is None:
            return self._of_registration(client)
        published = self._published_by(client, client.jwks_uri)
        return published.known(now, age=KEPT_SECONDS) or await _asked(published, http, now=now)

    def _of_registration(self, client: Client) -> _Keys:
        registered = client.jwks or {"keys": []}
        cached = self._imported.get(client.client_id)
        # The registration is replaced as a whole when it changes, so identity tells whether the keys are current.
        if cached is not None and cached[0] is registered:
            return cached[1]
        keys = _imported(registered["keys"])
        _remember(self._imported, client.client_id, (registered, keys))
        return keys

    def _published_by(self, client: Client, uri: str) -> _Published:
        published = self._published.get(client.client_id)
        if published is None or published.uri != uri:
            published = _Published(uri)
            _remember(self._published, client.client_id, published)
        return published


async def _asked(published: _Published, http: GuardedHttp, *, now: int) -> _Keys:
    async with published.asking:
        if not published.was_just_asked(now):
            published.asked_at = now
            try:
                published.keys, published.fetched_at, published.failure = await _fetched(published.uri, http), now, ""
            except KeysUnavailable as error:
                published.failure = error.reason
    known = published.known(now, age=_KEPT_WHILE_DOWN_SECONDS)
    if known is None:
        raise KeysUnavailable(published.failure)
    return known


async def _fetched(uri: str, http: GuardedHttp) -> _Keys:
    try:
        document = await http.get_json(uri)
    except OutgoingRequestFailed as error:
        raise KeysUnavailable(error.reason) from error
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise KeysUnavailable("not_a_key_set")
    return _imported([key for key in listed if key_fault(key) is None])


def _imported(keys: list[Any]) -> _Keys:
    """A key the client keeps for encryption verifies nothing."""
    signing = [dict(key) for key in keys if verifies(key)]
    try:
        verifying = KeySet.import_key_set({"keys": signing}) if signing else _NO_KEYS
        return _Keys(verifying, tuple(keys))
    except (JoseError, ValueError) as error:
        raise KeysUnavailable("not_a_key_set") from error


def _remember(known: OrderedDict[str, Any], client_id: str, value: object) -> None:
    known[client_id] = value
    known.move_to_end(client_id)
    if len(known) > _MOST_CLIENTS:
        known.popitem(last=False)
