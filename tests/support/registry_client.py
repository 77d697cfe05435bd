"""A service that authenticates with its own key, for tests of what it may sign and how."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support.assertions import ASSERTION_TYPE, assertion_claims
from tests.support.provider import RelyingPartyDriver
from tests.support.sources import NOW

_ISSUER = "http://127.0.0.1:8000"


@dataclass
class Registry:
    """Asks with whatever assertion it is given."""

    party: RelyingPartyDriver

    async def ask(self, assertion: str, **form: str) -> httpx2.Response:
        sent = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "token": "unknown",
            **form,
        }
        return await self.party.provider.http.post("/introspect", data=sent)


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a good assertion of that service, changed."""
    return assertion_claims("registry", _ISSUER, NOW, **changes)
