"""The stored value: the request as validated, who began it, and which steps are done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from idp.interactions.linking import Linking
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.factors import Factor

LIFETIME_SECONDS = 30 * 60
# For who waits until something is settled elsewhere: nobody is sent away for being slow.
WAITING_SECONDS = 2 * 3600


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """`browser_hash` binds it to the browser that began it; `session_id` is set once this interaction (not an
    older one) authenticated somebody, `factors` how; `consented_in` is the session of who answered the consent page.
    `source_state` belongs to the chosen source alone."""

    id: str
    browser_hash: bytes
    request: AuthorizationRequest
    started_at: int
    locale: str
    version: int = 0
    source_id: str | None = None
    source_state: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None
    consented_in: str | None = None
    notice: str | None = None
    factors: tuple[Factor, ...] = ()
    linking: Linking | None = None
    waits_until: int = 0

    @property
    def expires_at(self) -> int:
        return max(self.started_at + LIFETIME_SECONDS, self.waits_until)

    def choosing(self, source_id: str) -> Self:
        return replace(self, source_id=source_id, source_state={})

    def with_source_state(self, state: Mapping[str, Any]) -> Self:
        return replace(self, source_state=dict(state))

    def authenticated(self, session_id: str, factors: tuple[Factor, ...] = (), linking: Linking | None = None) -> Self:
        """What was agreed to before is asked again where it must be: it may have been somebody else who agreed."""
        return replace(
            self,
            session_id=session_id,
            source_state={},
            consented_in=None,
            notice=None,
            factors=factors,
            linking=linking,
        )

    def to_payload(self) -> bytes:
        return json.dumps(
            {
                "id": self.id,
                "browser": self.browser_hash.hex(),
                "request": self.request.to_json(),
                "started_at": self.started_at,
                "locale": self.locale,
                "source_id": self.source_id,
                "source_state": self.source_state,
                "session_id": self.session_id,
                "consented_in": self.consented_in,
                "notice": self.notice,
                "factors": [factor.to_json() for factor in self.factors],
                "linking": self.linking.to_json() if self.linking else None,
                "waits_until": self.waits_until,
            },
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_payload(cls, payload: bytes, *, version: int) -> Self:
        stored = json.loads(payload)
        return cls(
            id=stored["id"],
            browser_hash=bytes.fromhex(stored["browser"]),
            request=AuthorizationRequest.from_json(stored["request"]),
            started_at=stored["started_at"],
            locale=stored["locale"],
            version=version,
            source_id=stored["source_id"],
            source_state=stored["source_state"],
            session_id=stored["session_id"],
            consented_in=stored.get("consented_in"),
            notice=stored["notice"],
            # A login begun before an upgrade goes on after it.
            factors=tuple(Factor.from_json(factor) for factor in stored.get("factors", ())),
            linking=Linking.from_json(stored["linking"]) if stored.get("linking") else None,
            waits_until=stored.get("waits_until", 0),
        )
