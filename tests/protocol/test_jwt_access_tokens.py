"""RFC 9068: what a resource server reads in a token by itself, and what such a token is never taken for."""

from collections.abc import AsyncIterator

import pytest
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError
from joserfc.jwk import ECKey, KeySet

from idp.storage.database import Database
from relying_party_sdk.compact import CompactRefused, verify_compact
from tests.protocol.test_dpop import proof_of
from tests.protocol.test_encrypted_id_token import jwks_of, opened
from tests.protocol.test_mutual_tls import redeem, thumbprint
from tests.support.assertions import ClientKey
from tests.support.certificates import named, self_signed
from tests.support.mutual_tls import ON, from_proxy
from tests.support.provider import Browser, answer_of, claims_of, running_provider
from tests.support.resources import (
    INSURANCE,
    OFFLINE,
    RECORD,
    TAX,
    Neighbourhood,
    allowed_code,
    allowed_tokens,
    details,
    introspected,
    neighbourhood,
)
from tests.support.resources import TYPES_FILE as _TYPES

_KEY = ClientKey()


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(database, authorization_details_types=_TYPES, access_token_lifetime=3600) as provider:
        yield await neighbourhood(provider)


@pytest.fixture
async def browser(here: Neighbourhood) -> Browser:
    return await here.provider.logged_in_browser(consenting_to=here.service)


async def published_keys(here: Neighbourhood) -> KeySet:
    return KeySet.import_key_set((await here.provider.http.get("/jwks")).json())


async def test_it_says_what_the_specification_demands_and_nothing_of_the_person(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=INSURANCE, scope=OFFLINE)

    verified = jws.deserialize_compact(tokens["access_token"], await published_keys(here), algorithms=["ES256"])
    claims, now = claims_of(tokens["access_token"]), int(here.provider.clock())

    assert verified.headers()["typ"] == "at+jwt"
    assert set(claims) == {
        *("iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "auth_time", "acr", "amr"),
    }
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (here.provider.issuer, INSURANCE, "one-stop")
    assert claims["scope"] == tokens["scope"] == "openid profile"
    assert claims["iat"] == now
    assert claims["sub"] != claims_of(tokens["id_token"])["sub"]


async def test_a_resource_server_verifies_it_by_itself_for_its_audience_alone(
    here: Neighbourhood, browser: Browser
) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]
    decoded, issuer = jwt.decode(token, await published_keys(here), algorithms=["ES256"]), here.provider.issuer

    def validate(audience: str, *, now: int) -> None:
        expected = jwt.JWTClaimsRegistry(
            now=now,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        expected.validate(decoded.claims)

    now = int(here.provider.clock())
    validate(INSURANCE, now=now)
    with pytest.raises(InvalidClaimError):
        validate(TAX, now=now)
    with pytest.raises(ExpiredTokenError):
        validate(INSURANCE, now=now + 601)


async def test_it_lives_ten_minutes_at_most_whatever_is_set_for_others(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=INSURANCE)
    opaque = await here.service.log_in(browser)
    claims = claims_of(tokens["access_token"])

    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 600
    assert opaque["expires_in"] == 3600
    here.provider.clock.now += 600
    assert await introspected(here.insurance, tokens["access_token"]) == {"active": False}


async def test_each_is_another_one(here: Neighbourhood, browser: Browser) -> None:
    first = await allowed_tokens(here.service, browser, resource=INSURANCE, scope=OFFLINE)
    second = (await here.service.refresh(first["refresh_token"])).json()

    assert claims_of(first["access_token"])["jti"] != claims_of(second["access_token"])["jti"]


async def test_it_can_be_introspected_and_revoked_like_any_other(here: Neighbourhood, browser: Browser) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]
    header, payload, signature = token.split(".")
    before = await introspected(here.insurance, token)
    bent = await introspected(here.insurance, f"{header}.{payload}.{signature[::-1]}")

    revoked = await here.service.post("/revoke", token=token)

    assert before["sub"] == claims_of(token)["sub"]
    assert bent == {"active": False}
    assert revoked.status_code == 200
    assert await introspected(here.insurance, token) == {"active": False}


async def test_a_resource_server_cannot_revoke_what_it_was_shown(here: Neighbourhood, browser: Browser) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    await here.insurance.post("/revoke", token=token)

    assert (await introspected(here.insurance, token))["active"] is True


async def test_it_is_bound_to_the_key_that_was_proved(here: Neighbourhood, browser: Browser) -> None:
    code = await allowed_code(here.service, browser, resource=INSURANCE)
    headers = {"authorization": here.service.basic(), "dpop": proof_of(_KEY, "/token")}

    tokens = (await redeem(here.service, code, headers)).json()

    assert tokens["token_type"] == "DPoP"
    assert claims_of(tokens["access_token"])["cnf"] == {"jkt": _KEY.key.thumbprint()}
    assert (await introspected(here.insurance, tokens["access_token"]))["cnf"] == {"jkt": _KEY.key.thumbprint()}


async def test_it_is_bound_to_the_certificate_of_the_connection(database: Database) -> None:
    async with running_provider(database, **ON) as provider:
        here = await neighbourhood(provider, tls_client_certificate_bound_access_tokens=True)
        browser = await provider.logged_in_browser(consenting_to=here.service)
        held = self_signed(named(C="VN", CN="one-stop"))
        headers = {**from_proxy(held), "authorization": here.service.basic()}
        code = await allowed_code(here.service, browser, resource=INSURANCE)

        token = (await redeem(here.service, code, headers)).json()["access_token"]

        assert claims_of(token)["cnf"] == {"x5t#S256": thumbprint(held)}
        assert (await introspected(here.insurance, token))["cnf"] == {"x5t#S256": thumbprint(held)}


async def test_it_says_what_was_allowed(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, authorization_details=details(RECORD))

    assert claims_of(tokens["access_token"])["authorization_details"] == [RECORD]


async def test_it_is_no_id_token_to_anybody(here: Neighbourhood, browser: Browser) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    hinted = answer_of(await here.service.authorize(browser, id_token_hint=token, prompt="none"))
    logout = await browser.get("/logout", id_token_hint=token)

    assert hinted["error"] == "invalid_request"
    assert logout.status_code != 303
    keys = await published_keys(here)
    assert verify_compact(token, keys=keys, algorithms=("ES256",), types=("at+jwt",)).claims["aud"] == INSURANCE
    with pytest.raises(CompactRefused, match="wrong_type"):
        verify_compact(token, keys=keys, algorithms=("ES256",), types=("", "jwt"))


async def test_opaque_is_what_a_resource_server_gets_that_asks_for_nothing(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=TAX)

    assert "." not in tokens["access_token"]


async def test_an_encrypted_one_tells_the_service_that_carries_it_nothing(
    here: Neighbourhood, browser: Browser
) -> None:
    key = ECKey.generate_key("P-256", {"kid": "sealed"}, private=True)
    encryption = {
        "access_token_encrypted_response_alg": "ECDH-ES+A256KW",
        "access_token_encrypted_response_enc": "A256GCM",
        "jwks": jwks_of(key),
    }
    await here.provider.amend(here.insurance, **encryption)

    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]
    header, inside = opened(token, key, "ECDH-ES+A256KW", "A256GCM")

    assert token.count(".") == 4
    assert header["cty"] == "JWT"
    assert claims_of(inside)["sub"] == (await introspected(here.insurance, token))["sub"]


@pytest.mark.parametrize("encryption", [None, "ECDH-ES"])
async def test_two_services_cannot_compare_whom_they_know_by_the_tokens_they_carry(
    here: Neighbourhood, encryption: str | None
) -> None:
    """One that the service can read has a `sub` for this service alone; one that it cannot has the register's own."""
    key = ECKey.generate_key("P-256", {"kid": "sealed"}, private=True)
    if encryption is not None:
        sealed = {"access_token_encrypted_response_alg": encryption, "jwks": jwks_of(key)}
        await here.provider.amend(here.insurance, access_token_encrypted_response_enc="A256GCM", **sealed)
    other = await here.provider.register(
        "another", redirect_uris=["https://another.example/callback"], allowed_resources=[INSURANCE]
    )
    browser = await here.provider.logged_in_browser(consenting_to=here.service)

    tokens = [
        (await allowed_tokens(party, browser, resource=INSURANCE))["access_token"] for party in (here.service, other)
    ]
    subs = [(await introspected(here.insurance, token))["sub"] for token in tokens]

    assert (subs[0] == subs[1]) is (encryption is not None)
    if encryption is None:
        assert [claims_of(token)["sub"] for token in tokens] == subs


async def test_a_resource_server_without_its_key_gets_no_token_in_the_clear(
    here: Neighbourhood, browser: Browser
) -> None:
    code = await allowed_code(here.service, browser, resource=INSURANCE)
    await here.provider.amend(
        here.insurance,
        access_token_encrypted_response_alg="ECDH-ES",
        jwks_uri="https://insurance.example/jwks",
    )

    answer = await here.service.redeem(code)

    assert answer.json()["error"] == "invalid_target"
    assert "access_token" not in answer.json()
