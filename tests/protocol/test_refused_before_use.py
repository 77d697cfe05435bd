"""A refusal leaves what it refuses as it was: the code, the approval, the refresh token. Whoever mends what was wrong
has the tokens at once, and an honest client is told of no replay."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest

from idp.audit.events import AuthorizationCodeReplayed, ClientAuthenticationFailed, RefreshTokenReplayed, TokensIssued
from idp.storage.database import Database
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.device import GRANT, Device, approve, register_device
from tests.support.provider import Provider, RelyingPartyDriver, running_provider
from tests.support.resources import (
    INSURANCE,
    OFFLINE,
    RECORD,
    TAX,
    TYPES_FILE,
    Neighbourhood,
    allowed_code,
    details,
    neighbourhood,
)
from tests.support.switching_off import switch_off, switch_on

# Encrypted for a resource server that shows no key; nobody listens there.
NO_KEY = {"access_token_encrypted_response_alg": "ECDH-ES", "jwks_uri": "https://127.0.0.1:1/jwks"}
A_KEY = {"access_token_encrypted_response_alg": None, "jwks_uri": None}
SIGNS = {"token_endpoint_auth_method": "private_key_jwt"}


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, authorization_details_types=TYPES_FILE) as running:
        yield running


class Signing:
    """The service of a neighbourhood, which proves itself by assertions: each works once."""

    def __init__(self, provider: Provider, party: RelyingPartyDriver, key: ClientKey) -> None:
        self.provider, self.party, self.key = provider, party, key

    async def post(self, path: str, **form: str) -> httpx2.Response:
        claims = assertion_claims(self.party.client_id, self.provider.issuer, self.provider.clock())
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.key.sign(claims)}
        return await self.provider.http.post(path, data={**form, **proof})

    async def redeem(self, code: str, **changes: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.party.redirect_uri,
            "code_verifier": self.party.code_verifier,
        }
        return await self.post("/token", **form, **changes)


async def signing(provider: Provider, **metadata: Any) -> tuple[Neighbourhood, Signing]:
    key = ClientKey()
    around = await neighbourhood(provider, jwks=key.jwks(), **SIGNS, **metadata)
    return around, Signing(provider, around.service, key)


async def is_told_of_nothing_but_refusals(provider: Provider, *, issued: int) -> None:
    assert await provider.count_of(TokensIssued) == issued
    assert await provider.count_of(ClientAuthenticationFailed) == 0
    assert await provider.count_of(AuthorizationCodeReplayed) == 0


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"resource": INSURANCE}, id="by a resource"),
        pytest.param({"authorization_details": details(RECORD)}, id="by authorization_details"),
    ],
)
async def test_a_code_outlives_a_resource_server_without_a_key(provider: Provider, asked: Mapping[str, str]) -> None:
    around, service = await signing(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service)
    code = await allowed_code(around.service, browser, **asked)
    await provider.amend(around.insurance, **NO_KEY)

    refused = [await service.redeem(code), await service.redeem(code)]
    await provider.amend(around.insurance, **A_KEY)
    redeemed = await service.redeem(code)

    assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(400, "invalid_target")] * 2
    assert redeemed.status_code == 200, redeemed.text
    await is_told_of_nothing_but_refusals(provider, issued=1)


async def test_a_code_outlives_a_resource_server_that_is_disabled(provider: Provider) -> None:
    around, service = await signing(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service)
    code = await allowed_code(around.service, browser, resource=INSURANCE)
    await provider.disable(around.insurance)

    refused = await service.redeem(code)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")
    await is_told_of_nothing_but_refusals(provider, issued=0)


async def test_a_retry_does_not_end_an_earlier_login(provider: Provider) -> None:
    around = await neighbourhood(provider)
    service = around.service
    browser = await provider.logged_in_browser(consenting_to=service)
    earlier = await service.log_in(browser, scope=OFFLINE)
    code = await allowed_code(service, browser, resource=INSURANCE, scope=OFFLINE)
    await provider.amend(around.insurance, **NO_KEY)

    await service.redeem(code)
    await service.redeem(code)

    assert (await service.userinfo(earlier["access_token"])).status_code == 200
    assert (await service.refresh(earlier["refresh_token"])).status_code == 200


@pytest.mark.parametrize("asked", [{}, {"resource": INSURANCE}], ids=["for userinfo", "for a resource"])
async def test_a_code_outlives_a_source_that_is_off_for_a_while(provider: Provider, asked: Mapping[str, str]) -> None:
    around, service = await signing(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service, source_id="tax")
    code = await (allowed_code if asked else RelyingPartyDriver.code)(around.service, browser, **asked)
    await switch_off(provider, "tax")

    refused = await service.redeem(code)
    await switch_on(provider, "tax")
    redeemed = await service.redeem(code)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert redeemed.status_code == 200, redeemed.text
    await is_told_of_nothing_but_refusals(provider, issued=1)


async def test_a_code_outlives_a_source_that_its_service_may_not_use_for_a_while(provider: Provider) -> None:
    around, service = await signing(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service, source_id="tax")
    code = await around.service.code(browser)
    await provider.amend(around.service, allowed_sources=["another"])

    refused = await service.redeem(code)
    await provider.amend(around.service, allowed_sources=["tax", "another"])
    redeemed = await service.redeem(code)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert redeemed.status_code == 200, redeemed.text
    await is_told_of_nothing_but_refusals(provider, issued=1)


async def test_a_code_for_a_resource_is_redeemed_once_and_its_replay_ends_its_tokens(provider: Provider) -> None:
    around, service = await signing(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service)
    code = await allowed_code(around.service, browser, resource=INSURANCE)

    answers = await provider.at_once([service.redeem(code), service.redeem(code)])

    assert sorted(answer.status_code for answer in answers) == [200, 400]
    assert await provider.count_of(TokensIssued) == 1
    assert await provider.count_of(AuthorizationCodeReplayed) == 1


@pytest.mark.parametrize("grants", [[GRANT], [GRANT, "refresh_token"]], ids=["without refresh", "with refresh"])
async def test_what_a_person_approved_on_a_device_outlives_a_refusal(provider: Provider, grants: list[str]) -> None:
    around, service = await signing(provider, grant_types=["authorization_code", *grants])
    browser = await provider.logged_in_browser(consenting_to=around.service)
    codes = (await service.post("/device_authorization", scope="openid profile", resource=INSURANCE)).json()
    await approve(browser, codes)
    await provider.amend(around.insurance, **NO_KEY)
    poll = {"grant_type": GRANT, "device_code": codes["device_code"]}

    refused = [await service.post("/token", **poll), await service.post("/token", **poll)]
    await provider.amend(around.insurance, **A_KEY)
    redeemed = await service.post("/token", **poll)
    again = await service.post("/token", **poll)

    assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(400, "invalid_target")] * 2
    assert redeemed.status_code == 200, redeemed.text
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    await is_told_of_nothing_but_refusals(provider, issued=1)


async def test_what_a_person_approved_outlives_a_source_that_is_off_for_a_while(provider: Provider) -> None:
    device = Device(await register_device(provider))
    codes = await device.codes()
    await approve(await provider.logged_in_browser(source_id="tax"), codes)
    await switch_off(provider, "tax")

    refused = await device.poll(codes)
    await switch_on(provider, "tax")
    redeemed = await device.poll(codes)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert redeemed.status_code == 200, redeemed.text
    await is_told_of_nothing_but_refusals(provider, issued=1)


async def test_a_refresh_token_outlives_a_resource_server_without_a_key(provider: Provider) -> None:
    around = await neighbourhood(provider)
    browser = await provider.logged_in_browser(consenting_to=around.service)
    code = await allowed_code(around.service, browser, resource=INSURANCE, scope=OFFLINE)
    tokens = (await around.service.redeem(code)).json()
    await provider.amend(around.insurance, **NO_KEY)

    refused = await around.service.refresh(tokens["refresh_token"])
    await provider.amend(around.insurance, **A_KEY)
    refreshed = await around.service.refresh(tokens["refresh_token"])

    assert refused.json()["error"] == "invalid_target"
    assert refreshed.status_code == 200, refreshed.text


@pytest.mark.parametrize("right", [True, False], ids=["granted details", "other details"])
async def test_a_stolen_code_tells_nothing_without_its_verifier(provider: Provider, right: bool) -> None:
    around = await neighbourhood(provider, token_endpoint_auth_method="none")
    service = around.service
    browser = await provider.logged_in_browser(consenting_to=service)
    code = await allowed_code(service, browser, authorization_details=details(RECORD))
    guess = RECORD if right else {**RECORD, "from": "2001-01"}

    thief = await provider.http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "client_id": service.client_id,
            "code": code,
            "redirect_uri": service.redirect_uri,
            "code_verifier": "x" * 43,
            "authorization_details": details(guess),
        },
    )

    assert (thief.status_code, thief.json()["error"]) == (400, "invalid_grant")
    assert await provider.count_of(AuthorizationCodeReplayed) == 0


class Bound:
    """A public client, whose refresh tokens are bound to its key; `None` for who has no key."""

    def __init__(self, provider: Provider, around: Neighbourhood) -> None:
        self.provider, self.around = provider, around

    async def token(self, key: ClientKey | None, **form: str) -> httpx2.Response:
        headers = {} if key is None else {"dpop": proof_of(key, "/token")}
        data = {"client_id": self.around.service.client_id, **form}
        return await self.provider.http.post("/token", data=data, headers=headers)

    async def refresh(self, key: ClientKey | None, refresh_token: str, **form: str) -> httpx2.Response:
        return await self.token(key, grant_type="refresh_token", refresh_token=refresh_token, **form)


async def bound(provider: Provider, key: ClientKey | None) -> tuple[Bound, str]:
    around = await neighbourhood(provider, token_endpoint_auth_method="none")
    service, client = around.service, Bound(provider, around)
    browser = await provider.logged_in_browser(consenting_to=service)
    code = await allowed_code(service, browser, resource=TAX, scope=OFFLINE)
    redeemed = await client.token(
        key,
        grant_type="authorization_code",
        code=code,
        redirect_uri=service.redirect_uri,
        code_verifier=service.code_verifier,
    )
    return client, redeemed.json()["refresh_token"]


@pytest.mark.parametrize("resource", [None, INSURANCE, TAX])
@pytest.mark.parametrize("has_a_key", [True, False], ids=["with another key", "without a key"])
async def test_a_stolen_refresh_token_tells_nothing_without_its_key(
    provider: Provider, resource: str | None, has_a_key: bool
) -> None:
    client, refresh_token = await bound(provider, ClientKey())
    asked = {} if resource is None else {"resource": resource}

    thief = await client.refresh(ClientKey() if has_a_key else None, refresh_token, **asked)

    assert (thief.status_code, thief.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("has_a_key", [True, False], ids=["with another key", "without a key"])
async def test_a_used_refresh_token_without_its_key_ends_nobodys_logins(provider: Provider, has_a_key: bool) -> None:
    key = ClientKey()
    client, used = await bound(provider, key)
    current = (await client.refresh(key, used)).json()["refresh_token"]

    thief = await client.refresh(ClientKey() if has_a_key else None, used)
    owner = await client.refresh(key, current)

    assert (thief.status_code, thief.json()["error"]) == (400, "invalid_grant")
    assert owner.status_code == 200, owner.text
    assert await provider.count_of(RefreshTokenReplayed) == 0


@pytest.mark.parametrize("is_bound", [True, False])
async def test_a_used_refresh_token_shown_by_who_may_use_it_ends_the_family(provider: Provider, is_bound: bool) -> None:
    key = ClientKey() if is_bound else None
    client, used = await bound(provider, key)
    current = (await client.refresh(key, used)).json()["refresh_token"]

    replayed = await client.refresh(key, used)
    after = await client.refresh(key, current)

    assert [replayed.status_code, after.status_code] == [400, 400]
    assert await provider.count_of(RefreshTokenReplayed) == 1
