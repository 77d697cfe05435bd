"""RFC 8705 where it is off, what discovery says of it, and the endpoints' second names (§5)."""

from typing import Any

import pytest

from idp.audit.events import ClientCertificateIgnored
from idp.storage.database import Database
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.certificates import authority, named
from tests.support.mutual_tls import ON, from_proxy
from tests.support.provider import Provider, RelyingPartyDriver, running_provider
from tests.support.sources import NOW, settings

_MINE = authority().issue(named(CN="town-hall"))
_KEY = ClientKey()
_ALIAS = "http://mtls.example:8000"
_BY_NAME = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=town-hall"}


async def test_where_it_is_off_the_headers_mean_nothing(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))
    headers = {"authorization": f"Bearer {tokens['access_token']}", **from_proxy(_MINE, x_client_cert="garbage")}

    assert (await provider.http.get("/userinfo", headers=headers)).status_code == 200
    assert await provider.count_of(ClientCertificateIgnored) == 0


async def test_where_it_is_off_no_service_rests_on_it(provider: Provider) -> None:
    party = await provider.register(**_BY_NAME)

    answer = await provider.http.post(
        "/introspect", data={"client_id": party.client_id, "token": "x"}, headers=from_proxy(_MINE)
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_where_it_is_off_discovery_does_not_speak_of_it(provider: Provider) -> None:
    told = (await provider.http.get("/.well-known/openid-configuration")).text

    assert "tls" not in told


async def test_discovery_tells_it_where_it_is_on(database: Database) -> None:
    async with running_provider(database, **ON) as provider:
        told = (await provider.http.get("/.well-known/openid-configuration")).json()

    for endpoint in ("token", "introspection", "revocation"):
        methods = told[f"{endpoint}_endpoint_auth_methods_supported"]
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)
    assert told["tls_client_certificate_bound_access_tokens"] is True
    assert "mtls_endpoint_aliases" not in told


async def test_discovery_names_every_alias(database: Database) -> None:
    async with running_provider(database, **ON, mtls_origin=_ALIAS) as provider:
        told = (await provider.http.get("/.well-known/openid-configuration")).json()

    aliases = told["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"{_ALIAS}/token"
    assert {name: address.replace(_ALIAS, told["issuer"]) for name, address in aliases.items()} == {
        name: told[name] for name in aliases
    }
    assert "authorization_endpoint" not in aliases


async def test_an_assertion_may_name_the_alias(database: Database) -> None:
    async with running_provider(database, **ON, mtls_origin=_ALIAS) as provider:
        party = await provider.register(token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())
        answers = []
        for audience in (f"{_ALIAS}/token", f"{_ALIAS}/introspect", _ALIAS, f"{_ALIAS}/userinfo"):
            assertion = _KEY.sign(assertion_claims(party.client_id, audience, NOW))
            form = {"token": "x", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            answers.append(await provider.http.post("/introspect", data=form))

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401]


async def test_a_proof_names_the_address_that_the_certificate_came_to(database: Database) -> None:
    async with running_provider(database, **ON, mtls_origin=_ALIAS) as provider:
        party = await provider.register(**_BY_NAME, dpop_bound_access_tokens=True)
        form = {"client_id": party.client_id, "grant_type": "authorization_code", "code": "x", "code_verifier": "x"}
        errors = []
        for htu in (f"{_ALIAS}/token", "http://127.0.0.1:8000/token"):
            headers = {**from_proxy(_MINE), "dpop": proof_of(_KEY, "/token", htu=htu)}
            errors.append((await provider.http.post("/token", data=form, headers=headers)).json()["error"])

    assert errors == ["invalid_request", "invalid_dpop_proof"]


@pytest.mark.parametrize("form", ["nginx", "rfc9440"])
async def test_both_forms_of_the_header_are_read_and_only_the_one_configured(database: Database, form: str) -> None:
    async with running_provider(database, **{**ON, "client_certificates": form}) as provider:
        party = await provider.register(**_BY_NAME)
        data = {"client_id": party.client_id, "token": "x"}
        by_nginx = from_proxy(_MINE)
        by_field = from_proxy(_MINE, x_client_cert=None, client_cert=_MINE.structured)
        answers = [
            (await provider.http.post("/introspect", data=data, headers=headers)).status_code
            for headers in (by_nginx, by_field)
        ]

    assert answers == ([200, 401] if form == "nginx" else [401, 200])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(_MINE.structured[1:-1], id="bare base64"),
        pytest.param(_MINE.structured + ";a=1", id="a parameter"),
        pytest.param(_MINE.structured + ", " + _MINE.structured, id="two"),
        pytest.param(":" + _MINE.structured[1:-1].replace("M", "-", 1) + ":", id="another alphabet"),
        pytest.param("::", id="nothing"),
        pytest.param(":" + "A" * 20_000 + ":", id="a huge one"),
        pytest.param("\u00ff", id="no ASCII"),
    ],
)
async def test_a_structured_field_of_another_shape_is_no_certificate(database: Database, value: str) -> None:
    async with running_provider(database, **{**ON, "client_certificates": "rfc9440"}) as provider:
        party = await provider.register(**_BY_NAME)
        headers = [
            (name.encode(), text.encode("latin-1")) for name, text in from_proxy(_MINE, client_cert=value).items()
        ]
        answer = await provider.http.post(
            "/introspect", data={"client_id": party.client_id, "token": "x"}, headers=headers
        )

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trusted_proxies": ()}, "trusted_proxies"),
        ({"trusted_proxies": ("*",)}, "trusted_proxies"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "trusted_proxies"),
        ({"trusted_proxies": ("proxy.internal",)}, "trusted_proxies"),
        ({"client_certificate_secret": None}, "client_certificate_secret"),
        ({"client_certificate_secret": "short"}, "client_certificate_secret"),
        ({"client_certificate_secret": "đ" * 40}, "client_certificate_secret"),
        ({"client_certificates": "off"}, "client_certificate_secret"),
        ({"client_certificates": "apache"}, "client_certificates"),
        ({"mtls_origin": "http://mtls.example:8000/"}, "mtls_origin"),
        ({"mtls_origin": "https://mtls.example"}, "mtls_origin"),
        ({"mtls_origin": "http://127.0.0.1:8000"}, "mtls_origin"),
        ({"mtls_origin": "http://user@mtls.example"}, "mtls_origin"),
    ],
)
def test_half_a_configuration_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settings(**{**ON, **given})


def test_the_secret_is_in_no_representation_of_the_settings() -> None:
    configured = settings(**ON)

    assert ON["client_certificate_secret"] not in repr(configured)
    assert ON["client_certificate_secret"] not in configured.model_dump_json()
