"""Every way an ID token can be bad, and that a good one passes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from relying_party_sdk.errors import IdTokenInvalid
from relying_party_sdk.id_token import IdTokenClaims, UnknownKey, validate_id_token
from relying_party_sdk.testing.signing import Signer, access_token_hash, encoded, part, unsigned

ISSUER = "https://dinhdanh.example"
CLIENT_ID = "cong-thue"
NONCE = "mot-lan-duy-nhat"
NOW = 1_800_000_000
ACCESS_TOKEN = "the-truy-cap"
CODE = "ma-uy-quyen"
SIGNER = Signer("ES256", kid="khoa-1")
KEYS: dict[str, object] = {"keys": [SIGNER.public_jwk()]}

GOOD: dict[str, object] = {
    "iss": ISSUER,
    "sub": "cong-dan-1",
    "aud": CLIENT_ID,
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": NONCE,
    "auth_time": NOW - 30,
    "acr": "eidas2",
    "amr": ["otp"],
    "sid": "phien-1",
    "at_hash": access_token_hash(ACCESS_TOKEN, "ES256"),
}


def validate(
    raw: str,
    *,
    keys: KeySet | dict[str, object] = KEYS,
    algorithms: tuple[str, ...] = ("ES256",),
    max_age: int | None = 600,
) -> IdTokenClaims:
    return validate_id_token(
        raw,
        keys=keys,
        issuer=ISSUER,
        client_id=CLIENT_ID,
        algorithms=algorithms,
        nonce=NONCE,
        now=NOW,
        max_age=max_age,
        access_token=ACCESS_TOKEN,
        code=CODE,
    )


def without(name: str) -> dict[str, object]:
    return {claim: value for claim, value in GOOD.items() if claim != name}


def test_accepts_a_good_token_and_hands_out_its_claims() -> None:
    claims = validate(SIGNER.sign(GOOD))

    assert claims.subject == "cong-dan-1"
    assert (claims.acr, claims.amr, claims.session_id) == ("eidas2", ("otp",), "phien-1")
    assert claims.authenticated_at == NOW - 30


def test_shows_no_person_in_repr() -> None:
    shown = repr(validate(SIGNER.sign(GOOD | {"name": "Nguyễn Thị Hoa"})))

    assert "Hoa" not in shown
    assert "cong-dan-1" not in shown


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": [CLIENT_ID]}, id="audience as a list of us alone"),
        pytest.param({"azp": CLIENT_ID}, id="azp is us"),
        pytest.param({"c_hash": access_token_hash(CODE, "ES256")}, id="c_hash of our code"),
        pytest.param({"iat": NOW + 10}, id="issued 10 s ahead of our clock"),
        pytest.param({"nbf": NOW + 10}, id="valid from 10 s ahead of our clock"),
        pytest.param({"iat": NOW - 20, "exp": NOW - 9}, id="expired within the leeway"),
        pytest.param({"auth_time": NOW - 605}, id="max_age exceeded within the leeway"),
        pytest.param({"sub": "x" * 255}, id="the longest sub"),
        pytest.param({"exp": float(NOW + 300)}, id="a fractional date"),
    ],
)
def test_accepts_what_the_standard_allows(changes: dict[str, object]) -> None:
    assert validate(SIGNER.sign(GOOD | changes)).issuer == ISSUER


@pytest.mark.parametrize(
    ("claims", "rule"),
    [
        pytest.param(without("iss"), "issuer_wrong", id="no iss"),
        pytest.param(GOOD | {"iss": ISSUER + "/"}, "issuer_wrong", id="iss with another slash"),
        pytest.param(GOOD | {"iss": [ISSUER]}, "issuer_wrong", id="iss as a list"),
        pytest.param(without("aud"), "audience_wrong", id="no aud"),
        pytest.param(GOOD | {"aud": "dich-vu-khac"}, "audience_wrong", id="aud of another service"),
        pytest.param(GOOD | {"aud": [CLIENT_ID, "la"]}, "audience_wrong", id="aud with a stranger"),
        pytest.param(GOOD | {"aud": []}, "audience_wrong", id="empty aud"),
        pytest.param(GOOD | {"azp": "dich-vu-khac"}, "authorized_party_wrong", id="azp of another service"),
        pytest.param(GOOD | {"azp": None}, "authorized_party_wrong", id="azp null"),
        pytest.param(without("sub"), "subject_wrong", id="no sub"),
        pytest.param(GOOD | {"sub": ""}, "subject_wrong", id="empty sub"),
        pytest.param(GOOD | {"sub": None}, "subject_wrong", id="sub null"),
        pytest.param(GOOD | {"sub": 42}, "subject_wrong", id="sub a number"),
        pytest.param(GOOD | {"sub": ["a"]}, "subject_wrong", id="sub a list"),
        pytest.param(GOOD | {"sub": "x" * 256}, "subject_wrong", id="sub too long"),
        pytest.param(GOOD | {"sub": "a\nb"}, "subject_wrong", id="sub with a line end"),
        pytest.param(without("exp"), "expiry_missing", id="no exp"),
        pytest.param(GOOD | {"exp": True}, "expiry_missing", id="exp true"),
        pytest.param(GOOD | {"exp": str(NOW + 300)}, "expiry_missing", id="exp as text"),
        pytest.param(GOOD | {"exp": 10**400}, "expiry_missing", id="exp beyond every date"),
        pytest.param(GOOD | {"iat": NOW - 300, "exp": NOW - 10}, "expired", id="expired"),
        pytest.param(without("iat"), "issued_at_missing", id="no iat"),
        pytest.param(GOOD | {"iat": NOW + 61}, "issued_in_the_future", id="issued over 60 s ahead"),
        pytest.param(GOOD | {"iat": NOW + 5, "exp": NOW + 1}, "issued_after_expiry", id="issued after its end"),
        pytest.param(GOOD | {"nbf": NOW + 61}, "not_yet_valid", id="valid from over 60 s ahead"),
        pytest.param(GOOD | {"nbf": "bây giờ"}, "not_yet_valid", id="nbf as text"),
        pytest.param(without("nonce"), "nonce_wrong", id="no nonce"),
        pytest.param(GOOD | {"nonce": NONCE + "x"}, "nonce_wrong", id="another nonce"),
        pytest.param(GOOD | {"nonce": [NONCE]}, "nonce_wrong", id="nonce as a list"),
        pytest.param(without("auth_time"), "authentication_time_missing", id="max_age asked, no auth_time"),
        pytest.param(GOOD | {"auth_time": "lâu rồi"}, "authentication_time_missing", id="auth_time as text"),
        pytest.param(GOOD | {"auth_time": NOW - 611}, "authentication_too_old", id="older than max_age"),
        pytest.param(
            GOOD | {"auth_time": NOW + 61}, "authentication_time_in_the_future", id="authenticated in the future"
        ),
        pytest.param(GOOD | {"at_hash": "sai"}, "access_token_hash_wrong", id="at_hash of another token"),
        pytest.param(GOOD | {"c_hash": "sai"}, "code_hash_wrong", id="c_hash of another code"),
        pytest.param(GOOD | {"c_hash": None}, "code_hash_wrong", id="c_hash null"),
        pytest.param(GOOD | {"acr": 2}, "claim_type_wrong", id="acr a number"),
        pytest.param(GOOD | {"sid": ""}, "claim_type_wrong", id="empty sid"),
        pytest.param(GOOD | {"amr": "otp"}, "claim_type_wrong", id="amr as text"),
    ],
)
def test_refuses_bad_claims(claims: dict[str, object], rule: str) -> None:
    with pytest.raises(IdTokenInvalid) as refused:
        validate(SIGNER.sign(claims))

    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        pytest.param({"jwk": SIGNER.public_jwk()}, "key_in_header", id="brings its own key"),
        pytest.param({"jku": "https://la.example/keys"}, "key_in_header", id="says where its key is"),
        pytest.param({"x5u": "https://la.example/cert"}, "key_in_header", id="says where its certificate is"),
        pytest.param({"x5c": ["MIIB"]}, "key_in_header", id="brings its own certificate"),
        pytest.param({"crit": ["exp"]}, "crit_refused", id="critical extension"),
        pytest.param({"crit": []}, "crit_refused", id="empty crit"),
        pytest.param({"b64": False}, "crit_refused", id="unencoded payload"),
        pytest.param({"zip": "DEF"}, "crit_refused", id="compressed"),
        pytest.param({"typ": "logout+jwt"}, "wrong_type", id="a logout token"),
        pytest.param({"typ": "at+jwt"}, "wrong_type", id="an access token"),
        pytest.param({"typ": 7}, "wrong_type", id="typ a number"),
        pytest.param({"kid": 7}, "kid_not_text", id="kid a number"),
        pytest.param({"alg": "none"}, "algorithm_not_registered", id="alg none with a signature"),
        pytest.param({"alg": "RS256"}, "algorithm_not_registered", id="alg not registered"),
        pytest.param({"alg": "es256"}, "algorithm_not_registered", id="alg in lower case"),
        pytest.param({"alg": ["ES256"]}, "algorithm_not_registered", id="alg as a list"),
    ],
)
def test_refuses_bad_headers(header: dict[str, object], rule: str) -> None:
    with pytest.raises(IdTokenInvalid) as refused:
        validate(SIGNER.sign(GOOD, **header))

    assert refused.value.rule == rule


def tampered() -> str:
    header, _, signature = SIGNER.sign(GOOD).split(".")
    return f"{header}.{part(GOOD | {'sub': 'nguoi-khac'})}.{signature}"


def signed_with_the_public_key_as_secret() -> str:
    secret = OctKey.import_key(json.dumps(SIGNER.public_jwk()))
    signing_input = f"{part({'alg': 'HS256', 'kid': 'khoa-1'})}.{part(GOOD)}"
    return f"{signing_input}.{encoded(JWSRegistry.algorithms['HS256'].sign(signing_input.encode(), secret))}"


def respelled() -> str:
    """The same bytes, with spare bits set in the signature's last letter."""
    raw = SIGNER.sign(GOOD)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters[letters.index(raw[-1]) ^ 1]
    signature = raw.rsplit(".", 1)[1]
    assert base64.urlsafe_b64decode(signature[:-1] + last + "==") == base64.urlsafe_b64decode(signature + "==")
    return raw[:-1] + last


def with_doubled_claim() -> str:
    body = encoded(json.dumps(GOOD)[:-1].encode() + b', "sub": "nguoi-khac"}')
    signing_input = f"{part({'alg': 'ES256', 'kid': 'khoa-1'})}.{body}"
    return f"{signing_input}.{encoded(JWSRegistry.algorithms['ES256'].sign(signing_input.encode(), SIGNER.key))}"


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        pytest.param(lambda: unsigned(GOOD), "algorithm_not_registered", id="alg none"),
        pytest.param(lambda: unsigned(GOOD).rsplit(".", 1)[0] + ".", "not_compact", id="alg none, no signature"),
        pytest.param(tampered, "signature_wrong", id="claims changed after signing"),
        pytest.param(signed_with_the_public_key_as_secret, "algorithm_not_registered", id="HMAC with the public key"),
        pytest.param(lambda: Signer("ES256", kid="khoa-1").sign(GOOD), "signature_wrong", id="another key, our kid"),
        pytest.param(lambda: Signer("ES256", kid="la").sign(GOOD), "key_unknown", id="unknown kid"),
        pytest.param(respelled, "not_compact", id="a second spelling of the signature"),
        pytest.param(lambda: SIGNER.sign(GOOD) + "=", "not_compact", id="padding"),
        pytest.param(lambda: SIGNER.sign(GOOD) + "\n", "not_compact", id="a line end"),
        pytest.param(lambda: " " + SIGNER.sign(GOOD), "not_compact", id="a leading space"),
        pytest.param(lambda: SIGNER.sign(GOOD) + ".AAAA", "not_compact", id="four parts"),
        pytest.param(lambda: "a.b.c.d.e", "not_compact", id="a JWE"),
        pytest.param(lambda: "", "not_compact", id="nothing"),
        pytest.param(lambda: json.dumps({"payload": "", "signatures": []}), "not_compact", id="JSON serialization"),
        pytest.param(lambda: SIGNER.sign(GOOD | {"x": "y" * 17_000}), "token_too_long", id="over 16 KB"),
        pytest.param(with_doubled_claim, "claims_not_json", id="a claim twice"),
        pytest.param(lambda: f"{encoded(b'[]')}.{part(GOOD)}.AAAA", "header_not_json", id="header a list"),
        pytest.param(lambda: f"{encoded(b'{')}.{part(GOOD)}.AAAA", "header_not_json", id="header not JSON"),
    ],
)
def test_refuses_bad_forms(make: Callable[[], str], rule: str) -> None:
    with pytest.raises(IdTokenInvalid) as refused:
        validate(make())

    assert refused.value.rule == rule


def test_says_when_a_newer_key_set_may_help() -> None:
    with pytest.raises(UnknownKey):
        validate(Signer("ES256", kid="khoa-moi").sign(GOOD))


@pytest.mark.parametrize("limit", [{"use": "enc"}, {"alg": "ES384"}, {"kty": "AKP"}])
def test_refuses_a_key_published_for_something_else(limit: dict[str, object]) -> None:
    with pytest.raises(IdTokenInvalid) as refused:
        validate(SIGNER.sign(GOOD), keys={"keys": [SIGNER.public_jwk() | limit]})

    assert refused.value.rule in ("key_does_not_fit", "key_unknown")


def test_refuses_to_guess_between_two_keys() -> None:
    other = Signer("ES256", kid="khoa-2")
    keys: dict[str, object] = {"keys": [SIGNER.public_jwk(), other.public_jwk()]}
    nameless = Signer("ES256", key=SIGNER.key)

    with pytest.raises(IdTokenInvalid) as refused:
        validate(nameless.sign(GOOD, kid=None), keys=keys)

    assert refused.value.rule == "key_ambiguous"


def test_accepts_a_token_without_kid_where_one_key_is_published() -> None:
    assert validate(SIGNER.sign(GOOD, kid=None)).subject == "cong-dan-1"


def test_refuses_a_curve_that_is_not_the_algorithms_own() -> None:
    odd = ECKey.generate_key("P-384").as_dict(private=False) | {"kid": "khoa-1"}

    with pytest.raises(IdTokenInvalid):
        validate(SIGNER.sign(GOOD), keys={"keys": [odd]})


def test_leaves_weak_and_symmetric_keys_out() -> None:
    with pytest.warns(Warning, match="2048"):
        weak = RSAKey.generate_key(1024)
    signer = Signer("RS256", kid="yeu", key=weak)
    symmetric = {"kty": "oct", "k": "AAAA", "kid": "yeu"}

    with pytest.raises(UnknownKey):
        validate(signer.sign(GOOD), keys={"keys": [signer.public_jwk(), symmetric]}, algorithms=("RS256",))


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519"])
def test_verifies_every_registered_algorithm(algorithm: str) -> None:
    signer = Signer(algorithm)
    token = signer.sign(GOOD | {"at_hash": access_token_hash(ACCESS_TOKEN, algorithm)})

    assert validate(token, keys={"keys": [signer.public_jwk()]}, algorithms=(algorithm,)).subject == "cong-dan-1"


def test_takes_keys_as_joserfc_holds_them() -> None:
    key = ECKey.generate_key("P-256", {"kid": "khoa-9"})

    assert validate(Signer("ES256", kid="khoa-9", key=key).sign(GOOD), keys=KeySet([key])).issuer == ISSUER


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", ""])
def test_cannot_be_configured_to_accept_less(algorithm: str) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        validate(SIGNER.sign(GOOD), algorithms=(algorithm,))


@given(
    st.one_of(
        st.text(), st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}", fullmatch=True)
    )
)
def test_nothing_but_a_refusal_comes_of_noise(raw: str) -> None:
    with pytest.raises(IdTokenInvalid):
        validate(raw)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), JSON_VALUES, min_size=1, max_size=3))
def test_odd_claims_are_refused_or_read_never_a_crash(changes: dict[str, object]) -> None:
    try:
        claims = validate(SIGNER.sign(GOOD | changes))
    except IdTokenInvalid:
        return

    assert claims.subject == (GOOD | changes)["sub"]


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "cty", "jwk", "crit", "x5t", "zip"]), JSON_VALUES, min_size=1)
)
def test_odd_headers_are_refused_or_read_never_a_crash(header: dict[str, object]) -> None:
    try:
        claims = validate(SIGNER.sign(GOOD, **header))
    except IdTokenInvalid:
        return

    assert claims.subject == GOOD["sub"]
