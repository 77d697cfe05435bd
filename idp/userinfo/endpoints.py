"""`GET` and `POST /userinfo`: one round trip that finds the token and records who was told what."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import UserInfoGiven, UserInfoRefused
from idp.audit.log import audit_entry, audit_entry_of_gate
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.dpop import ALGORITHMS, InvalidDpopProof, Proof, ProofReplayed, read_proof
from idp.authorization_server.issued import found_artefact, use_access_token
from idp.authorization_server.json_answers import json_answer
from idp.authorization_server.standing import as_granted_now
from idp.errors import InsufficientScope, InvalidRequest, InvalidToken, OAuthError
from idp.protocol.claims import RESERVED_CLAIMS
from idp.services import Services, services_of
from idp.storage.database import IntegrityConflict
from idp.web.forms import FORM_TYPE, EdgeError, read_form

_AUTHORIZATION = re.compile(r"(Bearer|DPoP) ([A-Za-z0-9._~+/-]{20,200}=*)", re.IGNORECASE)


class NoTokenPresented(InvalidToken):
    """The request brings no credential at all; the challenge says how to bring one (RFC 6750 §3)."""


async def userinfo(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        scheme, access_token = await _access_token(request)
        proof = _proof(services, request, scheme, access_token, now=int(now))
        authorization = await _authorized(services, access_token, proof, now=now)
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


async def _access_token(request: Request) -> tuple[str, str]:
    """Scheme and value, in the Authorization header or as the form's only credential; never in the query.

    RFC 6750 §2.1 and §2.2, RFC 9449 §7.1.
    """
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
        return "bearer", in_form
    if not headers:
        raise NoTokenPresented
    found = _AUTHORIZATION.fullmatch(headers[0])
    if found is None:
        raise InvalidToken
    return found[1].lower(), found[2]


def _proof(services: Services, request: Request, scheme: str, access_token: str, *, now: int) -> Proof | None:
    """With the scheme DPoP, and only with it, a proof made for this token (RFC 9449 §7.1). Raises OAuthError."""
    if scheme != "dpop":
        return None
    url = f"{services.settings.issuer}/userinfo"
    headers = request.headers.getlist("dpop")
    proof = read_proof(headers, method=request.method, url=url, now=now, access_token=access_token)
    if proof is None:
        raise InvalidDpopProof("a DPoP proof is missing")
    return proof


async def _authorized(services: Services, access_token: str, proof: Proof | None, *, now: float) -> Authorization:
    """Finds the token and records that its claims were given, in one statement; a proof works once."""
    given = audit_entry_of_gate(
        UserInfoGiven(),
        now_ms=int(now * 1000),
        columns=("grant_id", "client_id", "person_id", "session_id", "source_id"),
    )
    used = (proof.remembered(),) if proof else ()
    gate = use_access_token(access_token, now=int(now), sender=proof.sender if proof else None)
    try:
        row = await services.database.commit(given, *used, gate=gate)
    except IntegrityConflict as error:
        raise ProofReplayed("the DPoP proof was used before") from error
    if row is None:
        raise InvalidToken("the access token is not valid")
    authorization = found_artefact(row, services.vault).authorization
    if "openid" not in authorization.scope.split():
        raise InsufficientScope("the access token lacks the scope openid")
    return authorization


def _challenge(error: OAuthError) -> Response:
    """RFC 6750 §3: without a token the challenge carries no error; with a bad one it names it."""
    status = 401 if isinstance(error, InvalidDpopProof) else error.status
    response = json_answer(error.as_dict(), status=status)
    parameters = [f'{name}="{value}"' for name, value in error.as_dict().items()] if error.error_description else []
    told = ", ".join(['realm="motcua"', *parameters])
    response.headers.append("www-authenticate", f"Bearer {told}")
    response.headers.append("www-authenticate", f'DPoP {told}, algs="{" ".join(ALGORITHMS)}"')
    return response
