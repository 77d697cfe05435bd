"""Tokens as an attacker would bend them, each with the reason it is refused for."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import SignatureAlgorithm
from keys.held_key import KeyState
from keys.key_ring import KeyRing
from keys.signer import base64url
from keys.signing_key import SigningKey
from keys.verify import MAX_TOKEN_CHARACTERS, InvalidToken, TokenFault, verify

ES256, RS256, PS256, EDDSA = SignatureAlgorithm
CLAIMS: dict[str, object] = {"sub": "f3a9", "exp": 1_800_000_300}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def fault_of(
    token: str,
    keys: KeyRing | Mapping[str, object],
    *,
    typ: str | tuple[str, ...] | None = "JWT",
    algorithms: tuple[SignatureAlgorithm, ...] = tuple(SignatureAlgorithm),
) -> TokenFault:
    with pytest.raises(InvalidToken) as caught:
        verify(token, keys, typ=typ, algorithms=algorithms)
    return caught.value.reason


def signed(ring: KeyRing, header: object, payload: bytes, *, alg: SignatureAlgorithm = ES256) -> str:
    """A token whose signature is right, over whatever header and payload."""
    key = active(ring, alg)
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = base64url(encoded) + b"." + base64url(payload)
    return (signing_input + b"." + base64url(key.private.sign(signing_input))).decode()


def active(ring: KeyRing, alg: SignatureAlgorithm) -> SigningKey:
    return next(key for key in ring.keys if key.alg is alg and key.state is KeyState.ACTIVE)


def header_for(ring: KeyRing, alg: SignatureAlgorithm = ES256) -> dict[str, object]:
    return {"alg": alg.value, "kid": active(ring, alg).kid, "typ": "JWT"}


@pytest.fixture(scope="module")
def token(ring: KeyRing) -> str:
    return ring.signer(ES256).sign("JWT", CLAIMS)


@pytest.mark.parametrize("alg", list(SignatureAlgorithm))
def test_a_genuine_token_gives_its_claims_from_ring_and_jwks_alike(ring: KeyRing, alg: SignatureAlgorithm) -> None:
    token = ring.signer(alg).sign("logout+jwt", CLAIMS)

    for keys in (ring, json.loads(json.dumps(ring.jwks()))):
        assert verify(token, keys, typ=("JWT", "logout+jwt"), algorithms=[alg]) == CLAIMS
        assert verify(token, keys, typ=None, algorithms=[alg]) == CLAIMS


@pytest.mark.parametrize("alg", list(SignatureAlgorithm))
def test_every_changed_character_is_noticed(ring: KeyRing, alg: SignatureAlgorithm) -> None:
    token = ring.signer(alg).sign("JWT", CLAIMS)

    for position, character in enumerate(token):
        other = "A" if character != "A" else "B"
        fault_of(token[:position] + other + token[position + 1 :], ring)


def test_the_signature_of_one_token_does_not_fit_another(ring: KeyRing, token: str) -> None:
    other = ring.signer(ES256).sign("JWT", {**CLAIMS, "sub": "b777"})
    spliced = ".".join(other.split(".")[:2] + token.split(".")[2:])

    assert fault_of(spliced, ring) is TokenFault.BAD_SIGNATURE


def test_the_algorithm_of_the_token_must_be_the_one_of_its_key(ring: KeyRing) -> None:
    """RS256 and PS256 share a key type: only the binding of key to algorithm tells them apart."""
    for claimed in ("PS256", "ES256", "none", "None", "HS256", "", None, 5, ["RS256"]):
        token = signed(ring, header_for(ring, RS256) | {"alg": claimed}, b"{}", alg=RS256)
        assert fault_of(token, ring) is TokenFault.WRONG_ALGORITHM


def test_an_algorithm_the_caller_does_not_accept_is_refused(ring: KeyRing, token: str) -> None:
    assert fault_of(token, ring, algorithms=(RS256, EDDSA)) is TokenFault.WRONG_ALGORITHM
    assert fault_of(token, ring, algorithms=()) is TokenFault.WRONG_ALGORITHM


@pytest.mark.parametrize("kid", ["unknown", "", None, 7, ["a"], {}])
def test_an_unknown_or_missing_kid_is_refused(ring: KeyRing, kid: object) -> None:
    token = signed(ring, header_for(ring) | {"kid": kid}, b"{}")

    assert fault_of(token, ring) is TokenFault.UNKNOWN_KEY
    assert fault_of(token, ring.jwks()) is TokenFault.UNKNOWN_KEY


def test_the_kid_of_a_sibling_does_not_help(ring: KeyRing) -> None:
    waiting = next(key for key in ring.keys if key.alg is ES256 and key.state is KeyState.NEXT)
    token = signed(ring, header_for(ring) | {"kid": waiting.kid}, b"{}")

    assert fault_of(token, ring) is TokenFault.BAD_SIGNATURE


@pytest.mark.parametrize("typ", ["jwt", "logout+jwt", "at+jwt", "", None, ["JWT"], 1])
def test_another_kind_of_token_is_refused(ring: KeyRing, typ: object) -> None:
    assert fault_of(signed(ring, header_for(ring) | {"typ": typ}, b"{}"), ring) is TokenFault.WRONG_TYPE


def test_a_token_without_kind_is_refused_where_one_is_asked_for(ring: KeyRing) -> None:
    header = header_for(ring)
    del header["typ"]

    assert fault_of(signed(ring, header, b"{}"), ring) is TokenFault.WRONG_TYPE


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"jwk": {"kty": "EC"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MIIB"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_headers_that_bring_keys_or_change_the_rules_are_refused(ring: KeyRing, extra: dict[str, object]) -> None:
    assert fault_of(signed(ring, header_for(ring) | extra, b"{}"), ring) is TokenFault.REFUSED_HEADER


def test_only_the_compact_form_is_read(ring: KeyRing, token: str) -> None:
    header, payload, signature = token.split(".")
    flattened = json.dumps({"protected": header, "payload": payload, "signature": signature})
    for bent in (
        "",
        ".",
        "..",
        header,
        f"{header}.{payload}",
        f"{token}.",
        f"{token}.{signature}.{signature}",
        f"{header}..{signature}",
        f"{header}.{payload}.",
        f".{payload}.{signature}",
        flattened,
        f"Bearer {token}",
        f" {token}",
        f"{token}\n",
        "\ud800.a.a",
        "é.é.é",
    ):
        assert fault_of(bent, ring) is TokenFault.MALFORMED


def test_there_is_one_encoding_for_a_value(ring: KeyRing) -> None:
    """Padding, the other alphabet, white space and stray bits would each give a second spelling of a token."""
    header, payload, signature = ring.signer(ES256).sign("JWT", {"s": "\u00ff\u00fe?>"}).split(".")
    assert len(signature) == 86  # two characters behind the last full group: four bits to spare
    last = ALPHABET.index(signature[-1])
    stray = signature[:-1] + ALPHABET[last | 0b0001]
    for bent in (
        f"{header}.{payload}.{signature}==",
        f"{header}.{payload}=.{signature}",
        f"{header}.{payload}.{signature[:40]}\n{signature[40:]}",
        f"{header}.{payload}.{signature[:40]}+{signature[41:]}",
        f"{header}.{payload}.{signature[:40]}/{signature[41:]}",
        f"{header}.{payload}.{stray}",
        f"{header}.{payload}.{signature}A",
        f"{header}.{payload}.{signature}AAA",
    ):
        assert fault_of(bent, ring) in {TokenFault.MALFORMED, TokenFault.BAD_SIGNATURE}
    assert fault_of(f"{header}.{payload}.{stray}", ring) is TokenFault.MALFORMED


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(ring: KeyRing, token: str, length: int) -> None:
    unsigned = token.rsplit(".", 1)[0]

    fault = fault_of(f"{unsigned}.{base64url(bytes(length)).decode()}", ring)

    assert fault is (TokenFault.BAD_SIGNATURE if length else TokenFault.MALFORMED)


def test_a_number_of_the_signature_has_one_width(ring: KeyRing) -> None:
    """A zero byte before s leaves its value as it was, and would make a second spelling of the signature."""
    key, message = active(ring, ES256), base64url(json.dumps(header_for(ring)).encode()) + b"." + base64url(b"{}")
    signature = key.private.sign(message)
    wider = signature[:32] + b"\0" + signature[32:]

    assert verify(f"{message.decode()}.{base64url(signature).decode()}", ring, typ="JWT", algorithms=[ES256]) == {}
    assert fault_of(f"{message.decode()}.{base64url(wider).decode()}", ring) is TokenFault.BAD_SIGNATURE


def test_der_and_all_zero_ecdsa_signatures_are_refused(ring: KeyRing, token: str) -> None:
    unsigned = token.rsplit(".", 1)[0]
    for signature in (bytes(64), bytes(32) + b"\1" * 32, bytes.fromhex("3006020101020101").ljust(64, b"\0")):
        assert fault_of(f"{unsigned}.{base64url(signature).decode()}", ring) is TokenFault.BAD_SIGNATURE


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b"{} {}",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"sub": "a", "sub": "b"}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b"[" * 11_000,
        b'{"n": ' + b"9" * 9_000 + b"}",
    ],
    ids=lambda payload: repr(payload[:24]),
)
def test_a_signed_payload_that_is_not_one_clean_json_object_is_refused(ring: KeyRing, payload: bytes) -> None:
    assert fault_of(signed(ring, header_for(ring), payload), ring) is TokenFault.MALFORMED


@pytest.mark.parametrize("header", [b"[]", b"1", b'{"alg":"ES256","alg":"none"}', b"\xff", b"[" * 5_000])
def test_a_header_that_is_not_one_clean_json_object_is_refused(ring: KeyRing, header: bytes) -> None:
    assert fault_of(signed(ring, header, b"{}"), ring) is TokenFault.MALFORMED


def test_a_huge_token_is_refused_before_it_is_read(ring: KeyRing) -> None:
    token = ring.signer(ES256).sign("JWT", {"x": "a" * MAX_TOKEN_CHARACTERS})

    assert fault_of(token, ring) is TokenFault.TOO_LARGE
    assert fault_of("." * (MAX_TOKEN_CHARACTERS + 1), ring) is TokenFault.TOO_LARGE
    assert fault_of("." * MAX_TOKEN_CHARACTERS, ring) is TokenFault.MALFORMED


def test_a_jwks_is_read_with_suspicion(ring: KeyRing, token: str) -> None:
    genuine = next(jwk for jwk in ring.jwks()["keys"] if jwk["kid"] == active(ring, ES256).kid)
    rsa = next(jwk for jwk in ring.jwks()["keys"] if jwk["alg"] == "RS256")
    without_alg = {name: value for name, value in genuine.items() if name != "alg"}
    suspicious: list[dict[str, object]] = [
        {},
        {"keys": None},
        {"keys": []},
        {"keys": ["text", None]},
        {"keys": [genuine, genuine]},
        {"keys": [without_alg]},
        {"keys": [{**genuine, "use": "enc"}]},
        {"keys": [{**genuine, "alg": ["ES256"]}]},
        {"keys": [{**genuine, "x": "AAAA"}]},
        {"keys": [{**genuine, "x": genuine["y"]}]},
        {"keys": [{**rsa, "kid": genuine["kid"], "alg": "ES256"}]},
        {"keys": [{"kty": "oct", "k": "AAAA", "kid": genuine["kid"], "alg": "ES256"}]},
    ]
    for jwks in suspicious:
        assert fault_of(token, jwks) is TokenFault.UNKNOWN_KEY


def test_the_error_shows_no_piece_of_the_token(ring: KeyRing) -> None:
    token = ring.signer(ES256).sign("JWT", {"name": "Nguyễn Thị Hòa"})
    with pytest.raises(InvalidToken) as caught:
        verify(token[:-4] + "AAAA", ring, typ="JWT", algorithms=[ES256])

    assert str(caught.value) == repr(caught.value.reason.value).strip("'") == "bad_signature"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: urlsafe_b64encode(data).decode()))
def test_nothing_but_invalid_token_comes_out_whatever_goes_in(text: str) -> None:
    for token in (text, f"{text}.{text}.{text}"):
        with pytest.raises(InvalidToken):
            verify(token, {"keys": []}, typ=None, algorithms=list(SignatureAlgorithm))
