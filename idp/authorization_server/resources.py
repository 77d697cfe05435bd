"""Which resource server an access token is for (RFC 8707 §2.2): one, of those that were asked for at the login.

A token for a resource server is of a kind of its own: our UserInfo endpoint never finds it, and opens only tokens
that are for no resource server. A client names `<issuer>/userinfo` to get such a one beside others.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from idp.authorization_server.audience import Audience
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.encrypted_answers import NoEncryptionKey, recipient_of
from idp.identity.subjects import insert_subject, subject_for
from idp.protocol.authorization_details import Detail, InvalidAuthorizationDetails, parse_details
from idp.protocol.client import Client
from idp.protocol.resource_servers import InvalidTarget, ResourceServers
from idp.protocol.resource_uris import split_resources
from idp.services import Services
from idp.storage.database import IntegrityConflict

NARROWING: Final = frozenset({"resource", "authorization_details"})
_LOOKS: Final = 3


async def audience_of(
    services: Services, client: Client, form: Mapping[str, str], authorization: Authorization, *, now: int
) -> Audience | None:
    """None for a token of our own UserInfo endpoint. Raises InvalidTarget, InvalidAuthorizationDetails."""
    if not NARROWING & form.keys() and not authorization.reaches_resources:
        return None
    servers = services.configuration.resource_servers
    resource, details = narrowed(form, authorization, client, servers)
    server = None if resource is None else servers.open_to(client, resource)
    if resource is None or server is None:
        return None
    try:
        recipient = await recipient_of(services, server, server.access_token_encryption, now=now)
    except NoEncryptionKey as error:
        raise InvalidTarget("resource shows no key to encrypt for it") from error
    sector, sub = _sector_of_sub(server, client, is_sealed=recipient is not None), authorization.sub
    if sector != client.sector:
        sub = await _sub_at(services, authorization.person_id, sector, now=now)
    return Audience(server=server, resource=resource, sub=sub, details=details, sign=services.sign, recipient=recipient)


def narrowed(
    form: Mapping[str, str], authorization: Authorization, client: Client, servers: ResourceServers
) -> tuple[str | None, tuple[Detail, ...]]:
    """The one resource of the token, and the details for it. Who names none gets the first that was asked for."""
    granted = authorization.authorization_details or ()
    asked = _details_in(form, granted)
    reachable = (*(authorization.resource or ()), *servers.resources_of(granted))
    named = split_resources(form["resource"]) if "resource" in form else ()
    if len(named) > 1:
        raise InvalidTarget("name one resource: an access token is for one")
    if named and named[0] != servers.userinfo and named[0] not in reachable:
        raise InvalidTarget("resource is not one of those that were asked for at the login")
    by_details = servers.resources_of(asked) if "authorization_details" in form else ()
    resource = next(iter((*named, *by_details, *reachable)), servers.userinfo)
    details = servers.details_at(resource, asked)
    if "authorization_details" in form and len(details) != len(asked):
        raise InvalidAuthorizationDetails("authorization_details are for another resource than the token")
    if resource == servers.userinfo:
        return None, ()
    if servers.open_to(client, resource) is None:
        raise InvalidTarget("resource is not open to this client any more")
    return resource, details


def _sector_of_sub(server: Client, client: Client, *, is_sealed: bool) -> str:
    """What the person's `sub` in a token for `server` is computed for.

    A JWT that the service can read names them by what is of these two alone: by one that other services carry as
    well, services could compare whom they know.
    """
    is_readable = server.access_token_signed_response_alg is not None and not is_sealed
    return f"{server.sector} by {client.sector}" if is_readable and server.sector != client.sector else server.sector


def _details_in(form: Mapping[str, str], granted: tuple[Detail, ...]) -> tuple[Detail, ...]:
    if "authorization_details" not in form:
        return granted
    try:
        asked = parse_details(form["authorization_details"])
    except ValueError as error:
        raise InvalidAuthorizationDetails("authorization_details must be a short JSON array of objects") from error
    # Each as it was granted (RFC 9396 §6.1); what goes on is our copy, not what was sent.
    if not asked or any(detail not in granted for detail in asked):
        raise InvalidAuthorizationDetails("authorization_details must be some of those that were granted")
    return tuple(detail for detail in granted if detail in asked)


async def _sub_at(services: Services, person_id: str, sector: str, *, now: int) -> str:
    """How that sector knows the person; made and stored when it is the first time."""
    database = services.database
    for _ in range(_LOOKS):
        row = await database.fetch_row(
            "SELECT sub FROM subject_identifier WHERE person_id = $1 AND sector = $2", person_id, sector
        )
        if row is not None:
            return str(row["sub"])
        # What a merge may have stored in the same moment is found by looking again.
        with suppress(IntegrityConflict):
            await database.commit(
                insert_subject(person_id, sector, subject_for(person_id, sector, services.vault), now=now)
            )
    raise InvalidTarget("resource cannot be reached now")
