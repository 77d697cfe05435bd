"""What the upstream provider publishes, its metadata and keys, kept for a while. Fetched by one request at a time."""

from collections.abc import Callable, Sequence
from typing import Final

import anyio

from idp.authentication.contract import SourceLied, SourceUnavailable
from idp.web.guarded_http import GuardedHttp, OutgoingRequestFailed
from relying_party_sdk.errors import ProviderMetadataInvalid
from relying_party_sdk.jwks import PublishedKey, published_keys
from relying_party_sdk.metadata import ProviderMetadata, check_metadata, discovery_url

METADATA_SECONDS: Final = 3600.0
KEYS_SECONDS: Final = 600.0
# A forged `kid` must not make us hammer the provider.
REFETCH_SECONDS: Final = 60.0


class Publication:
    """`clock` counts seconds and never goes back far; one instance per source and worker."""

    def __init__(
        self, http: GuardedHttp, *, source_id: str, issuer: str, algorithm: str, clock: Callable[[], float]
    ) -> None:
        self._http = http
        self._source_id = source_id
        self._issuer = issuer
        self._algorithm = algorithm
        self._clock = clock
        self._lock = anyio.Lock()
        self._metadata: tuple[ProviderMetadata, float] | None = None
        self._keys: tuple[Sequence[PublishedKey], float] | None = None
        self._failed: tuple[Exception, float] | None = None

    @property
    def known_metadata(self) -> ProviderMetadata | None:
        """What was fetched last, however old; for hints only."""
        return self._metadata[0] if self._metadata else None

    async def metadata(self) -> ProviderMetadata:
        """Raises SourceUnavailable, SourceLied."""
        asked_at = self._clock()
        if self._metadata and asked_at < self._metadata[1] + METADATA_SECONDS:
            return self._metadata[0]
        async with self._lock:
            if self._metadata and self._clock() < self._metadata[1] + METADATA_SECONDS:
                return self._metadata[0]
            document = await self._fetch(discovery_url(self._issuer), asked_at)
            try:
                read = check_metadata(document, issuer=self._issuer, algorithm=self._algorithm)
            except ProviderMetadataInvalid as error:
                raise SourceLied(self._source_id, "metadata_invalid") from error
            self._metadata = (read, self._clock())
            return read

    async def keys(self, *, newer: bool = False) -> Sequence[PublishedKey]:
        """The keys; with `newer`, fetched again unless that was done within the last minute."""
        asked_at = self._clock()
        lifetime = REFETCH_SECONDS if newer else KEYS_SECONDS
        if self._keys and asked_at < self._keys[1] + lifetime:
            return self._keys[0]
        jwks_uri = (await self.metadata()).jwks_uri
        async with self._lock:
            if self._keys and self._clock() < self._keys[1] + lifetime:
                return self._keys[0]
            read = published_keys(await self._fetch(jwks_uri, asked_at))
            self._keys = (read, self._clock())
            return read

    async def _fetch(self, url: str, asked_at: float) -> dict[str, object]:
        # Whoever waited for the lock behind a failed fetch shares its failure instead of waiting once more.
        if self._failed and self._failed[1] > asked_at:
            raise SourceUnavailable(self._source_id, "not_reached") from self._failed[0]
        try:
            document = await self._http.get_json(url)
        except OutgoingRequestFailed as error:
            self._failed = (error, self._clock())
            raise SourceUnavailable(self._source_id, error.reason) from error
        if not isinstance(document, dict):
            raise SourceLied(self._source_id, "metadata_invalid")
        return document
