"""RFC 8705: services that prove themselves with a certificate, and tokens that are worth nothing without it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import httpx2
import pytest
from cryptography import x509

from idp.audit.events import (
    ClientAuthenticationFailed,
    ClientCertificateIgnored,
    TokenIntrospected,
    TokenRequestRefused,
    TokensIssued,
    UserInfoGiven,
    UserInfoRefused,
)
from idp.storage.database import Database
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.certificates import Held, authority, moment, named, self_signed
from tests.support.mutual_tls import ON, from_proxy
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, running_provider

_NAME = named(C="VN", O="Thành phố", CN="town-hall")
_DN = "CN=town-hall,O=Thành phố,C=VN"
_MINE = authority().issue(_NAME)
_AGAIN = authority().issue(_NAME)
_THEIRS = authority().issue(named(C="VN", O="Thành phố", CN="library"))
_ALONE = self_signed(_NAME)


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, **ON) as running:
        yield running


@pytest.fixture
async def hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register(
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn=_DN,
        tls_client_certificate_bound_access_tokens=True,
    )


@pytest.fixture
async def bound(provider: Provider) -> RelyingPartyDriver:
    """Proves itself with a secret; its tokens are bound to whatever certificate it connects with."""
    return await provider.register("bound", tls_client_certificate_bound_access_tokens=True)


def thumbprint(held: Held) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(held.der).digest()).rstrip(b"=").decode()


async def ask(party: RelyingPartyDriver, headers: dict[str, str], **form: str) -> httpx2.Response:
    """A question that costs nothing but authentication; without a secret unless the headers bring it."""
    sent = {"client_id": party.client_id, "token": "unknown", **form}
    return await party.provider.http.post("/introspect", data=sent, headers=headers)


async def log_in(party: RelyingPartyDriver, headers: dict[str, str], **changes: str) -> dict[str, Any]:
    browser = await party.provider.logged_in_browser(consenting_to=party)
    answer = await redeem(party, await party.code(browser, **changes), headers)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def redeem(party: RelyingPartyDriver, code: str, headers: dict[str, str]) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": party.client_id,
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": party.code_verifier,
    }
    return await party.provider.http.post("/token", data=form, headers=headers)


async def refresh(party: RelyingPartyDriver, refresh_token: str, headers: dict[str, str]) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "client_id": party.client_id, "refresh_token": refresh_token}
    return await party.provider.http.post("/token", data=form, headers=headers)


async def userinfo(provider: Provider, tokens: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
    shown = {"authorization": f"Bearer {tokens['access_token']}", **headers}
    return await provider.http.get("/userinfo", headers=shown)


async def newest(provider: Provider) -> tuple[str, dict[str, Any]]:
    last = (await provider.events())[-1]
    return str(last["event"]), last["detail"]


async def test_logs_in_with_a_certificate_alone(provider: Provider, hall: RelyingPartyDriver) -> None:
    tokens = await log_in(hall, from_proxy(_MINE))

    assert tokens["token_type"] == "Bearer"
    assert (await userinfo(provider, tokens, from_proxy(_MINE))).status_code == 200
    assert await provider.count_of(TokensIssued) == await provider.count_of(UserInfoGiven) == 1


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({}, "certificate_missing", id="none"),
        pytest.param(from_proxy(None), "certificate_missing", id="a connection without one"),
        pytest.param(from_proxy(_MINE, x_client_cert=""), "certificate_missing", id="an empty header"),
        pytest.param(from_proxy(_THEIRS), "certificate_subject", id="somebody else's"),
        pytest.param(from_proxy(_ALONE, is_verified=False), "certificate_chain", id="self-signed by the same name"),
        pytest.param(from_proxy(_MINE, x_client_cert_verify=None), "certificate_chain", id="nobody looked at it"),
        pytest.param(from_proxy(_MINE, x_client_cert_verify="success"), "certificate_chain", id="another word"),
        pytest.param(from_proxy(_MINE, x_client_cert_secret=None), "certificate_not_the_proxy_secret", id="no secret"),
        pytest.param(
            from_proxy(_MINE, x_client_cert_secret="guess"), "certificate_not_the_proxy_secret", id="a wrong secret"
        ),
        pytest.param(from_proxy(_MINE, x_client_cert="garbage"), "certificate_unreadable", id="garbage"),
        pytest.param(from_proxy(_MINE, x_client_cert=_MINE.structured), "certificate_unreadable", id="another form"),
        pytest.param(
            from_proxy(_MINE, x_client_cert=_MINE.escaped + _THEIRS.escaped), "certificate_unreadable", id="two in one"
        ),
        pytest.param(from_proxy(_MINE, x_client_cert=_MINE.escaped * 20), "certificate_unreadable", id="a huge one"),
        pytest.param(
            from_proxy(_MINE, x_client_cert=_MINE.escaped.replace("MII", "AII", 1)),
            "certificate_not_a_certificate",
            id="no certificate inside",
        ),
        pytest.param(
            from_proxy(authority().issue(_NAME, end=moment(days=-0.1), start=moment(days=-9))),
            "certificate_expired",
            id="an expired one",
        ),
        pytest.param(
            from_proxy(authority().issue(_NAME, start=moment(days=0.1), end=moment(days=9))),
            "certificate_not_valid_yet",
            id="one for tomorrow",
        ),
    ],
)
async def test_what_is_no_proof_is_refused_and_named(
    provider: Provider, hall: RelyingPartyDriver, headers: dict[str, str], reason: str
) -> None:
    answer = await ask(hall, headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert [(row["event"], row["detail"]) for row in await provider.events()] == [
        (ClientAuthenticationFailed.name, {"reason": reason})
    ]


async def test_two_headers_are_refused(provider: Provider, hall: RelyingPartyDriver) -> None:
    headers = [*from_proxy(_MINE).items(), ("x-client-cert", _THEIRS.escaped)]

    answer = await provider.http.post("/introspect", data={"client_id": hall.client_id, "token": "x"}, headers=headers)

    assert answer.status_code == 401
    assert await newest(provider) == (ClientAuthenticationFailed.name, {"reason": "certificate_twice"})


async def test_two_secrets_are_refused(provider: Provider, hall: RelyingPartyDriver) -> None:
    headers = [*from_proxy(_MINE).items(), ("x-client-cert-secret", "guess")]

    answer = await provider.http.post("/introspect", data={"client_id": hall.client_id, "token": "x"}, headers=headers)

    assert answer.status_code == 401


async def test_a_connection_from_elsewhere_is_no_proxy_whatever_it_knows(
    provider: Provider, hall: RelyingPartyDriver
) -> None:
    for address in ("127.0.0.2", "10.0.0.9", "::1", "not an address"):
        outside = provider.http_from(address)
        data = {"client_id": hall.client_id, "token": "x"}
        answer = await outside.post("/introspect", data=data, headers=from_proxy(_MINE))

        assert answer.status_code == 401
        assert await newest(provider) == (
            ClientAuthenticationFailed.name,
            {"reason": "certificate_not_from_the_proxy"},
        )


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_the_proxy_is_known_however_its_address_is_written(
    provider: Provider, hall: RelyingPartyDriver, address: str
) -> None:
    data = {"client_id": hall.client_id, "token": "x"}

    answer = await provider.http_from(address).post("/introspect", data=data, headers=from_proxy(_MINE))

    assert answer.json() == {"active": False}


async def test_a_secret_beside_the_certificate_is_another_method(hall: RelyingPartyDriver) -> None:
    by_form = await ask(hall, from_proxy(_MINE), client_secret=hall.secret)
    by_header = await ask(hall, {**from_proxy(_MINE), "authorization": hall.basic()})

    assert [by_form.status_code, by_header.status_code] == [401, 401]


async def test_a_certificate_is_no_method_for_who_registered_another(provider: Provider) -> None:
    party = await provider.register("library")

    assert (await ask(party, from_proxy(_MINE))).status_code == 401


async def test_a_disabled_service_and_an_unknown_one_look_alike(provider: Provider, hall: RelyingPartyDriver) -> None:
    await provider.disable(hall)
    disabled = await ask(hall, from_proxy(_MINE))
    unknown = await ask(hall, from_proxy(_MINE), client_id="nobody")

    assert disabled.content == unknown.content
    assert disabled.status_code == unknown.status_code == 401


@pytest.mark.parametrize(
    ("member", "value", "is_good"),
    [
        ("tls_client_auth_subject_dn", _DN, True),
        ("tls_client_auth_subject_dn", "cn=TOWN-hall,o=Tha\u0300nh pho\u0302\u0301,c=vn", True),
        ("tls_client_auth_subject_dn", "2.5.4.3=town\\2dhall,O=Thành  phố,C=VN", True),
        ("tls_client_auth_subject_dn", "C=VN,O=Thành phố,CN=town-hall", False),
        ("tls_client_auth_subject_dn", "CN=town-hall,O=Thành phố", False),
        ("tls_client_auth_subject_dn", "CN=town-hall+O=Thành phố,C=VN", False),
        ("tls_client_auth_subject_dn", "CN=town-hall,O=Thanh pho,C=VN", False),
        ("tls_client_auth_subject_dn", "CN=town-hal\u04cf,O=Thành phố,C=VN", False),
        ("tls_client_auth_subject_dn", "CN=town-hall,OU=Thành phố,C=VN", False),
        ("tls_client_auth_san_dns", "api.town-hall.example", True),
        ("tls_client_auth_san_dns", "API.Town-Hall.example", True),
        ("tls_client_auth_san_dns", "other.wild.example", False),
        ("tls_client_auth_san_dns", "town-hall.example", False),
        ("tls_client_auth_san_uri", "https://town-hall.example/me", True),
        ("tls_client_auth_san_uri", "https://town-hall.example/ME", False),
        ("tls_client_auth_san_uri", "urn:api.town-hall.example", False),
        ("tls_client_auth_san_ip", "2001:0DB8::0001", True),
        ("tls_client_auth_san_ip", "2001:db8::2", False),
        ("tls_client_auth_san_email", "it@town-hall.example", True),
        ("tls_client_auth_san_email", "IT@town-hall.example", False),
    ],
)
async def test_the_registered_name_decides(provider: Provider, member: str, value: str, is_good: bool) -> None:
    party = await provider.register(token_endpoint_auth_method="tls_client_auth", **{member: value})
    names = [
        x509.DNSName("*.wild.example"),
        x509.DNSName("api.town-hall.example"),
        x509.UniformResourceIdentifier("https://town-hall.example/me"),
        x509.IPAddress(ip_address("2001:db8::1")),
        x509.RFC822Name("it@town-hall.example"),
    ]

    answer = await ask(party, from_proxy(authority().issue(_NAME, names=names)))

    assert answer.status_code == (200 if is_good else 401)


async def test_a_certificate_without_other_names_has_no_other_name(provider: Provider) -> None:
    party = await provider.register(token_endpoint_auth_method="tls_client_auth", tls_client_auth_san_dns="town-hall")

    assert (await ask(party, from_proxy(authority().issue(named(CN="town-hall"))))).status_code == 401


async def test_a_self_signed_certificate_is_known_by_itself(provider: Provider) -> None:
    party = await provider.register(
        token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [_THEIRS.jwk(), _ALONE.jwk()]}
    )

    answers = [await ask(party, from_proxy(held, is_verified=False)) for held in (_ALONE, self_signed(_NAME), _MINE)]

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert await newest(provider) == (ClientAuthenticationFailed.name, {"reason": "certificate_unknown"})


async def test_a_certificate_listed_beside_another_key_is_not_its_own(provider: Provider) -> None:
    party = await provider.register(
        token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [_ALONE.jwk(of=_MINE)]}
    )

    assert (await ask(party, from_proxy(_ALONE, is_verified=False))).status_code == 401


async def test_a_bound_token_is_worth_nothing_without_its_certificate(
    provider: Provider, hall: RelyingPartyDriver
) -> None:
    tokens = await log_in(hall, from_proxy(_MINE))
    others: tuple[dict[str, str], ...] = (
        {},
        from_proxy(_THEIRS),
        from_proxy(_AGAIN),
        from_proxy(_MINE, x_client_cert_secret="guess"),
        from_proxy(_MINE, x_client_cert="garbage"),
    )

    answers = [await userinfo(provider, tokens, headers) for headers in others]

    assert [answer.status_code for answer in answers] == [401] * len(others)
    assert {answer.json()["error"] for answer in answers} == {"invalid_token"}
    assert await provider.count_of(UserInfoRefused) == len(others)
    assert await provider.count_of(ClientCertificateIgnored) == await provider.count_of(UserInfoGiven) == 0
    assert (await userinfo(provider, tokens, from_proxy(_MINE))).status_code == 200


async def test_a_bound_token_is_not_saved_by_a_dpop_proof(provider: Provider, hall: RelyingPartyDriver) -> None:
    tokens = await log_in(hall, from_proxy(_MINE))
    proof = proof_of(ClientKey(), "/userinfo", method="GET", token=tokens["access_token"])

    answer = await provider.http.get(
        "/userinfo",
        headers={"authorization": f"DPoP {tokens['access_token']}", "dpop": proof, **from_proxy(_MINE)},
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


async def test_an_unbound_token_works_with_and_without_a_certificate(provider: Provider) -> None:
    party = await provider.register("library")
    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))

    answers = [await userinfo(provider, tokens, headers) for headers in ({}, from_proxy(_MINE))]

    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_forged_header_beside_an_unbound_token_is_ignored_and_written_down(provider: Provider) -> None:
    party = await provider.register("library")
    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))

    answer = await userinfo(provider, tokens, from_proxy(_MINE, x_client_cert_secret="guess"))

    assert answer.status_code == 200
    assert await provider.count_of(ClientCertificateIgnored) == 1


async def test_a_forged_header_of_who_needs_no_certificate_is_ignored_and_written_down(provider: Provider) -> None:
    party = await provider.register("library")
    headers = {"authorization": party.basic(), **from_proxy(_MINE, x_client_cert_secret="guess")}

    answer = await provider.http.post("/introspect", data={"token": "x"}, headers=headers)

    assert answer.json() == {"active": False}
    assert {str(row["event"]) for row in await provider.events()} == {
        TokenIntrospected.name,
        ClientCertificateIgnored.name,
    }


async def test_tokens_are_bound_whatever_method_the_service_uses(provider: Provider, bound: RelyingPartyDriver) -> None:
    headers = {"authorization": bound.basic(), **from_proxy(_ALONE, is_verified=False)}
    tokens = await log_in(bound, headers)

    told = await provider.http.post(
        "/introspect", data={"token": tokens["access_token"]}, headers={"authorization": bound.basic()}
    )

    assert told.json()["cnf"] == {"x5t#S256": thumbprint(_ALONE)}
    assert told.json()["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        pytest.param({}, "invalid_request", id="none"),
        pytest.param(from_proxy(_MINE, x_client_cert_secret="guess"), "invalid_client", id="a forged one"),
    ],
)
async def test_a_service_whose_tokens_are_bound_gets_none_without_a_certificate(
    provider: Provider, bound: RelyingPartyDriver, headers: dict[str, str], error: str
) -> None:
    browser = await provider.logged_in_browser(consenting_to=bound)
    code = await bound.code(browser)
    by_secret = {"authorization": bound.basic()}

    refused = await redeem(bound, code, {**by_secret, **headers})

    assert refused.json()["error"] == error
    event = TokenRequestRefused if error == "invalid_request" else ClientAuthenticationFailed
    assert await provider.count_of(event) == 1
    assert (await redeem(bound, code, {**by_secret, **from_proxy(_MINE)})).status_code == 200


async def test_a_dpop_proof_beside_it_is_refused(provider: Provider, hall: RelyingPartyDriver) -> None:
    code = await hall.code(await provider.logged_in_browser(consenting_to=hall))

    answer = await redeem(hall, code, {**from_proxy(_MINE), "dpop": proof_of(ClientKey(), "/token")})

    assert answer.json()["error"] == "invalid_dpop_proof"


async def test_a_refreshed_token_is_bound_to_the_certificate_of_the_refresh(
    provider: Provider, hall: RelyingPartyDriver
) -> None:
    tokens = await log_in(hall, from_proxy(_MINE), scope="openid offline_access")

    without = await refresh(hall, tokens["refresh_token"], {})
    by_another = await refresh(hall, tokens["refresh_token"], from_proxy(_THEIRS))
    # A new certificate of the same name: that of the next year.
    renewed = await refresh(hall, tokens["refresh_token"], from_proxy(_AGAIN))

    assert [without.status_code, by_another.status_code, renewed.status_code] == [401, 401, 200]
    assert (await userinfo(provider, renewed.json(), from_proxy(_AGAIN))).status_code == 200
    assert (await userinfo(provider, renewed.json(), from_proxy(_MINE))).status_code == 401


async def test_the_refresh_token_of_a_public_service_is_bound_to_its_certificate(provider: Provider) -> None:
    party = await provider.register(
        "app", token_endpoint_auth_method="none", tls_client_certificate_bound_access_tokens=True
    )
    tokens = await log_in(party, from_proxy(_ALONE, is_verified=False), scope="openid offline_access")

    stolen = await refresh(party, tokens["refresh_token"], from_proxy(_MINE))
    own = await refresh(party, tokens["refresh_token"], from_proxy(_ALONE, is_verified=False))
    next_stolen = await refresh(party, own.json()["refresh_token"], from_proxy(_MINE))

    assert (stolen.json()["error"], own.status_code, next_stolen.json()["error"]) == (
        "invalid_grant",
        200,
        "invalid_grant",
    )


async def test_the_fapi2_profile_is_met_by_certificates_alone(provider: Provider) -> None:
    bank = await provider.register(
        "bank",
        profile="fapi2",
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn=_DN,
        tls_client_certificate_bound_access_tokens=True,
    )
    browser = await provider.logged_in_browser(consenting_to=bank)
    pushed = await provider.http.post("/par", data=bank.authorization_parameters(), headers=from_proxy(_MINE))
    asked = {"client_id": bank.client_id, "request_uri": pushed.json()["request_uri"]}
    code = answer_of(await browser.get("/authorize", **asked))["code"]

    answer = await redeem(bank, code, from_proxy(_MINE))

    assert answer.status_code == 200
    assert (await userinfo(provider, answer.json(), from_proxy(_MINE))).status_code == 200
    assert (await userinfo(provider, answer.json(), {})).status_code == 401


async def test_the_fapi2_profile_with_a_certificate_still_binds_by_dpop_where_nothing_else_is_registered(
    provider: Provider,
) -> None:
    bank = await provider.register(
        "bank", profile="fapi2", token_endpoint_auth_method="tls_client_auth", tls_client_auth_subject_dn=_DN
    )

    answer = await redeem(bank, "unknown", from_proxy(_MINE))

    assert answer.json()["error"] == "invalid_dpop_proof"
