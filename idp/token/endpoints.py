"""`POST /token`: authenticate, load what the form names, decide with Authlib, save, answer. In that order."""

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import (
    AuditEvent,
    AuthorizationCodeReplayed,
    ClientAuthenticationFailed,
    RefreshTokenReplayed,
    TokenRequestRefused,
    TokensIssued,
)
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import ClientRequest, read_client_request
from idp.authorization_server.issued import (
    Found,
    Kind,
    consume_code,
    consume_refresh_token,
    find_artefact,
    find_refresh_token,
    revoke_grant,
)
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.token_server import IssuedTokens, Lifetimes, TokenRequest, decide_tokens
from idp.errors import InvalidClient, InvalidGrant, OAuthError
from idp.services import Services, services_of
from idp.storage.database import IntegrityConflict, Statement

_CODE, _REFRESH = "authorization_code", "refresh_token"


async def token(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/token", now=int(now))
        tokens = await _issue(services, asked, now)
    except OAuthError as error:
        try:
            await _note_refusal(services, asked, error, now)
        except IntegrityConflict:
            error = InvalidClient("client authentication failed", private_detail="assertion_replayed")
        return error_response(error, used_basic="authorization" in request.headers)
    return json_answer(tokens.response)


async def _issue(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    found = await _found(services, asked)
    settings, grant_type = services.settings, asked.form.get("grant_type", "")
    if found is not None and found.consumed_at is not None:
        await _punish_replay(services, asked, found, now)
    tokens = decide_tokens(
        TokenRequest(
            client=asked.client,
            form=asked.form,
            found=found,
            issuer=settings.issuer,
            now=int(now),
            lifetimes=Lifetimes(
                access_token=settings.access_token_lifetime,
                id_token=settings.id_token_lifetime,
                refresh_token=settings.refresh_token_lifetime,
            ),
            vault=services.vault,
            sign_id_token=services.sign_id_token,
        )
    )
    authorization = tokens.authorization
    event = TokensIssued(
        client_id=asked.client.client_id,
        person_id=authorization.person_id,
        session_id=authorization.session_id,
        grant_id=authorization.grant_id,
        source_id=authorization.source_id,
        grant_type=grant_type,
        scope=authorization.scope,
        claims=tuple(authorization.userinfo_claims),
    )
    try:
        consumed = await services.database.commit(
            *tokens.inserts,
            *asked.used,
            audit_entry(event, now_ms=int(now * 1000)),
            gate=_gate(asked, now=int(now)),
        )
    except IntegrityConflict as error:
        raise InvalidClient("client authentication failed", private_detail="assertion_replayed") from error
    if consumed is None:
        # Somebody redeemed it between our look and our statement: a replay like any other.
        assert found is not None
        await _punish_replay(services, asked, found, now)
        raise InvalidGrant("the code or refresh token was used before")
    return tokens


async def _found(services: Services, asked: ClientRequest) -> Found | None:
    """What the form names, whoever it belongs to; whether this client may use it, the decision says."""
    form = asked.form
    if form.get("grant_type") == _CODE and form.get("code"):
        return await find_artefact(services.database, services.vault, Kind.CODE, form["code"])
    if form.get("grant_type") == _REFRESH and form.get("refresh_token"):
        return await find_refresh_token(services.database, services.vault, form["refresh_token"])
    return None


def _gate(asked: ClientRequest, *, now: int) -> Statement:
    if asked.form["grant_type"] == _CODE:
        return consume_code(asked.form["code"], now=now)
    return consume_refresh_token(asked.form["refresh_token"], now=now)


async def _punish_replay(services: Services, asked: ClientRequest, found: Found, now: float) -> None:
    """A second use revokes the whole grant, but only when its own client shows it (RFC 6749 §4.1.2)."""
    authorization = found.authorization
    if authorization.client_id != asked.client.client_id:
        return
    kind = AuthorizationCodeReplayed if asked.form["grant_type"] == _CODE else RefreshTokenReplayed
    event = kind(
        client_id=authorization.client_id,
        person_id=authorization.person_id,
        session_id=authorization.session_id,
        grant_id=authorization.grant_id,
    )
    await services.database.commit(
        audit_entry(event, now_ms=int(now * 1000)), gate=revoke_grant(authorization.grant_id, now=int(now))
    )


async def _note_refusal(services: Services, asked: ClientRequest | None, error: OAuthError, now: float) -> None:
    """One event a refusal. An assertion that was good is remembered as used, although it gained nothing."""
    event: AuditEvent
    if asked is None and isinstance(error, InvalidClient):
        event = ClientAuthenticationFailed(reason=error.private_detail or "unreadable")
    else:
        event = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
    used = asked.used if asked else ()
    if error.private_detail == "assertion_replayed":
        used = ()
    await services.database.commit(*used, audit_entry(event, now_ms=int(now * 1000)))
