"""`urn:ietf:params:oauth:grant-type:device_code`: tokens for a device whose code a person approved (RFC 8628 §3.4)."""

from typing import Final

from idp.authorization_server.authenticated_client import ClientRequest
from idp.authorization_server.polled_requests import PolledKind
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidRequest
from idp.services import Services
from idp.token.polled import answer_poll

GRANT_TYPE: Final = PolledKind.DEVICE_CODE.grant_type


async def redeem(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """Raises OAuthError."""
    if "device_code" not in asked.form:
        raise InvalidRequest("device_code is missing")
    return await answer_poll(services, asked, PolledKind.DEVICE_CODE, asked.form["device_code"], now)
