"""Nested tokens that another library encrypted for us, and everything that is none."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import ECKey, JWKRegistry
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from keys.algorithms import KEY_ALGORITHMS, DecryptionAlgorithm, SignatureAlgorithm
from keys.decryption import OPENED_BY, open_token
from keys.decryption_key import DecryptionKey
from keys.encryption import ContentEncryption, KeyManagement, encrypt
from keys.held_key import KeyState
from keys.key_ring import KeyRing
from keys.public_key import UnusableKey
from keys.sealing import CannotUnseal, seal_private, unseal_decryption, unseal_private
from keys.verify import MAX_TOKEN_CHARACTERS, InvalidToken, TokenFault
from tests.keys.conftest import NOW

RSA, ECDH = DecryptionAlgorithm.RSA_OAEP_256, DecryptionAlgorithm.ECDH_ES
SIGNED = "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl"
SEALING_KEY = bytes(range(32))


@pytest.fixture(scope="module")
def ring() -> KeyRing:
    return KeyRing().ensure((RSA, ECDH, SignatureAlgorithm.ES256), NOW).ring


def key_of(ring: KeyRing, alg: DecryptionAlgorithm, state: KeyState = KeyState.ACTIVE) -> DecryptionKey:
    found = next(key for key in ring.keys if key.alg is alg and key.state is state)
    assert isinstance(found, DecryptionKey)
    return found


def sealed_by_joserfc(
    key: DecryptionKey,
    alg: KeyManagement,
    enc: ContentEncryption = ContentEncryption.A256GCM,
    *,
    inside: str = SIGNED,
    **header: Any,
) -> str:
    registry = joserfc_jwe.JWERegistry(algorithms=[alg.value, enc.value, "DEF"], strict_check_header=False)
    protected = {"alg": alg.value, "enc": enc.value, "kid": key.kid, "cty": "JWT", **header}
    public = JWKRegistry.import_key(dict(key.private.public_jwk()))
    named = {name: value for name, value in protected.items() if value is not None}
    return joserfc_jwe.encrypt_compact(named, inside, public, registry=registry)


def opened(token: str, ring: KeyRing, **allowed: Any) -> str:
    return open_token(token, ring, **{"algs": tuple(KeyManagement), "encs": tuple(ContentEncryption), **allowed})


def fault_of(token: str, ring: KeyRing, **allowed: Any) -> TokenFault:
    with pytest.raises(InvalidToken) as refused:
        opened(token, ring, **allowed)
    return refused.value.reason


@pytest.mark.parametrize("alg", list(KeyManagement))
@pytest.mark.parametrize("enc", list(ContentEncryption))
def test_what_joserfc_encrypted_is_opened(ring: KeyRing, alg: KeyManagement, enc: ContentEncryption) -> None:
    token = sealed_by_joserfc(key_of(ring, OPENED_BY[alg]), alg, enc)

    assert opened(token, ring) == SIGNED


def test_a_retired_key_still_opens_and_is_listed_no_more(ring: KeyRing) -> None:
    key = key_of(ring, ECDH)
    token = sealed_by_joserfc(key, KeyManagement.ECDH_ES)

    rotated = ring.rotate(ECDH, now=NOW + 9).ring

    assert opened(token, rotated) == SIGNED
    listed = {jwk["kid"]: jwk for jwk in rotated.jwks()["keys"] if jwk["use"] == "enc"}
    assert key.kid not in listed
    assert key_of(rotated, ECDH).kid in listed


def test_a_withdrawn_key_opens_nothing(ring: KeyRing) -> None:
    key = key_of(ring, RSA)
    token = sealed_by_joserfc(key, KeyManagement.RSA_OAEP_256)

    assert fault_of(token, ring.withdraw(key.kid, now=NOW + 9).ring) is TokenFault.UNKNOWN_KEY


def test_the_key_set_says_what_each_key_is_for(ring: KeyRing) -> None:
    by_use = {jwk["kty"]: jwk for jwk in ring.jwks()["keys"] if jwk["use"] == "enc"}

    assert by_use["RSA"]["alg"] == "RSA-OAEP-256"
    # A key on a curve opens every variant of ECDH-ES; naming one would hide the others from readers that compare.
    assert "alg" not in by_use["EC"]
    assert {frozenset(jwk) & {"d", "p", "q"} for jwk in by_use.values()} == {frozenset()}


def test_a_key_that_decrypts_neither_signs_nor_verifies(ring: KeyRing) -> None:
    for alg in (RSA, ECDH):
        with pytest.raises(UnusableKey):
            ring.verification_key(key_of(ring, alg).kid)


def test_a_key_that_signs_opens_nothing(ring: KeyRing) -> None:
    signing = next(key for key in ring.keys if key.alg is SignatureAlgorithm.ES256)
    token = encrypt(
        SIGNED.encode(), signing.public_jwk(), alg=KeyManagement.ECDH_ES, enc=ContentEncryption.A256GCM, cty="JWT"
    )

    assert fault_of(token, ring) is TokenFault.UNKNOWN_KEY


@pytest.mark.parametrize("alg", [RSA, ECDH])
def test_it_is_sealed_as_what_it_is(ring: KeyRing, alg: DecryptionAlgorithm) -> None:
    key = key_of(ring, alg)

    sealed = seal_private(key, sealing_key=SEALING_KEY)

    private = unseal_decryption(sealed, kid=key.kid, alg=alg, sealing_key=SEALING_KEY)
    assert private.public_jwk() == key.private.public_jwk()
    assert "…" in repr(private)
    with pytest.raises(CannotUnseal):
        unseal_private(sealed, kid=key.kid, alg=SignatureAlgorithm.ES256, sealing_key=SEALING_KEY)
    with pytest.raises(CannotUnseal):
        unseal_decryption(sealed, kid="other", alg=alg, sealing_key=SEALING_KEY)


def test_every_algorithm_has_a_key_in_a_whole_ring() -> None:
    assert {key.alg for key in KeyRing().ensure(KEY_ALGORITHMS, NOW).ring.keys} == set(KEY_ALGORITHMS)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        pytest.param({"zip": "DEF"}, TokenFault.REFUSED_HEADER, id="compressed"),
        pytest.param({"crit": ["x"], "x": 1}, TokenFault.REFUSED_HEADER, id="crit"),
        pytest.param({"jku": "https://evil.example/"}, TokenFault.REFUSED_HEADER, id="jku"),
        pytest.param({"x5u": "https://evil.example/"}, TokenFault.REFUSED_HEADER, id="x5u"),
        pytest.param({"p2c": 1}, TokenFault.REFUSED_HEADER, id="p2c"),
        pytest.param({"b64": False}, TokenFault.REFUSED_HEADER, id="b64"),
        pytest.param({"cty": "text/plain"}, TokenFault.WRONG_TYPE, id="something else inside"),
        pytest.param({"kid": None}, TokenFault.UNKNOWN_KEY, id="no kid"),
        pytest.param({"kid": "somebody else's"}, TokenFault.UNKNOWN_KEY, id="a foreign kid"),
    ],
)
def test_a_header_that_asks_for_more_is_refused(ring: KeyRing, header: Mapping[str, Any], fault: TokenFault) -> None:
    honest = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES)

    assert fault_of(_with_header(honest, header), ring) is fault


@pytest.mark.parametrize("alg", ["RSA1_5", "RSA-OAEP", "dir", "A256KW", "A128GCMKW", "PBES2-HS256+A128KW", "none"])
def test_an_algorithm_we_do_not_offer_is_refused_before_any_key_is_touched(ring: KeyRing, alg: str) -> None:
    honest = sealed_by_joserfc(key_of(ring, RSA), KeyManagement.RSA_OAEP_256)

    assert fault_of(_with_header(honest, {"alg": alg}), ring) is TokenFault.WRONG_ALGORITHM


def test_only_what_the_caller_allows_is_opened(ring: KeyRing) -> None:
    token = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES)

    assert fault_of(token, ring, algs=(KeyManagement.RSA_OAEP_256,)) is TokenFault.WRONG_ALGORITHM
    assert fault_of(token, ring, encs=(ContentEncryption.A128GCM,)) is TokenFault.WRONG_ALGORITHM


def test_a_key_is_used_with_its_own_algorithm(ring: KeyRing) -> None:
    token = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES, kid=key_of(ring, RSA).kid)

    assert fault_of(token, ring) is TokenFault.WRONG_ALGORITHM


@pytest.mark.parametrize("inside", ['{"client_id":"town-hall"}', "a.b", SIGNED + ".", SIGNED.replace(".", "")])
def test_what_is_not_signed_inside_is_refused(ring: KeyRing, inside: str) -> None:
    token = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES, inside=inside)

    assert fault_of(token, ring) is TokenFault.NOT_SIGNED


def test_a_token_inside_a_token_inside_a_token_is_refused(ring: KeyRing) -> None:
    key = key_of(ring, ECDH)
    nested = sealed_by_joserfc(key, KeyManagement.ECDH_ES)

    assert fault_of(sealed_by_joserfc(key, KeyManagement.ECDH_ES, inside=nested), ring) is TokenFault.NOT_SIGNED


@pytest.mark.parametrize(
    "epk",
    [
        pytest.param(None, id="none"),
        pytest.param("text", id="text"),
        pytest.param({"kty": "oct", "k": "AAAA"}, id="symmetric"),
        pytest.param({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}, id="another curve"),
        pytest.param({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, id="short"),
        pytest.param({"kty": "EC", "crv": "P-256", "x": 5, "y": []}, id="no text"),
        pytest.param(ECKey.generate_key("P-256").as_dict(private=True), id="with its private half"),
    ],
)
def test_an_ephemeral_key_is_a_public_point_on_our_curve(ring: KeyRing, epk: object) -> None:
    honest = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES)

    assert fault_of(_with_header(honest, {"epk": epk}), ring) is TokenFault.REFUSED_HEADER


def test_a_point_off_the_curve_is_refused(ring: KeyRing) -> None:
    """An invalid curve gives away the private key, piece by piece."""
    honest = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES)
    x = ECKey.generate_key("P-256").as_dict(private=False)["x"]

    forged = _with_header(honest, {"epk": {"kty": "EC", "crv": "P-256", "x": x, "y": x}})

    assert fault_of(forged, ring) is TokenFault.CANNOT_OPEN


def _without(index: int) -> Callable[[list[str]], list[str]]:
    return lambda parts: [*parts[:index], "", *parts[index + 1 :]]


def _changed(index: int) -> Callable[[list[str]], list[str]]:
    flipped = {"A": "B"}
    return lambda parts: [
        *parts[:index],
        flipped.get(parts[index][0], "A") + parts[index][1:],
        *parts[index + 1 :],
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda parts: parts[:4], TokenFault.MALFORMED, id="four parts"),
        pytest.param(lambda parts: [*parts, "AA"], TokenFault.MALFORMED, id="six parts"),
        pytest.param(_without(1), TokenFault.MALFORMED, id="no encrypted key"),
        pytest.param(_without(2), TokenFault.MALFORMED, id="no initialization vector"),
        pytest.param(_without(3), TokenFault.MALFORMED, id="no ciphertext"),
        pytest.param(_without(4), TokenFault.MALFORMED, id="no tag"),
        pytest.param(lambda parts: [*parts[:4], parts[4][:11]], TokenFault.MALFORMED, id="a tag cut short"),
        pytest.param(lambda parts: [*parts[:4], parts[4] + "=="], TokenFault.MALFORMED, id="padding"),
        pytest.param(lambda parts: [parts[0] + "!", *parts[1:]], TokenFault.MALFORMED, id="foreign alphabet"),
        pytest.param(_changed(1), TokenFault.CANNOT_OPEN, id="another encrypted key"),
        pytest.param(_changed(2), TokenFault.CANNOT_OPEN, id="another initialization vector"),
        pytest.param(_changed(3), TokenFault.CANNOT_OPEN, id="another ciphertext"),
        pytest.param(_changed(4), TokenFault.CANNOT_OPEN, id="another tag"),
    ],
)
def test_a_changed_token_is_refused(ring: KeyRing, change: Callable[[list[str]], list[str]], fault: TokenFault) -> None:
    honest = sealed_by_joserfc(key_of(ring, RSA), KeyManagement.RSA_OAEP_256)

    assert fault_of(".".join(change(honest.split("."))), ring) is fault


def test_a_member_named_twice_in_the_header_is_refused(ring: KeyRing) -> None:
    parts = sealed_by_joserfc(key_of(ring, ECDH), KeyManagement.ECDH_ES).split(".")
    twice = _json_of(parts[0]).encode()[:-1] + b',"alg":"ECDH-ES"}'

    assert fault_of(".".join([_encoded(twice), *parts[1:]]), ring) is TokenFault.MALFORMED


def test_a_token_too_long_is_not_even_split(ring: KeyRing) -> None:
    assert fault_of("." * (MAX_TOKEN_CHARACTERS + 1), ring) is TokenFault.TOO_LARGE


def test_the_json_forms_are_refused(ring: KeyRing) -> None:
    """Several recipients, and unprotected headers (RFC 7516 §7.2)."""
    general = JWE(SIGNED.encode(), protected=json.dumps({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}))
    general.add_recipient(JWK(**key_of(ring, ECDH).private.public_jwk()))

    assert fault_of(general.serialize(), ring) is TokenFault.MALFORMED


def _json_of(encoded: str) -> str:
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _with_header(token: str, changes: Mapping[str, Any]) -> str:
    """The header is authenticated: what passes the judgement of a changed one would not open."""
    head, _, rest = token.partition(".")
    header = {name: value for name, value in {**json.loads(_json_of(head)), **changes}.items() if value is not None}
    return f"{_encoded(json.dumps(header).encode())}.{rest}"
