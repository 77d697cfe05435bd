"""`GET` and `POST /userinfo`: one round trip that finds the token and records who was told what."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import UserInfoRefused
from idp.audit.log import audit_entry
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.dpop import ALGORITHMS, InvalidDpopProof
from idp.authorization_server.dpop_nonce import HEADER, UseDpopNonce, renew_nonce
from idp.authorization_server.encrypted_answers import NoEncryptionKey, recipient_of
from idp.authorization_server.json_answers import json_answer
from idp.authorization_server.standing import as_granted_now
from idp.errors import InvalidToken, OAuthError
from idp.protocol.claims import RESERVED_CLAIMS
from idp.protocol.client import Client
from idp.services import Services, services_of
from idp.userinfo.access import NoTokenPresented, authorized
from idp.userinfo.interaction_id import INTERACTION_ID, interaction_headers


async def userinfo(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        authorization, proof = await authorized(services, request, now=now)
    except OAuthError as error:
        # Who brings no token or nonce is only told how to come back; writing that down would cost more than asking.
        if not isinstance(error, NoTokenPresented | UseDpopNonce):
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
    try:
        response = await _told(services, client, granted, now=int(now))
    except NoEncryptionKey as error:
        event = UserInfoRefused(client_id=client.client_id, grant_id=granted.grant_id, error=error.error)
        await services.database.commit(audit_entry(event, now_ms=int(now * 1000)))
        return _challenge(error)
    renew_nonce(response, services.vault, proof, now=int(now))
    response.headers.update(interaction_headers(client, request.headers.get(INTERACTION_ID)))
    return response


async def _told(services: Services, client: Client, authorization: Authorization, *, now: int) -> Response:
    """As the client registered: plain, signed, or signed and encrypted (Core 5.3.2). Raises NoEncryptionKey."""
    claims = {name: value for name, value in authorization.userinfo_claims.items() if name not in RESERVED_CLAIMS}
    document: dict[str, Any] = {"sub": authorization.sub, **claims}
    if client.userinfo_signed_response_alg is None:
        return json_answer(document)
    recipient = await recipient_of(services, client, client.userinfo_encryption, now=now)
    # Signed answers name who made them and for whom.
    signed = services.sign(
        client.userinfo_signed_response_alg,
        "JWT",
        {**document, "iss": services.settings.issuer, "aud": client.client_id},
    )
    told = signed if recipient is None else recipient.encrypted(signed)
    return Response(told, media_type="application/jwt", headers={"cache-control": "no-store"})


def _challenge(error: OAuthError) -> Response:
    """RFC 6750 §3: without a token the challenge carries no error; with a bad one it names it."""
    status = 401 if isinstance(error, InvalidDpopProof | UseDpopNonce) else error.status
    response = json_answer(error.as_dict(), status=status)
    parameters = [f'{name}="{value}"' for name, value in error.as_dict().items()] if error.error_description else []
    told = ", ".join(['realm="motcua"', *parameters])
    if isinstance(error, UseDpopNonce):
        # Who came with a proof needs no other scheme named (RFC 9449 §9).
        response.headers[HEADER] = error.fresh
    else:
        response.headers.append("www-authenticate", f"Bearer {told}")
    response.headers.append("www-authenticate", f'DPoP {told}, algs="{" ".join(ALGORITHMS)}"')
    return response
