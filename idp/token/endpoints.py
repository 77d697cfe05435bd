"""`POST /token`: authenticate, load what the form names, decide with Authlib, save, answer. In that order."""

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import (
    AuthorizationCodeReplayed,
    RefreshTokenReplayed,
    TokenRequestRefused,
    TokensIssued,
)
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
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
from idp.authorization_server.token_request import IssuedTokens, Lifetimes, TokenRequest
from idp.authorization_server.token_server import decide_tokens
from idp.errors import InvalidGrant, InvalidRequest, OAuthError
from idp.services import Services, services_of
from idp.storage.database import Statement

_CODE, _REFRESH = "authorization_code", "refresh_token"


class ReplayPunished(InvalidGrant):
    """The grant was revoked, and the event that says so is written."""


async def token(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/token", now=int(now))
        tokens = await _issue(services, asked, now)
    except ReplayPunished as error:
        return error_response(error)
    except OAuthError as error:
        event = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, event, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return json_answer(tokens.response)


async def _issue(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    settings, grant_type = services.settings, asked.form.get("grant_type", "")
    if not grant_type:
        raise InvalidRequest("grant_type is missing")
    found = await _found(services, asked)
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
    consumed = await commit_for(
        services,
        asked,
        *tokens.inserts,
        audit_entry(event, now_ms=int(now * 1000)),
        gate=_gate(asked, now=int(now)),
    )
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
        found = await find_refresh_token(services.database, services.vault, form["refresh_token"])
        if found is not None and services.configuration.is_switched_off(found.authorization.source_id):
            return None
        return found
    return None


def _gate(asked: ClientRequest, *, now: int) -> Statement:
    if asked.form["grant_type"] == _CODE:
        return consume_code(asked.form["code"], now=now)
    return consume_refresh_token(asked.form["refresh_token"], now=now)


async def _punish_replay(services: Services, asked: ClientRequest, found: Found, now: float) -> None:
    """A second use revokes the whole grant, but only when its own client shows it (RFC 6749 §4.1.2).

    Raises ReplayPunished; returns when there was nothing left to revoke. A replayed assertion proves no client.
    """
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
    gate = revoke_grant(authorization.grant_id, now=int(now))
    if await commit_for(services, asked, audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None:
        raise ReplayPunished("the code or refresh token was used before")
