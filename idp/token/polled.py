"""A poll for what a person decides elsewhere (CIBA Core 11, RFC 8628 §3.5): not yet, too fast, no, too late, or tokens.

One for all kinds of polled requests: what a grant of one kind adds, its own module knows.
"""

from typing import Final

from idp.audit.events import TokensIssued
from idp.audit.log import audit_entry
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import Found
from idp.authorization_server.polled_errors import AuthorizationPending, ExpiredToken, SlowDown
from idp.authorization_server.polled_requests import PolledKind, PolledState
from idp.authorization_server.polls import Standing, approved_authorization, polling, redeeming, standing_of_poll
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
        standing = _alive(await standing_of_poll(services.database, kind, value, asked.client.client_id), now=int(now))
        if standing.state is PolledState.APPROVED:
            tokens = await _redeemed(services, asked, kind, value, standing, now)
            if tokens is None:
                raise InvalidGrant(_NOT_REDEEMABLE)
            return tokens
        poll = polling(kind, value, asked.client.client_id, now=int(now))
        row = await commit_for(services, asked, gate=poll)
        if row is not None:
            raise SlowDown("wait longer between two polls") if row["hurried"] else AuthorizationPending()
    raise InvalidGrant(_NOT_REDEEMABLE)


def _alive(standing: Standing | None, *, now: int) -> Standing:
    """Raises what a client is told when no poll can change anything any more."""
    if standing is None or standing.is_redeemed:
        raise InvalidGrant(_NOT_REDEEMABLE)
    if standing.state is PolledState.DENIED:
        raise AccessDenied("the person refused")
    if standing.expires_at <= now:
        raise ExpiredToken("nobody decided in time")
    return standing


async def _redeemed(
    services: Services, asked: ClientRequest, kind: PolledKind, value: str, standing: Standing, now: float
) -> IssuedTokens | None:
    """Looks, decides, and then uses the request up with all that it turns into, in one statement: whatever is refused,
    what the person approved is left as it is. None where another poll was first, or it does not stand any more."""
    client_id = asked.client.client_id
    approved = await approved_authorization(services.database, services.vault, kind, value, client_id)
    if approved is None:
        return None
    found = standing_of(services, asked, _found(approved, standing))
    if found is None:
        return None
    tokens = await decided_tokens(services, asked, found, now)
    event = TokensIssued(client_id=client_id, grant_id=approved.grant_id, grant_type=kind.grant_type)
    gate = redeeming(kind, value, client_id, now=int(now))
    entry = audit_entry(event, now_ms=int(now * 1000))
    return None if await commit_for(services, asked, *tokens.inserts, entry, gate=gate) is None else tokens


def _found(approved: Authorization, standing: Standing) -> Found:
    """As the decision reads it. What became of its grant, the gate looks at."""
    return Found(authorization=approved, expires_at=standing.expires_at, consumed_at=None, grant_revoked_at=None)
