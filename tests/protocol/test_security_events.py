"""Security Event Tokens (RFC 8417), pushed (RFC 8935): what a service receives, verified as a service would."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response

from idp.audit.person_events import SecurityEventPushed
from idp.background_turns import deliver_outbox, deliveries_of
from idp.identity.protection.service_events import EventKind, KnowingService, event_message
from idp.storage.database import Database, Statement
from idp.storage.live_configuration import bump_version
from keys.algorithms import SignatureAlgorithm
from keys.verify import verify
from relying_party_sdk.security_event import validate_security_event
from tests.support.http_server import served
from tests.support.provider import Provider, RelyingPartyDriver, running_provider

RISC = "https://schemas.openid.net/secevent/risc/event-type"
CAEP = "https://schemas.openid.net/secevent/caep/event-type"


@dataclass
class Receiver:
    """The service's endpoint for events."""

    status: int = 202
    bodies: list[str] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    address: str = field(default="", init=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.content_types.append(request.headers["content-type"])
        self.bodies.append((await request.body()).decode())
        await Response(status_code=self.status)(scope, receive, send)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with served(receiver) as address:
        receiver.address = address
        yield receiver


@pytest.fixture
async def provider(database: Database, receiver: Receiver) -> AsyncIterator[Provider]:
    async with running_provider(database, outbound_allow_list=(urlsplit(receiver.address).netloc,)) as running:
        yield running


@pytest.fixture
async def school(provider: Provider, receiver: Receiver) -> RelyingPartyDriver:
    return await provider.register(
        "school", security_events_uri=f"{receiver.address}/events", id_token_signed_response_alg="EdDSA"
    )


async def say(provider: Provider, kind: EventKind, **details: str) -> None:
    service = KnowingService(client_id="school", sector="school.example", sub="old-sub")
    message = event_message(kind, service, vault=provider.services.vault, now=provider.clock(), **details)
    await provider.services.database.commit(message)


async def delivered(provider: Provider) -> int:
    return await deliver_outbox(provider.services, deliveries_of(provider.services))


async def test_a_changed_sub_is_told_in_a_token_that_is_no_id_token(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver
) -> None:
    await say(provider, EventKind.SUB_CHANGED, other_sub="new-sub")
    assert await delivered(provider) == 1

    assert receiver.content_types == ["application/secevent+jwt"]
    claims = verify(
        receiver.bodies[0],
        provider.services.configuration.key_ring,
        typ="secevent+jwt",
        algorithms=[SignatureAlgorithm.EDDSA],
    )
    assert (claims["iss"], claims["aud"], claims["iat"]) == (provider.issuer, "school", int(provider.clock()))
    assert claims["sub_id"] == {"format": "iss_sub", "iss": provider.issuer, "sub": "old-sub"}
    assert claims["events"] == {f"{provider.issuer}/events/sub-changed": {"new_sub": "new-sub"}}
    assert not {"sub", "exp", "nonce"} & set(claims)
    assert await provider.count_of(SecurityEventPushed) == 1


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        (EventKind.SESSIONS_REVOKED, f"{CAEP}/session-revoked"),
        (EventKind.CREDENTIAL_COMPROMISE, f"{RISC}/credential-compromise"),
        (EventKind.ACCOUNT_DISABLED, f"{RISC}/account-disabled"),
        (EventKind.ACCOUNT_ENABLED, f"{RISC}/account-enabled"),
        (EventKind.ACCOUNT_PURGED, f"{RISC}/account-purged"),
    ],
)
async def test_what_has_a_standard_name_is_called_by_it(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver, kind: EventKind, uri: str
) -> None:
    await say(provider, kind)
    await delivered(provider)
    claims = verify(
        receiver.bodies[0],
        provider.services.configuration.key_ring,
        typ="secevent+jwt",
        algorithms=[SignatureAlgorithm.EDDSA],
    )
    assert list(claims["events"]) == [uri]  # type: ignore[call-overload]  # a mapping, as the first test shows


@pytest.mark.parametrize("status", [200, 400, 401, 500, 303])
async def test_whatever_is_not_202_is_sent_again_under_the_same_jti(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver, status: int
) -> None:
    await say(provider, EventKind.ACCOUNT_DISABLED)
    receiver.status = status
    assert await delivered(provider) == 0
    receiver.status = 202
    provider.clock.now += 10
    assert await delivered(provider) == 1
    assert await delivered(provider) == 0

    ring = provider.services.configuration.key_ring
    first, second = (
        verify(body, ring, typ="secevent+jwt", algorithms=[SignatureAlgorithm.EDDSA]) for body in receiver.bodies
    )
    assert first["jti"] == second["jti"]
    assert first["toe"] == second["toe"] != second["iat"]


async def test_a_service_that_was_disabled_meanwhile_is_told_nothing(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver
) -> None:
    await say(provider, EventKind.ACCOUNT_DISABLED)
    await provider.disable(school)
    assert await delivered(provider) == 1
    assert receiver.bodies == []


async def test_given_up_after_a_day_is_written_down(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver
) -> None:
    await say(provider, EventKind.ACCOUNT_DISABLED)
    receiver.status = 500
    provider.clock.now += 86_401
    await delivered(provider)
    (event,) = [row for row in await provider.events() if row["event"] == SecurityEventPushed.name]
    assert (event["client_id"], event["detail"]["outcome"]) == ("school", "given_up")


@pytest.mark.parametrize("kind", list(EventKind))
async def test_the_sdk_reads_every_event_that_is_sent(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver, kind: EventKind
) -> None:
    await say(provider, kind, other_sub="new-sub")
    await delivered(provider)
    event = validate_security_event(
        receiver.bodies[0],
        keys=(await provider.http.get("/jwks")).json(),
        issuer=provider.issuer,
        client_id="school",
        algorithms=("EdDSA",),
        now=int(provider.clock()),
    )
    assert event.kind.name == kind.name
    assert event.subject == "old-sub"
    about_two = kind in (EventKind.SUB_CHANGED, EventKind.SUB_RESTORED)
    assert event.new_subject == ("new-sub" if about_two else None)


async def test_what_is_not_sent_to_a_disabled_service_is_not_noted_as_delivered(
    provider: Provider, school: RelyingPartyDriver, receiver: Receiver
) -> None:
    disabled = Statement("UPDATE client SET disabled_at = 1 WHERE client_id = 'school'")
    await provider.services.database.commit(disabled, bump_version())
    await provider.services.configuration.refresh()
    await say(provider, EventKind.ACCOUNT_DISABLED)

    await delivered(provider)

    assert receiver.bodies == []
    (event,) = [row for row in await provider.events() if row["event"] == SecurityEventPushed.name]
    assert event["detail"]["outcome"] == "nobody_to_tell"
