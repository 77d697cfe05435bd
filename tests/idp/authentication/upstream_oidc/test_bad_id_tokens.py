"""Thirty-seven kinds of bad ID token, and none of them is believed."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from idp.authentication.contract import SourceLied
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from tests.support.sources import NOW
from tests.support.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, unsigned
from tests.support.upstream_source import log_in

OTHER_KEY = ECKey.generate_key("P-256", {"kid": "one"})


def claim(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_id_token = lambda claims: {**claims, name: value}

    return bend


def without(name: str) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_id_token = lambda claims: {n: v for n, v in claims.items() if n != name}

    return bend


def header(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_header = lambda found: {**found, name: value}

        def sign(found: dict[str, Any], claims: dict[str, Any]) -> str:
            signed = ".".join(encoded(json.dumps(part).encode()) for part in (found, claims))
            # The library itself would not write such a header.
            signature = jws.JWSRegistry.algorithms["ES256"].sign(signed.encode(), upstream.key)
            return f"{signed}.{encoded(signature)}"

        upstream.sign = sign

    return bend


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed_by(sign: Callable[[dict[str, Any], dict[str, Any]], str]) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.sign = sign

    return bend


def by_another_key(found: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(found, claims, OTHER_KEY, algorithms=["ES256"])


def by_the_client_secret(found: dict[str, Any], claims: dict[str, Any]) -> str:
    key = OctKey.import_key(CLIENT_SECRET.ljust(32, "x"))
    return jwt.encode({**found, "alg": "HS256"}, claims, key, algorithms=["HS256"])


def tampered(upstream: Upstream) -> None:
    def sign(found: dict[str, Any], claims: dict[str, Any]) -> str:
        head, _, signature = jwt.encode(found, claims, upstream.key, algorithms=["ES256"]).split(".")
        forged = encoded(json.dumps({**claims, "sub": "victim"}).encode())
        return f"{head}.{forged}.{signature}"

    upstream.sign = sign


BAD_ID_TOKENS = [
    pytest.param(claim("iss", "https://other.example"), id="another issuer"),
    pytest.param(claim("iss", None), id="no issuer"),
    pytest.param(claim("aud", "another-client"), id="another audience"),
    pytest.param(claim("aud", [CLIENT_ID, "another-client"]), id="an audience too many"),
    pytest.param(without("aud"), id="no audience"),
    pytest.param(claim("azp", "another-client"), id="another authorized party"),
    pytest.param(claim("nonce", "replayed"), id="another nonce"),
    pytest.param(without("nonce"), id="no nonce"),
    pytest.param(claim("exp", NOW - 60), id="expired"),
    pytest.param(without("exp"), id="no expiry"),
    pytest.param(claim("exp", "soon"), id="expiry as text"),
    pytest.param(claim("iat", NOW + 600), id="issued in the future"),
    pytest.param(without("iat"), id="no time of issue"),
    pytest.param(claim("nbf", NOW + 600), id="not yet valid"),
    pytest.param(claim("sub", None), id="null subject"),
    pytest.param(claim("sub", ""), id="empty subject"),
    pytest.param(claim("sub", 7), id="numeric subject"),
    pytest.param(claim("sub", ["subject-1"]), id="list as subject"),
    pytest.param(claim("sub", "x" * 256), id="oversized subject"),
    pytest.param(claim("sub", "a b"), id="subject with a space"),
    pytest.param(without("sub"), id="no subject"),
    pytest.param(claim("auth_time", "now"), id="authentication time as text"),
    pytest.param(claim("auth_time", NOW + 600), id="authentication in the future"),
    pytest.param(claim("acr", 2), id="numeric acr"),
    pytest.param(claim("at_hash", "wrong"), id="hash of another access token"),
    pytest.param(header("typ", "at+jwt"), id="token of another type"),
    pytest.param(header("crit", ["exp"]), id="critical header"),
    pytest.param(header("jwk", OTHER_KEY.as_dict(private=False)), id="key in the header"),
    pytest.param(header("jku", "https://other.example/jwks"), id="key set in the header"),
    pytest.param(header("kid", "unknown"), id="unknown key"),
    pytest.param(signed_by(unsigned), id="unsigned"),
    pytest.param(signed_by(by_another_key), id="signed by another key of the same name"),
    pytest.param(signed_by(by_the_client_secret), id="signed with the client secret"),
    pytest.param(tampered, id="claims changed after signing"),
    pytest.param(signed_by(lambda found, claims: "x" * 20_000), id="oversized"),
    pytest.param(signed_by(lambda found, claims: "a.b"), id="two parts"),
    pytest.param(claim("padding", "x" * 17_000), id="a token of more than 16 KB"),
]


@pytest.mark.parametrize("bend", BAD_ID_TOKENS)
async def test_refuses_a_bad_id_token(
    source: UpstreamOidcSource, upstream: Upstream, bend: Callable[[Upstream], None]
) -> None:
    bend(upstream)

    with pytest.raises(SourceLied):
        await log_in(source, upstream)
