"""A poll for what a person decides elsewhere (CIBA Core 11, RFC 8628 §3.5): not yet, too fast, no, too late, or tokens.

One for all kinds of polled requests: what a grant of one kind adds, its own module knows.
"""

from dataclasses import replace
from typing import Final

from idp.audit.events import TokensIssued
from idp.audit.log import audit_entry_of_gate
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.issued import found_artefact, insert_access_token_of_code, new_value
from idp.authorization_server.polled_errors import AuthorizationPending, ExpiredToken, SlowDown
from idp.authorization_server.polled_requests import PolledKind, PolledState
from idp.authorization_server.polls import Standing, approved_authorization, polling, redeeming, standing_of_poll
from idp.authorization_server.resources import NARROWING, narrowed
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import AccessDenied, InvalidGrant, UnauthorizedClient
from idp.services import Services
from idp.token.presented import decided_tokens, standing_of

# A decision may fall between our look and our statement; then the next look sees it.
_LOOKS: Final = 3
_NOT_REDEEMABLE: Final = "the value is not valid for this client, or was used before"


async def answer_poll(
    services: Services, asked: ClientRequest, kind: PolledKind, value: str, now: float
) -> IssuedTokens:
    """Raises OAuthError. `AuthorizationPending` and `SlowDown` are told already: they use the client's assertion up and
    leave no event, because nothing has come of the request yet."""
    if kind.grant_type not in asked.client.grant_types:
        raise UnauthorizedClient("this client is not registered for this grant type")
    for _ in range(_LOOKS):
        standing = await standing_of_poll(services.database, kind, value, asked.client.client_id)
        if _is_approved(standing, now=int(now)):
            await _check_narrowing(services, asked, kind, value)
            tokens = await _redeemed(services, asked, kind, value, now)
            if tokens is None:
                raise InvalidGrant(_NOT_REDEEMABLE)
            return tokens
        poll = polling(kind, value, asked.client.client_id, now=int(now))
        row = await commit_for(services, asked, gate=poll)
        if row is not None:
            raise SlowDown("wait longer between two polls") if row["hurried"] else AuthorizationPending()
    raise InvalidGrant(_NOT_REDEEMABLE)


def _is_approved(standing: Standing | None, *, now: int) -> bool:
    """Raises what a client is told when no poll can change anything any more."""
    if standing is None or standing.is_redeemed:
        raise InvalidGrant(_NOT_REDEEMABLE)
    if standing.state is PolledState.DENIED:
        raise AccessDenied("the person refused")
    if standing.expires_at <= now:
        raise ExpiredToken("nobody decided in time")
    return standing.state is PolledState.APPROVED


async def _check_narrowing(services: Services, asked: ClientRequest, kind: PolledKind, value: str) -> None:
    """What was approved is not used up by who asks it for more than it holds (RFC 8707 §2.2)."""
    if not NARROWING & asked.form.keys():
        return
    client = asked.client
    approved = await approved_authorization(services.database, services.vault, kind, value, client.client_id)
    if approved is not None:
        narrowed(asked.form, approved, client, services.configuration.resource_servers)


async def _redeemed(
    services: Services, asked: ClientRequest, kind: PolledKind, value: str, now: float
) -> IssuedTokens | None:
    """As a code is redeemed: one statement uses the request up and writes the access token. None where another poll
    was first, or what was approved does not stand any more."""
    client_id, access_token = asked.client.client_id, new_value()
    written = insert_access_token_of_code(
        access_token, expires_at=int(now) + services.settings.access_token_lifetime, sender=asked.sender
    )
    event = audit_entry_of_gate(
        TokensIssued(client_id=client_id, grant_type=kind.grant_type), now_ms=int(now * 1000), columns=("grant_id",)
    )
    gate = redeeming(kind, value, client_id, now=int(now))
    row = await commit_for(services, asked, written, event, gate=gate)
    if row is None:
        return None
    found = standing_of(services, asked, replace(found_artefact(row, services.vault), consumed_at=None))
    if found is None:
        # The source was switched off since: the token that was written is not found usable either.
        return None
    tokens = await decided_tokens(services, asked, found, now, access_token=access_token)
    if tokens.inserts:
        await services.database.commit(*tokens.inserts)
    return tokens
