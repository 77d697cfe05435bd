"""`urn:openid:params:grant-type:ciba`: tokens for an authentication request that a person approved (CIBA Core 10.1)."""

from typing import Final

from idp.authorization_server.authenticated_client import ClientRequest
from idp.authorization_server.polled_requests import PolledKind
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidRequest
from idp.services import Services
from idp.token.polled import answer_poll

GRANT_TYPE: Final = PolledKind.CIBA.grant_type


async def redeem(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """Raises OAuthError."""
    if "auth_req_id" not in asked.form:
        raise InvalidRequest("auth_req_id is missing")
    return await answer_poll(services, asked, PolledKind.CIBA, asked.form["auth_req_id"], now)
