"""Signed answers of the authorization endpoint (JARM §2.4): which is believed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from relying_party_sdk import AuthorizationResponseInvalid
from relying_party_sdk.authorization_response import UnknownResponseKey, unverified_state, validate_response
from relying_party_sdk.testing.signing import Signer, unsigned

ISSUER, CLIENT_ID, NOW = "https://dinhdanh.example", "cong-thue", 1_800_000_000
SIGNER = Signer("ES256", kid="khoa-1")
GOOD: Mapping[str, object] = {"iss": ISSUER, "aud": CLIENT_ID, "exp": NOW + 60, "code": "ma", "state": "tt"}


def validated(raw: str) -> Mapping[str, str]:
    keys = {"keys": [SIGNER.public_jwk()]}
    return validate_response(raw, keys=keys, issuer=ISSUER, client_id=CLIENT_ID, algorithm="ES256", now=NOW)


def test_a_good_answer_gives_its_parameters() -> None:
    told = validated(SIGNER.sign(GOOD))

    assert (told["code"], told["state"], told["iss"]) == ("ma", "tt", ISSUER)
    assert unverified_state(SIGNER.sign(GOOD)) == "tt"


@pytest.mark.parametrize("changes", [{"aud": [CLIENT_ID]}, {"exp": NOW - 9}, {"moi": {"x": 1}}])
def test_takes(changes: dict[str, object]) -> None:
    assert validated(SIGNER.sign({**GOOD, **changes}))["code"] == "ma"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        pytest.param({"iss": None}, "issuer_wrong", id="no issuer"),
        pytest.param({"iss": ISSUER + "/"}, "issuer_wrong", id="another issuer"),
        pytest.param({"aud": None}, "audience_wrong", id="no audience"),
        pytest.param({"aud": "khac"}, "audience_wrong", id="another audience"),
        pytest.param({"aud": [CLIENT_ID, "khac"]}, "audience_wrong", id="a stranger beside us"),
        pytest.param({"exp": None}, "expiry_missing", id="no expiry"),
        pytest.param({"exp": "mai"}, "expiry_missing", id="a word for expiry"),
        pytest.param({"exp": NOW - 10}, "expired", id="expired"),
    ],
)
def test_refuses_claims(changes: dict[str, object], rule: str) -> None:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}

    with pytest.raises(AuthorizationResponseInvalid) as refused:
        validated(SIGNER.sign(claims))

    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        pytest.param(unsigned(GOOD), "algorithm_not_registered", id="alg none"),
        pytest.param(unsigned(GOOD).rpartition(".")[0] + ".", "not_compact", id="no signature"),
        pytest.param(Signer("ES256", kid="khoa-1").sign(GOOD), "signature_wrong", id="another signer"),
        pytest.param(Signer("EdDSA", kid="khoa-1").sign(GOOD), "algorithm_not_registered", id="another algorithm"),
        pytest.param(SIGNER.sign(GOOD, typ="logout+jwt"), "wrong_type", id="another kind of token"),
        pytest.param(SIGNER.sign(GOOD, jwk=SIGNER.public_jwk()), "key_in_header", id="a key of its own"),
        pytest.param("x", "not_compact", id="no token"),
    ],
)
def test_refuses_tokens(raw: str, rule: str) -> None:
    with pytest.raises(AuthorizationResponseInvalid) as refused:
        validated(raw)

    assert refused.value.rule == rule


def test_an_unknown_key_is_told_apart() -> None:
    with pytest.raises(UnknownResponseKey):
        validated(Signer("ES256", kid="khoa-moi").sign(GOOD))


@pytest.mark.parametrize("raw", ["x", "a.b.c", unsigned(GOOD) + "."])
def test_no_state_is_read_from_what_is_no_token(raw: str) -> None:
    with pytest.raises(AuthorizationResponseInvalid):
        unverified_state(raw)


def test_a_state_that_is_no_text_is_none() -> None:
    assert unverified_state(SIGNER.sign({**GOOD, "state": 7})) == ""
