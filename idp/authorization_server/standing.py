"""What an authorization is still worth now: registrations are narrowed and sources switched off after it was given.

Asked at every use of a code, an access token and a refresh token, so that no path forgets it. Pure.
"""

from collections.abc import Callable
from dataclasses import replace

from idp.authorization_server.authorization import Authorization
from idp.protocol.claims import allowed_claims, claims_about_the_login
from idp.protocol.client import Client

IsSwitchedOff = Callable[[str], bool]


def as_granted_now(
    authorization: Authorization, client: Client, is_switched_off: IsSwitchedOff
) -> Authorization | None:
    """Cut down to what the client may have today; None when the source it came from no longer counts."""
    source_id = authorization.source_id
    if is_switched_off(source_id):
        return None
    if client.allowed_sources is not None and source_id not in client.allowed_sources:
        return None
    authorization = _with_details_of_today(authorization, client)
    scopes = authorization.scope.split()
    kept = [scope for scope in scopes if scope in client.scope]
    if kept == scopes:
        return authorization
    allowed = allowed_claims(client.scope) | claims_about_the_login()
    return authorization.narrowed(" ".join(kept), allowed)


def _with_details_of_today(authorization: Authorization, client: Client) -> Authorization:
    details = authorization.authorization_details
    if details is None or all(detail["type"] in client.authorization_details_types for detail in details):
        return authorization
    kept = tuple(detail for detail in details if detail["type"] in client.authorization_details_types)
    return replace(authorization, authorization_details=kept or None)
