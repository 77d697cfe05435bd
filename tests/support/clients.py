"""A registered service as a value, for tests of rules that need no database."""

from typing import Any

from idp.protocol.client import Client

REGISTERED_URI = "https://town-hall.example/callback"


def client(**overrides: Any) -> Client:
    values: dict[str, Any] = {
        "client_id": "town-hall",
        "client_name": {"vi": "Ủy ban nhân dân"},
        "organisation": {"vi": "Thành phố"},
        "redirect_uris": (REGISTERED_URI,),
        "sector": "town-hall.example",
        "scope": frozenset({"openid", "profile", "phone", "offline_access"}),
        "grant_types": frozenset({"authorization_code", "refresh_token"}),
        **overrides,
    }
    return Client(**values)
