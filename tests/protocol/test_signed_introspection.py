"""RFC 9701: an introspection answer that proves who made it, for whom, and that it is nothing else."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

from idp.storage.database import Database
from tests.protocol.test_encrypted_id_token import jwks_of, opened
from tests.support.provider import Browser, RelyingPartyDriver, answer_of, claims_of, running_provider
from tests.support.resources import INSURANCE, TAX, Neighbourhood, allowed_tokens, introspected, neighbourhood

_TYPE = "application/token-introspection+jwt"


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(database) as provider:
        yield await neighbourhood(provider)


@pytest.fixture
async def browser(here: Neighbourhood) -> Browser:
    return await here.provider.logged_in_browser(consenting_to=here.service)


async def ask(party: RelyingPartyDriver, token: str, *, accept: str = _TYPE) -> httpx2.Response:
    headers = {"authorization": party.basic(), "accept": accept}
    return await party.provider.http.post("/introspect", data={"token": token}, headers=headers)


async def test_the_answer_is_signed_as_registered_and_says_what_the_plain_one_says(
    here: Neighbourhood, browser: Browser
) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    answer = await ask(here.insurance, token)
    keys = KeySet.import_key_set((await here.provider.http.get("/jwks")).json())
    verified = jws.deserialize_compact(answer.text, keys, algorithms=["PS256"])
    claims = claims_of(answer.text)

    assert answer.headers["content-type"].startswith(_TYPE)
    assert answer.headers["cache-control"] == "no-store"
    assert verified.headers()["typ"] == "token-introspection+jwt"
    assert set(claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (claims["iss"], claims["aud"]) == (here.provider.issuer, INSURANCE)
    assert claims["token_introspection"] == await introspected(here.insurance, token)


async def test_nothing_is_said_of_a_token_that_is_somebody_elses_and_that_is_signed_too(
    here: Neighbourhood, browser: Browser
) -> None:
    token = (await allowed_tokens(here.service, browser, resource=TAX))["access_token"]

    claims = claims_of((await ask(here.insurance, token)).text)

    assert claims["token_introspection"] == {"active": False}


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/jwt", f"{_TYPE}x"])
async def test_who_does_not_ask_for_it_gets_json(here: Neighbourhood, accept: str) -> None:
    assert (await ask(here.insurance, "x" * 43, accept=accept)).json() == {"active": False}


@pytest.mark.parametrize("accept", [f"application/json, {_TYPE}", f"{_TYPE};q=0.5", _TYPE.upper()])
async def test_the_media_type_is_recognised_among_others(here: Neighbourhood, accept: str) -> None:
    assert (await ask(here.insurance, "x" * 43, accept=accept)).headers["content-type"].startswith(_TYPE)


async def test_who_is_registered_for_no_algorithm_is_told_so(here: Neighbourhood) -> None:
    answer = await ask(here.tax, "x" * 43)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_refusal_is_json(here: Neighbourhood) -> None:
    here.insurance.secret = "wrong"

    answer = await ask(here.insurance, "x" * 43)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_the_answer_is_taken_for_no_id_token(here: Neighbourhood, browser: Browser) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]
    answer = await ask(here.insurance, token)

    hinted = answer_of(await here.service.authorize(browser, id_token_hint=answer.text, prompt="none"))

    assert hinted["error"] == "invalid_request"


async def test_the_answer_can_be_encrypted_too(here: Neighbourhood, browser: Browser) -> None:
    key = RSAKey.generate_key(2048, {"kid": "sealed"}, private=True)
    await here.provider.amend(here.insurance, introspection_encrypted_response_alg="RSA-OAEP-256", jwks=jwks_of(key))
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    answer = await ask(here.insurance, token)
    _, inside = opened(answer.text, key, "RSA-OAEP-256", "A128CBC-HS256")

    assert answer.headers["content-type"].startswith(_TYPE)
    assert claims_of(inside)["token_introspection"]["active"] is True


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/jwt", f"{_TYPE}x", "application/*", ""])
async def test_who_is_registered_for_encryption_gets_nothing_in_the_clear(
    here: Neighbourhood, browser: Browser, accept: str
) -> None:
    key = RSAKey.generate_key(2048, {"kid": "sealed"}, private=True)
    await here.provider.amend(here.insurance, introspection_encrypted_response_alg="RSA-OAEP-256", jwks=jwks_of(key))
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    for asked, active in ((token, True), ("x" * 43, False)):
        answer = await ask(here.insurance, asked, accept=accept)
        _, inside = opened(answer.text, key, "RSA-OAEP-256", "A128CBC-HS256")

        assert answer.headers["content-type"].startswith(_TYPE)
        assert claims_of(inside)["token_introspection"]["active"] is active


@pytest.mark.parametrize(
    ("today", "seen"), [("openid", "openid"), ("openid phone", "openid"), (None, "openid profile")]
)
async def test_a_resource_server_sees_of_a_token_what_it_may_today(
    here: Neighbourhood, browser: Browser, today: str | None, seen: str
) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE, scope="openid profile"))["access_token"]
    assert (await introspected(here.insurance, token))["scope"].split() == ["openid", "profile"]

    if today is not None:
        await here.provider.amend(here.insurance, scope=today)

    assert (await introspected(here.insurance, token))["scope"] == seen
    assert claims_of((await ask(here.insurance, token)).text)["token_introspection"]["scope"] == seen


async def test_discovery_names_the_algorithms(here: Neighbourhood) -> None:
    document = (await here.provider.http.get("/.well-known/openid-configuration")).json()

    assert "PS256" in document["introspection_signing_alg_values_supported"]
    assert "authorization_details_types_supported" not in document
