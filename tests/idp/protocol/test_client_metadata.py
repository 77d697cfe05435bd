"""A registration is checked when it is written, so that no login ever meets what is wrong with it."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.protocol.client_metadata import InvalidClientMetadata, parse_client

_EC = ECKey.generate_key("P-256", private=True)
_GOOD: dict[str, Any] = {"client_name": "Ủy ban", "redirect_uris": ["https://a.example/callback"]}


def _parsed(**changes: Any) -> Any:
    return parse_client("a", {**_GOOD, **changes}, sector="a.example")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("default_max_age", "60", id="seconds written as text"),
        pytest.param("default_max_age", -1, id="seconds below zero"),
        pytest.param("default_max_age", True, id="a truth value for seconds"),
        pytest.param("minimum_age", "18", id="an age written as text"),
        pytest.param("minimum_age", 1800, id="an age nobody reaches"),
        pytest.param("allowed_sources", "tax", id="one source as text, which would be read as its letters"),
        pytest.param("allowed_sources", [], id="no source at all"),
        pytest.param("allowed_sources", [1], id="a source that is a number"),
        pytest.param("grant_types", [], id="no grant type"),
        pytest.param("grant_types", ["password"], id="a grant type we do not have"),
        pytest.param("response_types", ["token"], id="implicit"),
        pytest.param("client_name", ["Ủy ban"], id="a name in a list"),
        pytest.param("client_name", "", id="an empty name"),
        pytest.param("client_name", "a\nb", id="a name of two lines"),
        pytest.param("client_name#en", 7, id="a number as English name"),
        pytest.param("purpose", "x" * 501, id="an endless purpose"),
        pytest.param("require_pushed_authorization_requests", "false", id="a truth value as text"),
        pytest.param("client_uri", "javascript:alert(1)", id="a script as the service's address"),
        pytest.param("client_uri", "http://a.example/", id="the service's address without TLS"),
        pytest.param("backchannel_logout_uri", "ftp://a.example/", id="a logout address of another scheme"),
        pytest.param("security_events_uri", "http://a.example/", id="events over plain http"),
        pytest.param("security_events_uri", 7, id="an events address that is no text"),
        pytest.param("redirect_uris", [], id="no redirect URI"),
        pytest.param("redirect_uris", "https://a.example/", id="a redirect URI that is no list"),
        pytest.param("redirect_uris", ["https://a.example/#x"], id="a fragment"),
        pytest.param("redirect_uris", ["https://*.a.example/"], id="a wildcard"),
        pytest.param("redirect_uris", ["https://u:p@a.example/"], id="user information"),
        pytest.param("redirect_uris", ["http://a.example/"], id="plain HTTP"),
        pytest.param("redirect_uris", ["https://a.example\\@b.example/"], id="a backslash"),
        pytest.param("redirect_uris", ["https://a.example:99999/"], id="a port that is none"),
        pytest.param("redirect_uris", ["https:///callback"], id="no host"),
        pytest.param("redirect_uris", ["javascript:alert(1)"], id="a script"),
        pytest.param("redirect_uris", ["https://ă.example/"], id="letters beyond ASCII"),
        pytest.param("post_logout_redirect_uris", ["//a.example"], id="a logout address without scheme"),
        pytest.param("token_endpoint_auth_method", "client_secret_jwt", id="a shared key"),
        pytest.param("token_endpoint_auth_method", "private_key_jwt", id="its own key, and none registered"),
        pytest.param("token_endpoint_auth_signing_alg", "HS256", id="a shared secret for signatures"),
        pytest.param("id_token_signed_response_alg", "none", id="an unsigned ID token"),
        pytest.param("userinfo_signed_response_alg", "HS256", id="userinfo signed with a secret"),
        pytest.param("subject_type", "public", id="one identifier for everybody"),
        pytest.param("minimum_level", "LOW", id="a level in capitals"),
        pytest.param("legal_basis", "law", id="a law that is not cited"),
        pytest.param("optional_claims", ["shoe_size"], id="a claim nobody knows"),
        pytest.param("scope", "openid admin", id="a scope nobody knows"),
        pytest.param("resource", "a.example", id="a resource that is no URI"),
        pytest.param("resource", "https://a.example/#x", id="a resource with a fragment"),
        pytest.param("resource", 7, id="a resource that is no text"),
        pytest.param("access_token_signed_response_alg", "ES256", id="JWT access tokens for who takes none"),
        pytest.param("introspection_signed_response_alg", "HS256", id="introspection signed with a secret"),
        pytest.param("allowed_resources", "https://a.example", id="one resource as text"),
        pytest.param("allowed_resources", ["javascript:alert(1)"], id="a script as a resource"),
        pytest.param("authorization_details_types", "payment", id="one type as text"),
        pytest.param("surprise", 1, id="a member nobody knows"),
        pytest.param("jwks", {"keys": []}, id="no key"),
        pytest.param("jwks", {"keys": [{"kty": "oct", "k": "AAAA"}]}, id="a shared secret"),
        pytest.param("jwks", {"keys": [_EC.as_dict(private=True)]}, id="a private key"),
        pytest.param("jwks", {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}, id="an RSA key of three bytes"),
        pytest.param("jwks", {"keys": [{"kty": "EC", "crv": "P-256"}]}, id="half a key"),
        pytest.param("jwks", {"keys": [{"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}]}, id="another curve"),
        pytest.param("jwks", {"keys": ["x"]}, id="a key that is text"),
    ],
)
def test_refuses_and_names(member: str, value: object) -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        _parsed(**{member: value})

    name = "legal_citation" if member == "legal_basis" else "jwks" if value == "private_key_jwt" else member
    assert any(fault.startswith(name) for fault in refused.value.faults)


def test_says_everything_that_is_wrong_at_once() -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        _parsed(default_max_age="60", scope="admin", redirect_uris=["http://a.example/"])

    assert len(refused.value.faults) == 3


def test_takes_the_keys_that_clients_sign_with() -> None:
    keys = [
        _EC.as_dict(private=False),
        RSAKey.generate_key(2048, private=True).as_dict(private=False),
        OKPKey.generate_key("Ed25519", private=True).as_dict(private=False),
    ]

    client = _parsed(jwks={"keys": keys}, token_endpoint_auth_method="private_key_jwt")

    assert client.jwks == {"keys": keys}


def test_what_is_left_out_has_the_safe_value() -> None:
    client = _parsed()

    assert client.scope == {"openid"}
    assert client.grant_types == {"authorization_code"}
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.id_token_signed_response_alg == "ES256"
    assert client.allowed_sources is None


_LOOPBACK = ("http://127.0.0.1:8090/callback", "http://localhost/callback", "http://[::1]:8090/callback")


@pytest.mark.parametrize("uri", _LOOPBACK)
def test_loopback_may_do_without_tls_in_a_sandbox_and_on_a_device(uri: str) -> None:
    in_sandbox = parse_client("a", {**_GOOD, "redirect_uris": [uri]}, sector="a.example", is_sandbox=True)
    on_device = _parsed(redirect_uris=[uri], application_type="native", token_endpoint_auth_method="none")

    assert in_sandbox.redirect_uris == on_device.redirect_uris == (uri,)


@pytest.mark.parametrize("uri", [*_LOOPBACK, "https://localhost/", "https://127.8.9.1/", "https://a.localhost/"])
@pytest.mark.parametrize("member", ["redirect_uris", "post_logout_redirect_uris"])
def test_no_code_of_a_real_person_goes_to_whatever_runs_on_their_machine(member: str, uri: str) -> None:
    with pytest.raises(InvalidClientMetadata, match=f"{member}: leads to a loopback address"):
        _parsed(**{member: [uri]})


def test_nobody_goes_without_pkce_but_in_a_sandbox() -> None:
    with pytest.raises(InvalidClientMetadata, match="require_pkce"):
        _parsed(require_pkce=False)

    tried = parse_client("a", {**_GOOD, "require_pkce": False}, sector="a.example", is_sandbox=True)

    assert not tried.require_pkce


def test_a_resource_server_logs_nobody_in_and_needs_no_redirect_uri() -> None:
    client = parse_client(
        "data",
        {"client_name": "Dữ liệu", "resource": "urn:vn:data", "access_token_signed_response_alg": "PS256"},
        sector="data.example",
    )

    assert (client.resource, client.redirect_uris) == ("urn:vn:data", ())
