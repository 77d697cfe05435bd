"""RFC 9101 §6.1: a request object may be encrypted for us, around what its client signed, and around nothing else."""

from typing import Any

import httpx2
import pytest
from joserfc import jwe
from joserfc.jwk import JWKRegistry

from idp.audit.events import AuthorizationRequestRefused
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, answer_of
from tests.support.sources import NOW

_KEY = ClientKey()
_STRANGER = ClientKey()


@pytest.fixture
async def bank(provider: Provider) -> RelyingPartyDriver:
    return await provider.register("bank", jwks=_KEY.jwks())


def _signed(party: RelyingPartyDriver, key: ClientKey = _KEY, **changes: Any) -> str:
    claims = {**party.authorization_parameters(), "iss": party.client_id, "aud": party.provider.issuer, **changes}
    return key.sign({**claims, "iat": NOW, "exp": NOW + 300})


async def _key_set(provider: Provider) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await provider.http.get("/jwks")).json()["keys"]
    return listed


async def _sealed(provider: Provider, inside: str, alg: str = "ECDH-ES", enc: str = "A256GCM", **header: Any) -> str:
    """To the key that our own list offers for it."""
    kty = "RSA" if alg.startswith("RSA") else "EC"
    [jwk] = [key for key in await _key_set(provider) if key["use"] == "enc" and key["kty"] == kty]
    protected = {"alg": alg, "enc": enc, "kid": jwk["kid"], "cty": "JWT", **header}
    registry = jwe.JWERegistry(algorithms=[alg, enc, "DEF"], strict_check_header=False)
    return jwe.encrypt_compact(protected, inside, JWKRegistry.import_key(jwk), registry=registry)


async def _ask(party: RelyingPartyDriver, request: str) -> dict[str, str]:
    browser = await party.provider.logged_in_browser(consenting_to=party)
    outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri}
    return answer_of(await browser.get("/authorize", **outer, request=request))


@pytest.mark.parametrize("alg", ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"])
@pytest.mark.parametrize("enc", ["A256GCM", "A128GCM", "A128CBC-HS256"])
async def test_an_encrypted_signed_request_is_answered(
    provider: Provider, bank: RelyingPartyDriver, alg: str, enc: str
) -> None:
    answer = await _ask(bank, await _sealed(provider, _signed(bank), alg, enc))

    assert answer["state"] == bank.state
    assert (await bank.redeem(answer["code"])).status_code == 200


async def test_it_may_be_pushed_as_well(provider: Provider, bank: RelyingPartyDriver) -> None:
    stored = await bank.post("/par", request=await _sealed(provider, _signed(bank)))

    assert stored.status_code == 201


async def test_one_that_was_encrypted_before_a_rotation_still_opens(
    provider: Provider, bank: RelyingPartyDriver
) -> None:
    request = await _sealed(provider, _signed(bank))
    configuration = provider.services.configuration
    [alg] = [key.alg for key in configuration.key_ring.keys if key.alg == "ECDH-ES" and key.state == "active"]
    configuration.key_ring = configuration.key_ring.rotate(alg, now=NOW).ring

    answer = await _ask(bank, request)

    assert "code" in answer


async def test_encrypted_and_unsigned_is_refused(provider: Provider, bank: RelyingPartyDriver) -> None:
    """Anybody can encrypt for us: it says nothing of who asks."""
    inside = [
        '{"client_id":"bank","redirect_uri":"https://bank.example/callback","response_type":"code"}',
        _KEY.sign(bank.authorization_parameters(), alg="none").rpartition(".")[0] + ".",
        _signed(bank, _STRANGER),
    ]

    answers = [await _ask(bank, await _sealed(provider, one)) for one in inside]

    assert [answer["error"] for answer in answers] == ["invalid_request_object"] * 3
    assert all("code" not in answer for answer in answers)


@pytest.mark.parametrize(
    ("alg", "header"),
    [
        pytest.param("ECDH-ES", {"zip": "DEF"}, id="compressed"),
        pytest.param("ECDH-ES", {"kid": "nobody's"}, id="a foreign kid"),
        pytest.param("ECDH-ES", {"jku": "https://evil.example/"}, id="jku"),
        pytest.param("RSA-OAEP", {}, id="an algorithm we do not offer"),
    ],
)
async def test_what_we_do_not_open_leaves_one_event(
    provider: Provider, bank: RelyingPartyDriver, alg: str, header: dict[str, Any]
) -> None:
    request = await _sealed(provider, _signed(bank), alg, **header)
    before = len(await provider.events())

    answer = await _ask(bank, request)

    assert answer["error"] == "invalid_request_object"
    [event] = (await provider.events())[before:]
    assert event["event"] == AuthorizationRequestRefused.name


async def test_a_bomb_is_not_unpacked(provider: Provider, bank: RelyingPartyDriver) -> None:
    """Ten megabytes of one letter are ten kilobytes when compressed."""
    bomb = await _sealed(provider, "a" * 10_000_000, zip="DEF")
    assert len(bomb) < 16_000

    assert (await _ask(bank, bomb))["error"] == "invalid_request_object"


async def test_one_that_is_too_long_is_refused_unread(provider: Provider, bank: RelyingPartyDriver) -> None:
    long = await _sealed(provider, _signed(bank, state="s" * 17_000))

    answer: httpx2.Response = await bank.post("/par", request=long)

    assert answer.json()["error"] == "invalid_request_object"


async def test_the_registration_names_the_algorithm(provider: Provider, bank: RelyingPartyDriver) -> None:
    await provider.amend(bank, request_object_encryption_alg="RSA-OAEP-256", request_object_encryption_enc="A256GCM")

    as_registered = await _ask(bank, await _sealed(provider, _signed(bank), "RSA-OAEP-256"))
    other_alg = await _ask(bank, await _sealed(provider, _signed(bank), "ECDH-ES"))
    other_enc = await _ask(bank, await _sealed(provider, _signed(bank), "RSA-OAEP-256", "A128GCM"))

    assert "code" in as_registered
    assert [other_alg["error"], other_enc["error"]] == ["invalid_request_object"] * 2


async def test_the_same_rules_hold_for_what_was_inside(provider: Provider, bank: RelyingPartyDriver) -> None:
    wrong: list[dict[str, Any]] = [
        {"aud": "https://elsewhere.example"},
        {"client_id": "town-hall"},
        {"request": "a.b.c"},
    ]
    for changes in wrong:
        answer = await _ask(bank, await _sealed(provider, _signed(bank, **changes)))

        assert answer["error"] == "invalid_request_object"
