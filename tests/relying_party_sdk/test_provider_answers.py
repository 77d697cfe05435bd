"""Metadata, UserInfo and token answers: what is believed and what is not."""

from __future__ import annotations

import json

import pytest

from relying_party_sdk import ProviderMetadataInvalid, TokenAnswerInvalid, UserInfoInvalid
from relying_party_sdk.metadata import check_metadata, discovery_url
from relying_party_sdk.provider_client import lifetime
from relying_party_sdk.testing.signing import Signer
from relying_party_sdk.token_answer import read_token_answer
from relying_party_sdk.userinfo import validate_userinfo

ISSUER = "https://dinhdanh.example"
DOCUMENT: dict[str, object] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks.json",
}


def test_reads_the_smallest_document() -> None:
    metadata = check_metadata(DOCUMENT, issuer=ISSUER, algorithm="ES256")

    assert metadata.userinfo_endpoint is None
    assert not metadata.answers_with_issuer


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"issuer": ISSUER + "/"}, id="another issuer"),
        pytest.param({"issuer": None}, id="no issuer"),
        pytest.param({"token_endpoint": None}, id="no token endpoint"),
        pytest.param({"token_endpoint": "http://dinhdanh.example/token"}, id="an endpoint in the clear"),
        pytest.param({"token_endpoint": "http://127.0.0.1/token"}, id="an endpoint on this machine"),
        pytest.param({"jwks_uri": "https://a:b@dinhdanh.example/jwks"}, id="an endpoint with a user"),
        pytest.param({"userinfo_endpoint": "file:///etc/passwd"}, id="a file"),
        pytest.param({"userinfo_endpoint": 7}, id="a number"),
        pytest.param({"response_types_supported": ["id_token"]}, id="no code flow"),
        pytest.param({"code_challenge_methods_supported": ["plain"]}, id="no S256"),
        pytest.param({"id_token_signing_alg_values_supported": ["RS256"]}, id="not our algorithm"),
    ],
)
def test_refuses_documents_that_cannot_serve(changes: dict[str, object]) -> None:
    with pytest.raises(ProviderMetadataInvalid):
        check_metadata(DOCUMENT | changes, issuer=ISSUER, algorithm="ES256")


def test_finds_the_document_below_an_issuer_with_a_path() -> None:
    assert discovery_url("https://a.example/vn/") == "https://a.example/vn/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [("", 3600), ("max-age=600", 600), ("public, max-age=5", 60), ("max-age=999999999", 86400), ("no-store", 3600)],
)
def test_keeps_documents_between_a_minute_and_a_day(cache_control: str, seconds: int) -> None:
    assert lifetime(cache_control) == seconds


SIGNER = Signer("ES256")
CLAIMS = {"sub": "cong-dan-1", "name": "Hoa", "acr": "eidas3", "iss": ISSUER, "aud": "cong-thue"}


def read_userinfo(body: bytes, content_type: str, algorithm: str | None) -> object:
    return validate_userinfo(
        body,
        content_type=content_type,
        subject="cong-dan-1",
        issuer=ISSUER,
        client_id="cong-thue",
        keys={"keys": [SIGNER.public_jwk()]},
        algorithm=algorithm,
    )


def test_userinfo_never_speaks_about_the_login() -> None:
    assert read_userinfo(json.dumps(CLAIMS).encode(), "application/json; charset=utf-8", None) == {"name": "Hoa"}
    assert read_userinfo(SIGNER.sign(CLAIMS).encode(), "application/jwt", "ES256") == {"name": "Hoa"}


@pytest.mark.parametrize(
    ("body", "content_type", "algorithm", "rule"),
    [
        (json.dumps({"sub": "khac"}).encode(), "application/json", None, "subject_differs"),
        (b"{}", "application/json", None, "subject_differs"),
        (json.dumps({"sub": ["cong-dan-1"]}).encode(), "application/json", None, "subject_differs"),
        (b"[]", "application/json", None, "not_json"),
        (b"\xff", "application/json", None, "not_json"),
        (json.dumps(CLAIMS).encode(), "text/html", None, "not_json"),
        (json.dumps(CLAIMS).encode(), "application/json", "ES256", "not_signed"),
        (SIGNER.sign(CLAIMS).encode(), "application/jwt", None, "not_json"),
        (SIGNER.sign(CLAIMS).encode(), "application/jwt", "RS256", "algorithm_not_registered"),
        (SIGNER.sign(CLAIMS | {"aud": "khac"}).encode(), "application/jwt", "ES256", "audience_wrong"),
        (SIGNER.sign(CLAIMS | {"iss": "khac"}).encode(), "application/jwt", "ES256", "issuer_wrong"),
        (SIGNER.sign(CLAIMS | {"sub": "khac"}).encode(), "application/jwt", "ES256", "subject_differs"),
        (SIGNER.sign(CLAIMS, typ="logout+jwt").encode(), "application/jwt", "ES256", "wrong_type"),
        ("é".encode(), "application/jwt", "ES256", "not_compact"),
    ],
)
def test_refuses_bad_userinfo(body: bytes, content_type: str, algorithm: str | None, rule: str) -> None:
    with pytest.raises(UserInfoInvalid) as refused:
        read_userinfo(body, content_type, algorithm)

    assert refused.value.rule == rule


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "a"},
        {"access_token": "a", "token_type": "mac"},
        {"access_token": 7, "token_type": "Bearer"},
        {"access_token": "", "token_type": "Bearer"},
        {"access_token": "a", "token_type": "Bearer", "id_token": {}},
        {"access_token": "a", "token_type": "Bearer", "refresh_token": "x" * 20_000},
    ],
)
def test_refuses_bad_token_answers(answer: dict[str, object]) -> None:
    with pytest.raises(TokenAnswerInvalid):
        read_token_answer(answer, now=0, asked=("openid",))
