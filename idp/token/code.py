"""A code becomes tokens (RFC 6749 §4.1.3, RFC 7636)."""

import re
from collections.abc import Mapping
from dataclasses import replace

from idp.audit.events import AuthorizationCodeReplayed, TokensIssued
from idp.audit.log import audit_entry_of_gate
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.issued import (
    CodeBinding,
    find_code,
    found_artefact,
    insert_access_token_of_code,
    new_value,
    redeem_code,
)
from idp.authorization_server.resources import NARROWING, narrowed
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from idp.protocol.client import Client
from idp.protocol.pkce import s256
from idp.services import Services
from idp.token.presented import NOT_REDEEMABLE, decided_tokens, punish_replay, standing_of

GRANT_TYPE = "authorization_code"
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def redeem(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """One statement consumes the code, with all it is bound to, and writes the access token it turns into.

    What Authlib checks afterwards of the code was a condition of that statement already.
    """
    check_redeemable(asked.client, asked.form)
    code = asked.form["code"]
    if NARROWING & asked.form.keys():
        await _check_narrowing(services, asked, now)
    access_token = new_value()
    written = insert_access_token_of_code(
        access_token,
        expires_at=int(now) + services.settings.access_token_lifetime,
        sender=asked.sender,
    )
    event = audit_entry_of_gate(
        TokensIssued(client_id=asked.client.client_id, grant_type=GRANT_TYPE),
        now_ms=int(now * 1000),
        columns=("grant_id",),
    )
    row = await commit_for(services, asked, written, event, gate=redeem_code(code, _binding(asked), now=int(now)))
    if row is None:
        found = await find_code(services.database, services.vault, code)
        if found is not None and found.consumed_at is not None:
            await punish_replay(services, asked, found, AuthorizationCodeReplayed, now)
        raise InvalidGrant(NOT_REDEEMABLE)
    # The gate has just set `consumed_at`: to the decision, the code is the one this request may use.
    found = standing_of(services, asked, replace(found_artefact(row, services.vault), consumed_at=None))
    if found is None:
        raise InvalidGrant(NOT_REDEEMABLE)
    tokens = await decided_tokens(services, asked, found, now, access_token=access_token)
    if tokens.inserts:
        # A refresh token or one for a resource server, which only some logins ask for. Lost in a crash, the person
        # logs in once more.
        await services.database.commit(*tokens.inserts)
    return tokens


async def _check_narrowing(services: Services, asked: ClientRequest, now: float) -> None:
    """A code is not used up by who asks it for more than it holds; looked up first only by who asks for a part."""
    found = await find_code(services.database, services.vault, asked.form["code"])
    if found is None or found.authorization.client_id != asked.client.client_id or not found.is_usable(int(now)):
        return
    narrowed(asked.form, found.authorization, asked.client, services.configuration.resource_servers)


def check_redeemable(client: Client, form: Mapping[str, str]) -> None:
    """What must be there before a code is looked for. Raises OAuthError."""
    if GRANT_TYPE not in client.grant_types:
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
