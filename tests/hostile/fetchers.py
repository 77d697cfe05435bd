"""Everything of ours that opens a connection to an address somebody else wrote. A new one is a new row."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from idp.authentication.contract import SourceUnavailable
from idp.authentication.source_configuration import SourceConfigurationInvalid
from idp.authorization_server.ping_messages import AUTH_REQ_ID, NOTIFICATION_TOKEN
from idp.backchannel_authentication.ping import deliver_ping
from idp.identity.protection.service_events import EventKind, ServiceEvent
from idp.logout.backchannel import deliver_logout
from idp.security_events.delivery import deliver_security_event
from idp.storage.outbox import OutboxMessage
from idp.web.guarded_http import OutgoingRequestFailed
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.provider import Provider, answer_of
from tests.support.sources import NOW, visit
from tests.support.upstream_source import build

_KEY: Final = ClientKey()
_CIBA: Final = "urn:openid:params:grant-type:ciba"
_CALLBACK: Final = "https://service.example/callback"


@dataclass(frozen=True)
class Fetcher:
    """`fetch` has the provider ask at the address; it returns the word of the refusal."""

    name: str
    refusal: str
    fetch: Callable[[Provider, str], Awaitable[str]] = field(repr=False)

    def __str__(self) -> str:
        return self.name


async def _jwks_uri(provider: Provider, address: str) -> str:
    party = await provider.register("service", token_endpoint_auth_method="private_key_jwt", jwks_uri=address)
    assertion = _KEY.sign(assertion_claims(party.client_id, provider.issuer, NOW))
    form = {"token": "x", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return str((await provider.http.post("/introspect", data=form)).json()["error"])


async def _request_uri(provider: Provider, address: str) -> str:
    party = await provider.register("service", jwks=_KEY.jwks(), request_uris=[address])
    outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "response_type": "code"}
    answer = await provider.browser().get("/authorize", **outer, request_uri=address)
    # An address that no registration may hold leaves the service unknown: a page, and no redirect.
    return answer_of(answer)["error"] if answer.status_code == 303 else "invalid_request_uri"


def _registered(member: str) -> Callable[[Provider, str], Awaitable[str]]:
    async def register(provider: Provider, address: str) -> str:
        document = {"redirect_uris": [_CALLBACK], "client_name": "Dịch vụ", member: address}
        return str((await provider.http.post("/register", json=document)).json()["error"])

    return register


async def _raised(delivery: Awaitable[object]) -> str:
    """What is not to be reached is left in the outbox, with the word of the refusal."""
    try:
        await delivery
    except OutgoingRequestFailed:
        return "not delivered"
    return "delivered"


async def _logout(provider: Provider, address: str) -> str:
    await provider.register("service", backchannel_logout_uri=address)
    if await provider.services.configuration.client("service") is None:
        return "not delivered"
    payload = json.dumps({"client_id": "service", "sub": "somebody", "sid": "session"}).encode()
    return await _raised(deliver_logout(provider.services, payload, now=NOW))


async def _security_event(provider: Provider, address: str) -> str:
    await provider.register("service", security_events_uri=address)
    if await provider.services.configuration.client("service") is None:
        return "not delivered"
    event = ServiceEvent(kind=EventKind.SUB_CHANGED, client_id="service", sub="old", other_sub="new", jti="1", at=NOW)
    return await _raised(deliver_security_event(provider.services, event.to_bytes(), now=NOW))


async def _ping(provider: Provider, address: str) -> str:
    await provider.register(
        "service",
        grant_types=[_CIBA],
        backchannel_token_delivery_mode="ping",
        backchannel_client_notification_endpoint=address,
    )
    if await provider.services.configuration.client("service") is None:
        return "not delivered"
    told = {"client_id": "service", AUTH_REQ_ID: "1", NOTIFICATION_TOKEN: "token", "expires_at": NOW + 60}
    message = OutboxMessage("1", "ciba_ping", json.dumps(told).encode(), 1, NOW, NOW + 60)
    return await _raised(deliver_ping(provider.services, message))


async def _upstream(provider: Provider, address: str) -> str:
    services = provider.services
    try:
        source = build(address.removesuffix("/x"), services.http, provider.clock, services.database)
        await source.begin(visit())
    except (SourceConfigurationInvalid, SourceUnavailable):
        return "source unavailable"
    return "begun"


FETCHERS: Final = (
    Fetcher("jwks_uri", "invalid_client", _jwks_uri),
    Fetcher("request_uri", "invalid_request_uri", _request_uri),
    Fetcher("sector_identifier_uri", "invalid_client_metadata", _registered("sector_identifier_uri")),
    Fetcher("logo_uri", "invalid_client_metadata", _registered("logo_uri")),
    Fetcher("backchannel_logout_uri", "not delivered", _logout),
    Fetcher("security_events_uri", "not delivered", _security_event),
    Fetcher("backchannel_client_notification_endpoint", "not delivered", _ping),
    Fetcher("the discovery document of a source", "source unavailable", _upstream),
)
