"""`POST /token`: authenticate the client, redeem its code or rotate its refresh token, answer."""

import re
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import (
    AuthorizationCodeReplayed,
    RefreshTokenReplayed,
    TokenRequestRefused,
    TokensIssued,
)
from idp.audit.log import audit_entry, audit_entry_of_gate
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.dpop import InvalidDpopProof, Proof, read_proof
from idp.authorization_server.issued import (
    CodeBinding,
    Found,
    consume_refresh_token,
    find_code,
    find_refresh_token,
    found_artefact,
    insert_access_token_of_code,
    new_value,
    redeem_code,
    revoke_grant,
    use_refresh_token,
)
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.standing import as_granted_now
from idp.authorization_server.token_request import IssuedTokens, Lifetimes, TokenRequest
from idp.authorization_server.token_server import decide_tokens
from idp.errors import InvalidGrant, InvalidRequest, OAuthError, UnauthorizedClient
from idp.protocol.client import Client
from idp.protocol.pkce import s256
from idp.services import Services, services_of

_CODE, _REFRESH = "authorization_code", "refresh_token"
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_NOT_REDEEMABLE = "the code or refresh token is not valid for this client, redirect URI and code_verifier"


class ReplayPunished(InvalidGrant):
    """The grant was revoked, and the event that says so is written."""


async def token(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/token", now=int(now))
        asked = asked.with_proof(_proof(services, request, asked.client, now=int(now)))
        tokens = await _issue(services, asked, now)
    except ReplayPunished as error:
        return error_response(error)
    except OAuthError as error:
        event = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, event, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    return json_answer(tokens.response)


def _proof(services: Services, request: Request, client: Client, *, now: int) -> Proof | None:
    """Raises InvalidDpopProof: for a bad proof, and for none where the client must bring one (RFC 9449 §5)."""
    url = f"{services.settings.issuer}/token"
    proof = read_proof(request.headers.getlist("dpop"), method="POST", url=url, now=now)
    if proof is None and client.dpop_bound_access_tokens:
        raise InvalidDpopProof("this client must bring a DPoP proof")
    return proof


async def _issue(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    grant_type = asked.form.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing")
    if grant_type == _CODE:
        return await _redeem(services, asked, now)
    return await _refresh(services, asked, now)


async def _redeem(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """One statement consumes the code, with all it is bound to, and writes the access token it turns into.

    What Authlib checks afterwards of the code was a condition of that statement already.
    """
    check_redeemable(asked.client, asked.form)
    code = asked.form["code"]
    access_token = new_value()
    written = insert_access_token_of_code(
        access_token,
        expires_at=int(now) + services.settings.access_token_lifetime,
        binding=asked.proof.binding if asked.proof else None,
    )
    event = audit_entry_of_gate(
        TokensIssued(client_id=asked.client.client_id, grant_type=_CODE),
        now_ms=int(now * 1000),
        columns=("grant_id",),
    )
    row = await commit_for(services, asked, written, event, gate=redeem_code(code, _binding(asked), now=int(now)))
    if row is None:
        found = await find_code(services.database, services.vault, code)
        if found is not None and found.consumed_at is not None:
            await _punish_replay(services, asked, found, now)
        raise InvalidGrant(_NOT_REDEEMABLE)
    # The gate has just set `consumed_at`: to the decision, the code is the one this request may use.
    found = _standing(services, asked, replace(found_artefact(row, services.vault), consumed_at=None))
    if found is None:
        raise InvalidGrant(_NOT_REDEEMABLE)
    tokens = decide_tokens(_request(services, asked, found, now, access_token=access_token))
    if tokens.inserts:
        # A refresh token, which only some logins ask for. Lost in a crash, the person logs in once more.
        await services.database.commit(*tokens.inserts)
    return tokens


def check_redeemable(client: Client, form: Mapping[str, str]) -> None:
    """What must be there before a code is looked for. Raises OAuthError."""
    if _CODE not in client.grant_types:
        raise UnauthorizedClient("this client is not registered for this grant type")
    if "code" not in form:
        raise InvalidRequest("code is missing")
    if "code_verifier" not in form and not client.require_pkce:
        # A code that was asked for with a challenge is bound to it: without its verifier it is not found.
        return
    if "code_verifier" not in form:
        # A grant without what it is bound to (RFC 7636 §4.6; FAPI 2.0 reads it so as well).
        raise InvalidGrant("code_verifier is missing")
    if not _CODE_VERIFIER.fullmatch(form["code_verifier"]):
        raise InvalidRequest("code_verifier must be 43 to 128 unreserved characters")


def _binding(asked: ClientRequest) -> CodeBinding:
    return CodeBinding(
        client_id=asked.client.client_id,
        redirect_uri=asked.form.get("redirect_uri", ""),
        code_challenge=s256(asked.form["code_verifier"]) if "code_verifier" in asked.form else "",
        dpop_jkt=asked.proof.jkt if asked.proof else None,
    )


async def _refresh(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """Loads the refresh token, decides, and rotates it in the transaction that writes what it turns into."""
    found = None
    if "refresh_token" in asked.form:
        found = await find_refresh_token(services.database, services.vault, asked.form["refresh_token"])
    if found is not None:
        found = _standing(services, asked, found)
    if found is not None and found.consumed_at is not None:
        await _punish_replay(services, asked, found, now)
    tokens = decide_tokens(_request(services, asked, found, now))
    assert found is not None
    event = TokensIssued(client_id=asked.client.client_id, grant_id=found.authorization.grant_id, grant_type=_REFRESH)
    # A token that works for its client's key alone is not rotated in some profiles; then it is only looked at.
    gate = consume_refresh_token if asked.client.rules.rotates_refresh_tokens else use_refresh_token
    rotated = await commit_for(
        services,
        asked,
        *tokens.inserts,
        audit_entry(event, now_ms=int(now * 1000)),
        gate=gate(asked.form["refresh_token"], now=int(now)),
    )
    if rotated is None:
        # Somebody used it between our look and our statement: a replay like any other.
        await _punish_replay(services, asked, found, now)
        raise InvalidGrant(_NOT_REDEEMABLE)
    return tokens


def _standing(services: Services, asked: ClientRequest, found: Found) -> Found | None:
    """The same, cut down to what its client may have today. Somebody else's is left for the decision to refuse."""
    if found.authorization.client_id != asked.client.client_id:
        return found
    granted = as_granted_now(found.authorization, asked.client, services.configuration.is_switched_off)
    return None if granted is None else replace(found, authorization=granted)


def _request(
    services: Services, asked: ClientRequest, found: Found | None, now: float, *, access_token: str | None = None
) -> TokenRequest:
    settings = services.settings
    return TokenRequest(
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
        access_token=access_token,
        binding=asked.proof.binding if asked.proof else None,
    )


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
