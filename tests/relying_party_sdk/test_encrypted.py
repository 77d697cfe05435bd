"""Encrypted tokens (RFC 7516): what opens, and everything that is refused before or while it is tried."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from relying_party_sdk import ConfigurationError
from relying_party_sdk.compact import MAX_TOKEN_LENGTH, CompactRefused
from relying_party_sdk.encrypted import CONTENT_ALGORITHMS, KEY_ALGORITHMS, Decryption, decrypted, decryption_keys

INSIDE = "aaa.bbb.ccc"
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
X25519 = OKPKey.generate_key("X25519", {"kid": "x"})


def sealed(key: ECKey | RSAKey | OKPKey | OctKey, alg: str, enc: str, *, text: str = INSIDE, **header: object) -> str:
    names = [alg, enc, "DEF"]
    protected = {"alg": alg, "enc": enc, "cty": "JWT", **header}
    return jwe.encrypt_compact(protected, text, key, algorithms=names)


def decryption(*keys: ECKey | RSAKey | OKPKey, alg: str = "ECDH-ES", enc: str = "A256GCM") -> Decryption:
    return Decryption(keys or (EC,), alg, enc)


@pytest.mark.parametrize("alg", KEY_ALGORITHMS)
@pytest.mark.parametrize("enc", CONTENT_ALGORITHMS)
def test_opens_what_was_sealed_with_the_registered_algorithms(alg: str, enc: str) -> None:
    key = RSA if alg.startswith("RSA") else EC

    assert decrypted(sealed(key, alg, enc, kid=key.kid), decryption(key, alg=alg, enc=enc)) == INSIDE


def test_opens_with_a_curve_of_montgomery() -> None:
    assert decrypted(sealed(X25519, "ECDH-ES", "A256GCM"), decryption(X25519)) == INSIDE


def test_finds_the_old_key_beside_the_new() -> None:
    newer = ECKey.generate_key("P-256", {"kid": "ec-moi"})

    assert decrypted(sealed(EC, "ECDH-ES", "A256GCM", kid="ec"), decryption(newer, EC)) == INSIDE


def changed(raw: str, changes: Mapping[str, object]) -> str:
    """The header says something else now."""
    first, rest = raw.split(".", 1)
    header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4))) | changes
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode() + "." + rest


GOOD = sealed(EC, "ECDH-ES", "A256GCM", kid="ec")
OTHER = ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        pytest.param(INSIDE, "not_encrypted", id="only signed"),
        pytest.param("", "not_compact", id="nothing"),
        pytest.param(GOOD + ".x", "not_compact", id="six parts"),
        pytest.param(GOOD.replace(".", ". ", 1), "not_compact", id="white space"),
        pytest.param(GOOD + "A" * MAX_TOKEN_LENGTH, "token_too_long", id="endless"),
        pytest.param("bm8." + GOOD.split(".", 1)[1], "header_not_json", id="a header that is no JSON"),
        pytest.param(sealed(EC, "ECDH-ES+A256KW", "A256GCM"), "encryption_not_registered", id="another alg"),
        pytest.param(sealed(EC, "ECDH-ES", "A128GCM"), "encryption_not_registered", id="another enc"),
        pytest.param(sealed(RSA, "RSA-OAEP-256", "A256GCM"), "encryption_not_registered", id="another kind of key"),
        pytest.param(changed(GOOD, {"alg": "dir"}), "encryption_not_registered", id="dir"),
        pytest.param(changed(GOOD, {"alg": "PBES2-HS256+A128KW"}), "encryption_not_registered", id="pbes2"),
        pytest.param(changed(GOOD, {"alg": ["ECDH-ES"]}), "encryption_not_registered", id="a list of algs"),
        pytest.param(
            sealed(EC, "ECDH-ES", "A256GCM", text="a" * 200_000, zip="DEF"), "encryption_header_refused", id="a bomb"
        ),
        pytest.param(changed(GOOD, {"crit": ["x"], "x": 1}), "encryption_header_refused", id="crit"),
        pytest.param(changed(GOOD, {"jku": "https://x.example"}), "encryption_header_refused", id="jku"),
        pytest.param(changed(GOOD, {"jwk": {}}), "encryption_header_refused", id="jwk"),
        pytest.param(changed(GOOD, {"cty": "JWE"}), "decryption_failed", id="a changed header"),
        pytest.param(changed(GOOD, {"epk": {"kty": "EC"}}), "decryption_failed", id="a broken ephemeral key"),
        pytest.param(changed(GOOD, {"kid": "la"}), "decryption_key_unknown", id="a key that is not ours"),
        pytest.param(sealed(OTHER, "ECDH-ES", "A256GCM", kid="ec"), "decryption_failed", id="sealed for another"),
        pytest.param(GOOD[:-4] + "AAAA", "decryption_failed", id="another tag"),
        pytest.param(sealed(EC, "ECDH-ES", "A256GCM", text="chữ", kid="ec"), "decryption_failed", id="no ASCII inside"),
    ],
)
def test_refuses(raw: str, rule: str) -> None:
    with pytest.raises(CompactRefused) as refused:
        decrypted(raw, decryption())

    assert refused.value.rule == rule


def test_does_not_guess_among_keys() -> None:
    with pytest.raises(CompactRefused, match="decryption_key_unknown"):
        decrypted(sealed(EC, "ECDH-ES", "A256GCM"), decryption(EC, OTHER, X25519))


def test_reads_one_key_or_a_set() -> None:
    one = EC.as_dict(private=True)
    both = {"keys": [one, RSA.as_dict(private=True)]}

    assert [key.kid for key in decryption_keys(one)] == ["ec"]
    assert [key.kid for key in decryption_keys(json.dumps(both))] == ["ec", "rsa"]
    assert [key.kid for key in decryption_keys(both)] == ["ec", "rsa"]
    assert len(decryption_keys(EC.as_pem(private=True))) == 1


@pytest.mark.parametrize("given", ["{", "khong phai khoa", '{"keys": [{"kty": "oct", "k": "AAAA"}]}'])
def test_says_when_it_is_no_private_key(given: str) -> None:
    with pytest.raises(ConfigurationError):
        decryption_keys(given)
