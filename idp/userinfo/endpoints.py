"""`GET` and `POST /userinfo`: one round trip that finds the token and records who was told what."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import UserInfoRefused
from idp.audit.log import audit_entry
from idp.authorization_server.dpop import ALGORITHMS, InvalidDpopProof
from idp.authorization_server.json_answers import json_answer
from idp.authorization_server.standing import as_granted_now
from idp.errors import InvalidToken, OAuthError
from idp.protocol.claims import RESERVED_CLAIMS
from idp.services import services_of
from idp.userinfo.access import NoTokenPresented, authorized


async def userinfo(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        authorization = await authorized(services, request, now=now)
    except OAuthError as error:
        # Who brings no token is only told how to come back; writing that down would cost more than asking.
        if not isinstance(error, NoTokenPresented):
            event = UserInfoRefused(error=error.error)
            await services.database.commit(audit_entry(event, now_ms=int(now * 1000)))
        return _challenge(error)
    client = await services.configuration.client(authorization.client_id)
    granted = None
    if client is not None:
        granted = as_granted_now(authorization, client, services.configuration.is_switched_off)
    if client is None or granted is None:
        event = UserInfoRefused(
            client_id=authorization.client_id, grant_id=authorization.grant_id, error="invalid_token"
        )
        await services.database.commit(audit_entry(event, now_ms=int(now * 1000)))
        return _challenge(InvalidToken("the access token is not valid"))
    authorization = granted
    claims = {name: value for name, value in authorization.userinfo_claims.items() if name not in RESERVED_CLAIMS}
    document: dict[str, Any] = {"sub": authorization.sub, **claims}
    if client.userinfo_signed_response_alg is None:
        return json_answer(document)
    # Signed answers name who made them and for whom (Core 5.3.2).
    signed = services.sign(
        client.userinfo_signed_response_alg,
        "JWT",
        {**document, "iss": services.settings.issuer, "aud": client.client_id},
    )
    return Response(signed, media_type="application/jwt", headers={"cache-control": "no-store"})


def _challenge(error: OAuthError) -> Response:
    """RFC 6750 §3: without a token the challenge carries no error; with a bad one it names it."""
    status = 401 if isinstance(error, InvalidDpopProof) else error.status
    response = json_answer(error.as_dict(), status=status)
    parameters = [f'{name}="{value}"' for name, value in error.as_dict().items()] if error.error_description else []
    told = ", ".join(['realm="motcua"', *parameters])
    response.headers.append("www-authenticate", f"Bearer {told}")
    response.headers.append("www-authenticate", f'DPoP {told}, algs="{" ".join(ALGORITHMS)}"')
    return response
