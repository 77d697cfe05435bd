"""Signed requests (RFC 9101, FAPI 2.0 Message Signing §5.3.1) and the keys that sign."""

from __future__ import annotations

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from relying_party_sdk import ConfigurationError
from relying_party_sdk.compact import verify_compact
from relying_party_sdk.jwks import PublishedKey
from relying_party_sdk.request_object import signed_request
from relying_party_sdk.signing import signing_key

NOW = 1_800_000_000
EC, RSA, OKP = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
ASKED = {"client_id": "cong-thue", "scope": "openid", "max_age": "0", "redirect_uri": "https://thue.example/c"}


def test_says_who_asks_whom_and_for_how_long() -> None:
    sent = signed_request(ASKED, signing_key(EC), issuer="https://dinhdanh.example", now=NOW)

    keys = [PublishedKey(None, EC, None, None)]
    token = verify_compact(sent["request"], keys=keys, algorithms=("ES256",), types=("oauth-authz-req+jwt",))
    assert set(sent) == {"client_id", "request"}
    assert (token.claims["iss"], token.claims["aud"]) == ("cong-thue", "https://dinhdanh.example")
    assert (token.claims["nbf"], token.claims["iat"], token.claims["exp"]) == (NOW, NOW, NOW + 300)
    assert (token.claims["max_age"], token.claims["scope"]) == (0, "openid")
    assert "sub" not in token.claims


@pytest.mark.parametrize(
    ("key", "algorithm", "chosen"),
    [
        (EC, None, "ES256"),
        (RSA, None, "PS256"),
        (OKP, None, "EdDSA"),
        (RSA, "RS256", "RS256"),
        (OKP, "Ed25519", "Ed25519"),
        (ECKey.generate_key("P-384"), None, "ES384"),
    ],
)
def test_signs_with_the_registered_algorithm_or_the_usual_one(
    key: ECKey | RSAKey | OKPKey, algorithm: str | None, chosen: str
) -> None:
    assert signing_key(key, algorithm).algorithm == chosen


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "PS256"), (EC, "ES384"), (RSA, "ES256"), (EC, "HS256")])
def test_refuses_an_algorithm_that_does_not_fit(key: ECKey | RSAKey, algorithm: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot sign with {algorithm}"):
        signing_key(key, algorithm)


def test_refuses_keys_that_prove_nobody() -> None:
    public = EC.as_dict(private=False)
    for given in (OctKey.generate_key(256), public, "khong phai khoa"):
        with pytest.raises(ConfigurationError):
            signing_key(given)
