"""A refresh token becomes new tokens, and another refresh token (RFC 6749 §6, RFC 9700 §4.14.2)."""

from idp.audit.events import RefreshTokenReplayed, TokensIssued
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.issued import consume_refresh_token, find_refresh_token, use_refresh_token
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidGrant
from idp.services import Services
from idp.token.presented import NOT_REDEEMABLE, check_refresh_sender, decided_tokens, punish_replay, standing_of

GRANT_TYPE = "refresh_token"


async def refresh(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    """Loads the refresh token, decides, and rotates it in the transaction that writes what it turns into."""
    found = None
    if "refresh_token" in asked.form:
        found = await find_refresh_token(services.database, services.vault, asked.form["refresh_token"])
    if found is not None:
        check_refresh_sender(asked, found)
        found = standing_of(services, asked, found)
    if found is not None and found.consumed_at is not None:
        await punish_replay(services, asked, found, RefreshTokenReplayed, now)
    tokens = await decided_tokens(services, asked, found, now)
    assert found is not None
    event = TokensIssued(client_id=asked.client.client_id, grant_id=found.authorization.grant_id, grant_type=GRANT_TYPE)
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
        await punish_replay(services, asked, found, RefreshTokenReplayed, now)
        raise InvalidGrant(NOT_REDEEMABLE)
    return tokens
