"""Delivers logout tokens (OpenID Connect Back-Channel Logout 1.0): one outbox row, one service, until it answers."""

import json
import secrets
from typing import Final

from idp.services import Services

_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LIFETIME_SECONDS: Final = 120


class LogoutNotDelivered(Exception):
    """The service did not take the token; the outbox tries again. `reason` is a word, safe to store."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def addressee_of(payload: bytes) -> str:
    """The id of the client that is told."""
    client_id: str = json.loads(payload)["client_id"]
    return client_id


async def deliver_logout(services: Services, payload: bytes, *, now: float) -> None:
    """Raises LogoutNotDelivered, and what the guarded client raises for one out of reach."""
    message = json.loads(payload)
    client = await services.configuration.client(message["client_id"])
    if client is None or client.backchannel_logout_uri is None:
        return
    token = services.sign(
        client.id_token_signed_response_alg,
        "logout+jwt",
        {
            "iss": services.settings.issuer,
            "aud": client.client_id,
            "iat": int(now),
            "exp": int(now) + _LIFETIME_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "sub": message["sub"],
            "sid": message["sid"],
            "events": {_EVENT: {}},
        },
    )
    answer = await services.http.post_form(client.backchannel_logout_uri, {"logout_token": token})
    if answer.status not in {200, 204}:
        raise LogoutNotDelivered(f"status_{answer.status}")
