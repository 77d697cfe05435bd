"""A code becomes tokens (RFC 6749 §4.1.3, RFC 7636)."""

import re
from collections.abc import Mapping
from dataclasses import replace

from idp.audit.events import AuthorizationCodeReplayed, TokensIssued
from idp.audit.log import audit_entry, audit_entry_of_gate
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.code_binding import CodeBinding
from idp.authorization_server.issued import (
    find_code,
    found_artefact,
    insert_access_token_of_code,
    new_value,
    redeem_code,
)
from idp.authorization_server.resources import NARROWING
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidGrant, InvalidRequest, UnauthorizedClient
from idp.protocol.client import Client
from idp.protocol.pkce import s256
from idp.services import Services
from idp.token.presented import (
    NOT_REDEEMABLE,
    RefusedAfterUse,
    decided_tokens,
    punish_replay,
    standing_of,
    take_back,
)

GRANT_TYPE = "authorization_code"
# Who used it between our look and our statement, the next look sees.
_LOOKS = 2
_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


async def redeem(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """A code that is for our own UserInfo endpoint is redeemed unseen, any other as it was looked at."""
    check_redeemable(asked.client, asked.form)
    tokens = None
    if not NARROWING & asked.form.keys():
        tokens = await _redeemed_unseen(services, asked, now)
    return tokens or await _redeemed_as_seen(services, asked, now)


async def _redeemed_unseen(services: Services, asked: ClientRequest, now: float) -> IssuedTokens | None:
    """One statement consumes the code, with all it is bound to, and writes the access token it turns into. None where
    it finds no such code: then nothing was used up.

    What Authlib checks afterwards of the code was a condition of that statement already.
    """
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
    gate = redeem_code(
        asked.form["code"],
        _binding(asked),
        now=int(now),
        sources=asked.client.allowed_sources,
        not_sources=services.configuration.switched_off,
    )
    row = await commit_for(services, asked, written, event, gate=gate)
    if row is None:
        return None
    # The gate has just set `consumed_at`: to the decision, the code is the one this request may use.
    found = standing_of(services, asked, replace(found_artefact(row, services.vault), consumed_at=None))
    if found is None:
        # Its grant goes on by another source, and its own was switched off.
        await take_back(services, asked, access_token, now)
        raise RefusedAfterUse(NOT_REDEEMABLE)
    tokens = await decided_tokens(services, asked, found, now, access_token=access_token)
    if tokens.inserts:
        # A refresh token, which only some logins ask for. Lost in a crash, the person logs in once more.
        await services.database.commit(*tokens.inserts)
    return tokens


async def _redeemed_as_seen(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """Looks, decides, and uses the code up with all that it turns into: whatever is refused, the code is left as it is.

    Of a code that was shown without what it is bound to, nothing is told but that.
    """
    code = asked.form["code"]
    for _ in range(_LOOKS):
        found = await find_code(services.database, services.vault, code)
        if found is not None and found.consumed_at is not None:
            await punish_replay(services, asked, found, AuthorizationCodeReplayed, now)
        if found is None or not found.is_usable(int(now)):
            break
        binding = _binding(asked, reaches_resources=found.authorization.reaches_resources)
        standing = standing_of(services, asked, found)
        if standing is None or not binding.fits(found.authorization):
            break
        tokens = await decided_tokens(services, asked, standing, now)
        event = TokensIssued(
            client_id=asked.client.client_id, grant_id=found.authorization.grant_id, grant_type=GRANT_TYPE
        )
        gate = redeem_code(code, binding, now=int(now))
        entry = audit_entry(event, now_ms=int(now * 1000))
        if await commit_for(services, asked, *tokens.inserts, entry, gate=gate) is not None:
            return tokens
    raise InvalidGrant(NOT_REDEEMABLE)


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


def _binding(asked: ClientRequest, *, reaches_resources: bool = False) -> CodeBinding:
    return CodeBinding(
        client_id=asked.client.client_id,
        redirect_uri=asked.form.get("redirect_uri", ""),
        code_challenge=s256(asked.form["code_verifier"]) if "code_verifier" in asked.form else "",
        dpop_jkt=asked.proof.jkt if asked.proof else None,
        reaches_resources=reaches_resources,
    )
