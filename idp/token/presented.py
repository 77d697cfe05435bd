"""What every grant does with the artefact it was shown: what of it still stands, what to decide over, what a replay
costs."""

from dataclasses import replace

from idp.audit.events import AuthorizationCodeReplayed, RefreshTokenReplayed, TokenRequestRefused
from idp.audit.log import audit_entry
from idp.authorization_server.audience import Audience
from idp.authorization_server.authenticated_client import ClientRequest, commit_for
from idp.authorization_server.issued import Found, revoke_access_token, revoke_grant
from idp.authorization_server.resources import audience_of
from idp.authorization_server.standing import as_granted_now
from idp.authorization_server.token_request import IssuedTokens, Lifetimes, TokenRequest
from idp.authorization_server.token_server import decide_tokens
from idp.errors import InvalidGrant
from idp.services import Services

NOT_REDEEMABLE = "the code or refresh token is not valid for this client, redirect URI and code_verifier"


class ReplayPunished(InvalidGrant):
    """The grant was revoked, and the event that says so is written."""


class RefusedAfterUse(InvalidGrant):
    """What was shown is used up, and its token taken back; the event that says so is written."""


def standing_of(services: Services, asked: ClientRequest, found: Found) -> Found | None:
    """The same, cut down to what its client may have today. Somebody else's is left for the decision to refuse."""
    if found.authorization.client_id != asked.client.client_id:
        return found
    granted = as_granted_now(found.authorization, asked.client, services.configuration.is_switched_off)
    return None if granted is None else replace(found, authorization=granted)


async def decided_tokens(
    services: Services, asked: ClientRequest, found: Found | None, now: float, *, access_token: str | None = None
) -> IssuedTokens:
    """What becomes of it. `access_token` is a value whose row is written already, and is left alone where the token
    is for a resource server: such a one has a row of its own kind. Raises OAuthError."""
    audience = None
    if found is not None and found.is_usable(int(now)) and found.authorization.client_id == asked.client.client_id:
        audience = await audience_of(services, asked.client, asked.form, found.authorization, now=int(now))
    if audience is not None:
        access_token = None
    return decide_tokens(_token_request(services, asked, found, now, access_token=access_token, audience=audience))


def _token_request(
    services: Services,
    asked: ClientRequest,
    found: Found | None,
    now: float,
    *,
    access_token: str | None,
    audience: Audience | None,
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
        sender=asked.sender,
        audience=audience,
        resource_servers=services.configuration.resource_servers,
    )


async def take_back(services: Services, asked: ClientRequest, access_token: str, now: float) -> None:
    """Of tokens that were written, and that nobody is to see."""
    told = TokenRequestRefused(client_id=asked.client.client_id, error=InvalidGrant.error)
    await services.database.commit(
        revoke_access_token(access_token, now=int(now)), audit_entry(told, now_ms=int(now * 1000))
    )


def check_refresh_sender(asked: ClientRequest, found: Found) -> None:
    """A refresh token that is bound to a key is worth nothing without it, and is not judged either: it is used up by
    its holder, and whoever shows it after that without the key ends nobody's logins (RFC 9449 §5). Raises InvalidGrant.
    """
    bound_to = found.authorization.refresh_sender
    if bound_to is not None and (asked.sender is None or asked.sender.text != bound_to):
        raise InvalidGrant(NOT_REDEEMABLE)


async def punish_replay(
    services: Services,
    asked: ClientRequest,
    found: Found,
    kind: type[AuthorizationCodeReplayed | RefreshTokenReplayed],
    now: float,
) -> None:
    """A second use revokes the whole grant, but only when its own client shows it (RFC 6749 §4.1.2).

    Raises ReplayPunished; returns when there was nothing left to revoke. A replayed assertion proves no client.
    """
    authorization = found.authorization
    if authorization.client_id != asked.client.client_id:
        return
    event = kind(
        client_id=authorization.client_id,
        person_id=authorization.person_id,
        session_id=authorization.session_id,
        grant_id=authorization.grant_id,
    )
    gate = revoke_grant(authorization.grant_id, now=int(now))
    if await commit_for(services, asked, audit_entry(event, now_ms=int(now * 1000)), gate=gate) is not None:
        raise ReplayPunished("the code or refresh token was used before")
