"""Proofs of possession (RFC 9449 §4.2), read by another implementation of the signature."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from relying_party_sdk.dpop import DpopKey, usable_nonce
from relying_party_sdk.dpop_nonces import MOST_SERVERS, DpopNonces, resource_server

NOW = 1_800_000_000
RESOURCE = "https://du-lieu.example/ho-so"


def opened(proof: str) -> tuple[dict[str, object], dict[str, object]]:
    header = json.loads(base64.urlsafe_b64decode(proof.partition(".")[0] + "=="))
    signed = jws.deserialize_compact(proof, ECKey.import_key(header["jwk"]), algorithms=["ES256"])
    return header, json.loads(signed.payload)


def test_names_the_request_and_shows_the_public_key_alone() -> None:
    header, claims = opened(DpopKey.generate().proof("POST", "https://a.example/token?x=1#y", now=NOW))

    assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
    assert isinstance(header["jwk"], dict)
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}
    assert (claims["htm"], claims["htu"], claims["iat"]) == ("POST", "https://a.example/token", NOW)
    assert not {"ath", "nonce"} & set(claims)


def test_names_the_token_and_the_nonce_it_is_for() -> None:
    _, claims = opened(DpopKey.generate().proof("GET", RESOURCE, now=NOW, nonce="mot-lan", access_token="the"))

    wanted = base64.urlsafe_b64encode(hashlib.sha256(b"the").digest()).rstrip(b"=").decode()
    assert (claims["ath"], claims["nonce"]) == (wanted, "mot-lan")


def test_every_proof_is_another() -> None:
    key = DpopKey.generate()

    proofs = [opened(key.proof("GET", RESOURCE, now=NOW))[1]["jti"] for _ in range(10)]

    assert len(set(proofs)) == 10


def test_is_the_same_key_after_it_was_kept_as_text() -> None:
    key = DpopKey.generate()
    header, _ = opened(DpopKey(key.secret).proof("GET", RESOURCE, now=NOW))

    assert isinstance(header["jwk"], dict)
    assert ECKey.import_key(header["jwk"]).thumbprint() == key.thumbprint
    assert key.secret not in repr(key)


@pytest.mark.parametrize("secret", ["", "a", "ngắn", "A" * 43, "*" * 43, "A" * 86])
def test_refuses_text_that_is_no_key(secret: str) -> None:
    with pytest.raises(ValueError, match="P-256"):
        DpopKey(secret)


@pytest.mark.parametrize(
    ("value", "usable"),
    [
        ("eyJ.n-0~nce", True),
        (None, False),
        ("", False),
        ('a"b', False),
        ("a b", False),
        ("\u00e1", False),
        ("x" * 513, False),
    ],
)
def test_takes_a_nonce_only_in_letters_that_fit_a_token(value: str | None, usable: bool) -> None:
    assert (usable_nonce(value) == value and value is not None) is usable


def test_keeps_the_newest_nonce_of_each_server_apart() -> None:
    nonces = DpopNonces()
    here, there = resource_server("https://a.example/x"), resource_server("https://b.example/x")
    nonces.keep(here, "1")
    nonces.keep(there, "2")
    nonces.keep(here, "3")

    assert (nonces.last(here), nonces.last(there), nonces.last("khác")) == ("3", "2", None)
    assert resource_server("https://a.example/y?z") == here


def test_keeps_nonces_of_so_many_servers_and_no_more() -> None:
    nonces = DpopNonces()
    for number in range(MOST_SERVERS + 1):
        nonces.keep(str(number), "n")

    assert (nonces.last("0"), nonces.last("1")) == (None, "n")
