"""From a request's metadata to a client's row, or to every reason why not. Asks the sector identifier's host."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.authorization_server.issued import new_value
from idp.protocol.client_members import SECRET_METHODS
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.logo import MEMBER, kept
from idp.registration.addresses import faults_of_strangers
from idp.registration.metadata import is_answered_elsewhere, of_operators, registrable, sector_of
from idp.registration.refusals import InvalidMetadata, refusal_of
from idp.services import Services
from idp.settings import DynamicRegistration
from idp.storage.database import Insert, Statement, Write
from idp.storage.live_configuration import bump_version
from idp.web.guarded_http import OutgoingRequestFailed
from idp.web.logos import LogoRefused

OPERATOR = "dynamic registration"


@dataclass(frozen=True)
class Accepted:
    """Metadata that passed every check, the sector it belongs to, and a new secret where its method needs one."""

    metadata: dict[str, Any]
    sector: str
    client_secret: str | None = field(repr=False)


async def accept(
    services: Services, received: object, *, client_id: str, before: Mapping[str, Any] = MappingProxyType({})
) -> Accepted:
    """`before`: the registration that this one replaces. Raises InvalidMetadata, InvalidRedirectUri."""
    metadata = registrable(received) | of_operators(before)
    asked_for_pairwise = isinstance(received, dict) and received.get("subject_type") is not None
    sector = sector_of(metadata, client_id=client_id, asked_for_pairwise=asked_for_pairwise)
    if sector is None:
        # First the addresses themselves: a sector is no remedy for one that is not allowed.
        _check(services, client_id, metadata, sector="several")
        raise InvalidMetadata("sector_identifier_uri: missing; the redirect URIs have several hosts")
    _check(services, client_id, metadata, sector=sector)
    settings = services.settings
    if settings.dynamic_registration is DynamicRegistration.OPEN and not settings.strangers_reach_allow_list:
        faults = faults_of_strangers(metadata, settings.outbound_allow_list)
        if faults:
            raise refusal_of(faults)
    if metadata.get("request_uris") and not services.settings.request_uri_by_reference:
        raise InvalidMetadata("request_uris: not supported")
    await _check_sector_identifier(services, metadata)
    metadata |= await _logo(services, metadata)
    by_secret = metadata["token_endpoint_auth_method"] in SECRET_METHODS
    return Accepted(metadata, sector, new_value() if by_secret else None)


def _check(services: Services, client_id: str, metadata: dict[str, Any], *, sector: str) -> None:
    try:
        parse_client(
            client_id,
            metadata,
            sector=sector,
            is_sandbox=True,
            accepts_certificates=services.settings.accepts_certificates,
        )
    except InvalidClientMetadata as error:
        raise refusal_of(error.faults) from error


async def _check_sector_identifier(services: Services, metadata: dict[str, Any]) -> None:
    """It lists every redirect URI, so that nobody joins a sector without its consent (Registration 5)."""
    uri = metadata.get("sector_identifier_uri")
    if uri is None:
        return
    if is_answered_elsewhere(metadata) or not metadata.get("redirect_uris"):
        # There would be nothing that the list proves, and an empty set is part of every list.
        raise InvalidMetadata("sector_identifier_uri: only for a client that is answered at its redirect URIs alone")
    if not uri.startswith("https://"):
        raise InvalidMetadata("sector_identifier_uri: must begin with https://")
    try:
        listed = await services.http.get_json(uri)
    except OutgoingRequestFailed as error:
        raise InvalidMetadata("sector_identifier_uri: gave no JSON list") from error
    if not isinstance(listed, list) or not set(metadata["redirect_uris"]) <= {u for u in listed if isinstance(u, str)}:
        raise InvalidMetadata("sector_identifier_uri: does not list every redirect URI")


async def _logo(services: Services, metadata: dict[str, Any]) -> dict[str, str]:
    """Fetched now and never again: what an address shows later is nobody's word about this service."""
    uri = metadata.get("logo_uri")
    if uri is None:
        return {}
    try:
        answer = await services.http.request("GET", uri, headers={"accept": "image/png, image/jpeg"})
        if answer.status != 200:
            raise InvalidMetadata("logo_uri: gave no picture")
        return {MEMBER: kept(await services.logos.make(answer.body))}
    except OutgoingRequestFailed as error:
        raise InvalidMetadata("logo_uri: gave no picture of at most 64 KB") from error
    except LogoRefused as error:
        raise InvalidMetadata(f"logo_uri: {error.reason}") from error


def insert_client(client_id: str, accepted: Accepted, *, now: float) -> tuple[Write, ...]:
    row = Insert(
        "client",
        {
            "client_id": client_id,
            "metadata": json.dumps(accepted.metadata),
            "client_secret_hash": _hash(accepted.client_secret),
            "sector": accepted.sector,
            "disabled_at": None,
            "created_at": int(now),
            "updated_at": int(now),
        },
    )
    return (row, *_told(client_id, "registered", now))


def replace_client(
    client_id: str, accepted: Accepted, *, read: str, now: float, new_secret: bool
) -> tuple[Statement, tuple[Write, ...]]:
    """A gate, and what is written with it: nothing if the registration is no longer as it was `read`, or ended.

    `new_secret` where the client had none before; else the one it has stays.
    """
    has_none = accepted.client_secret is None
    secret = "$4" if has_none or new_secret else "COALESCE(client_secret_hash, $4)"
    changed = Statement(
        f"UPDATE client SET metadata = $1, updated_at = $2, client_secret_hash = {secret} "
        "WHERE client_id = $3 AND CAST(metadata AS TEXT) = $5 AND disabled_at IS NULL RETURNING client_id",
        (json.dumps(accepted.metadata), int(now), client_id, _hash(accepted.client_secret), read),
    )
    return changed, _told(client_id, "updated", now)


def end_client(client_id: str, *, now: float) -> tuple[Write, ...]:
    """Its tokens end with it, as with every client that is disabled (RFC 7592 §2.3)."""
    ended = Statement(
        "UPDATE client SET disabled_at = $1, updated_at = $1 WHERE client_id = $2 AND disabled_at IS NULL",
        (int(now), client_id),
    )
    return (ended, *_told(client_id, "unregistered", now))


def _told(client_id: str, action: str, now: float) -> tuple[Write, ...]:
    event = ConfigurationChanged(client_id=client_id, subject="client", action=action, operator=OPERATOR)
    return (bump_version(), audit_entry(event, now_ms=int(now * 1000)))


def _hash(secret: str | None) -> bytes | None:
    return None if secret is None else hashlib.sha256(secret.encode()).digest()
