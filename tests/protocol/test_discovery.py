"""OpenID Connect Discovery 1.0, RFC 8414: every promise of the document is one the provider keeps."""

import json

import pytest

from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of

_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


async def test_both_addresses_say_the_same_and_name_the_issuer(provider: Provider) -> None:
    oidc = await provider.http.get("/.well-known/openid-configuration")
    oauth = await provider.http.get("/.well-known/oauth-authorization-server")

    assert oidc.content == oauth.content
    assert oidc.json()["issuer"] == provider.issuer
    assert oidc.headers["access-control-allow-origin"] == "*"


async def test_the_host_header_changes_nothing(provider: Provider) -> None:
    answer = await provider.http.get(
        "/.well-known/openid-configuration",
        headers={"host": "attacker.example", "x-forwarded-host": "attacker.example", "forwarded": "host=attacker"},
    )

    assert "attacker" not in answer.text


async def test_an_address_with_a_slash_more_is_no_address_and_leads_nowhere(provider: Provider) -> None:
    for path in ("/authorize/", "/logout/", "/jwks/", "/interactions/x/", "//attacker.example/authorize/"):
        answer = await provider.http.get(path, headers={"host": "attacker.example"})

        assert (answer.status_code, "location" in answer.headers) == (404, False), path


async def test_every_endpoint_exists(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()

    addresses = {value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))}

    assert len(addresses) == 11
    for address in addresses:
        assert address.startswith(provider.issuer)
        assert (await provider.http.post(address)).status_code != 404, address


async def test_the_keys_are_public_and_named(provider: Provider) -> None:
    answer = await provider.http.get("/jwks")
    keys = answer.json()["keys"]

    assert {key["alg"] for key in keys if key["use"] == "sig"} == {"ES256", "RS256", "PS256", "EdDSA"}
    # One of each kind to encrypt for: whoever picks the first that fits never picks one that is on its way out.
    assert sorted(key["kty"] for key in keys if key["use"] == "enc") == ["EC", "RSA"]
    assert all(key["kid"] for key in keys)
    assert not any(_PRIVATE_MEMBERS & set(key) for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)


async def test_each_scope_and_claim_advertised_can_be_asked_for(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()
    party = await provider.register("all", scope=" ".join(document["scopes_supported"]))
    browser = await provider.logged_in_browser(consenting_to=party)
    claims = json.dumps({"userinfo": dict.fromkeys(document["claims_supported"])})

    tokens = await party.log_in(browser, scope=" ".join(document["scopes_supported"]), claims=claims)

    assert tokens["scope"].split() == document["scopes_supported"]


@pytest.mark.parametrize("name", ["acr_values_supported", "prompt_values_supported", "display_values_supported"])
async def test_each_value_advertised_is_taken(provider: Provider, town_hall: RelyingPartyDriver, name: str) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    parameter = {"acr_values_supported": "acr_values", "prompt_values_supported": "prompt"}.get(name, "display")

    for value in document[name]:
        response = await town_hall.authorize(browser, **{parameter: value})
        assert response.status_code == 303, value
        assert "invalid_request" not in response.headers["location"], value


async def test_what_is_called_unsupported_is_refused_with_its_own_error(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()
    browser = provider.browser()

    by_reference = answer_of(await town_hall.authorize(browser, request_uri="https://town-hall.example/r"))

    assert document["request_uri_parameter_supported"] is False
    assert by_reference["error"] == "request_uri_not_supported"
    assert document["response_types_supported"] == ["code"]
    assert document["response_modes_supported"] == ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["subject_types_supported"] == ["pairwise"]


async def test_every_signing_algorithm_advertised_signs(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()

    for alg in document["id_token_signing_alg_values_supported"]:
        party = await provider.register(f"party-{alg.lower()}", id_token_signed_response_alg=alg)
        tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))
        assert claims_of(tokens["id_token"])["aud"] == party.client_id
