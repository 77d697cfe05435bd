"""`GET` and `POST /userinfo`: one round trip that finds the token and records who was told what."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import UserInfoGiven, UserInfoRefused
from idp.audit.log import audit_entry, audit_entry_of_gate
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import found_artefact, use_access_token
from idp.authorization_server.json_answers import json_answer
from idp.authorization_server.standing import as_granted_now
from idp.errors import InsufficientScope, InvalidRequest, InvalidToken, OAuthError
from idp.protocol.claims import RESERVED_CLAIMS
from idp.services import Services, services_of
from idp.web.forms import FORM_TYPE, EdgeError, read_form

_BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/-]{20,200}=*)", re.IGNORECASE)


class NoTokenPresented(InvalidToken):
    """The request brings no credential at all; the challenge says how to bring one (RFC 6750 §3)."""


async def userinfo(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        authorization = await _authorized(services, await _access_token(request), now=now)
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


async def _access_token(request: Request) -> str:
    """In the Authorization header, or as the form's only credential (RFC 6750 §2.1, §2.2); never in the query."""
    headers = request.headers.getlist("authorization")
    in_form = None
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM_TYPE):
        try:
            in_form = (await read_form(request)).get("access_token")
        except EdgeError as error:
            raise InvalidRequest(error.reason) from error
    if request.scope["query_string"] and "access_token" in request.query_params:
        raise InvalidRequest("an access token does not belong in the query")
    if len(headers) + (in_form is not None) > 1:
        raise InvalidRequest("send the access token once")
    if in_form is not None:
        return in_form
    if not headers:
        raise NoTokenPresented
    found = _BEARER.fullmatch(headers[0])
    if found is None:
        raise InvalidToken
    return found[1]


async def _authorized(services: Services, access_token: str, *, now: float) -> Authorization:
    """Finds the token and records that its claims were given, in one statement."""
    given = audit_entry_of_gate(
        UserInfoGiven(),
        now_ms=int(now * 1000),
        columns=("grant_id", "client_id", "person_id", "session_id", "source_id"),
    )
    row = await services.database.commit(given, gate=use_access_token(access_token, now=int(now)))
    if row is None:
        raise InvalidToken("the access token is not valid")
    authorization = found_artefact(row, services.vault).authorization
    if "openid" not in authorization.scope.split():
        raise InsufficientScope("the access token lacks the scope openid")
    return authorization


def _challenge(error: OAuthError) -> Response:
    """RFC 6750 §3: without a token the challenge carries no error; with a bad one it names it."""
    response = json_answer(error.as_dict(), status=error.status)
    parameters = [f'{name}="{value}"' for name, value in error.as_dict().items()] if error.error_description else []
    response.headers["www-authenticate"] = "Bearer " + ", ".join(['realm="motcua"', *parameters])
    return response
