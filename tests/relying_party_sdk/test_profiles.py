"""Settings of the FAPI 2 profiles and of each feature alone: what is refused, and with what advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from relying_party_sdk import ConfigurationError, RelyingParty, SecurityProfile

EC, RSA = ECKey.generate_key("P-256", {"kid": "ec"}), RSAKey.generate_key(2048, {"kid": "rsa", "alg": "RS256"})
GOOD = {
    "MOTCUA_ISSUER": "https://dinhdanh.example",
    "MOTCUA_CLIENT_ID": "cong-thue",
    "MOTCUA_REDIRECT_URI": "https://thue.example/dang-nhap/ket-thuc",
    "MOTCUA_PRIVATE_KEY": json.dumps(EC.as_dict(private=True)),
    "MOTCUA_PROFILE": "fapi2",
}


def party(**changes: str) -> RelyingParty:
    return RelyingParty.from_environment(
        environment=GOOD | {f"MOTCUA_{name}": value for name, value in changes.items()}
    )


def test_one_word_switches_everything_on() -> None:
    settings, signing = party().settings, party(PROFILE="fapi2-message-signing").settings

    assert settings.profile is SecurityProfile.FAPI2
    assert (settings.pushes_requests, settings.binds_tokens, settings.rules.issuer_in_response) == (True, True, True)
    assert (settings.signs_requests, settings.response_algorithm) == (False, None)
    assert (signing.signs_requests, signing.response_algorithm) == (True, "ES256")


def test_the_word_may_be_said_in_code_beside_the_environment() -> None:
    environment = {name: value for name, value in GOOD.items() if name != "MOTCUA_PROFILE"}

    said = RelyingParty.from_environment(environment=environment, profile="fapi2-message-signing")

    assert said.settings.profile is SecurityProfile.FAPI2_MESSAGE_SIGNING
    assert said.settings.scopes == ("openid", "identity")


def test_without_it_nothing_is_on() -> None:
    settings = party(PROFILE="").settings

    assert not (settings.pushes_requests)
    assert not (settings.binds_tokens)
    assert not settings.signs_requests
    assert settings.response_algorithm is None


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("REQUIRE_PUSHED_AUTHORIZATION_REQUESTS", "true", "pushes_requests"),
        ("DPOP_BOUND_ACCESS_TOKENS", "True", "binds_tokens"),
        ("REQUEST_OBJECT_SIGNING_ALG", "ES256", "signs_requests"),
        ("AUTHORIZATION_SIGNED_RESPONSE_ALG", "PS256", "response_algorithm"),
    ],
)
def test_each_is_switched_on_by_itself(name: str, value: str, what: str) -> None:
    assert getattr(party(PROFILE="", **{name: value}).settings, what)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"PROFILE": "fapi3"}, "MOTCUA_PROFILE must be one of openid, fapi2, fapi2-message-signing"),
        ({"PRIVATE_KEY": "", "CLIENT_SECRET": "bi-mat"}, "profile fapi2 needs a private_key"),
        (
            {"ID_TOKEN_SIGNED_RESPONSE_ALG": "RS256"},
            "does not allow id_token_signed_response_alg RS256: use one of PS256",
        ),
        ({"USERINFO_SIGNED_RESPONSE_ALG": "RS256"}, "does not allow userinfo_signed_response_alg RS256"),
        (
            {"PRIVATE_KEY": json.dumps(RSA.as_dict(private=True))},
            "does not allow token_endpoint_auth_signing_alg RS256",
        ),
        ({"TOKEN_ENDPOINT_AUTH_SIGNING_ALG": "PS256"}, "private_key cannot sign with PS256"),
        ({"DPOP_BOUND_ACCESS_TOKENS": "có"}, "MOTCUA_DPOP_BOUND_ACCESS_TOKENS must be true or false"),
        (
            {"PROFILE": "", "PRIVATE_KEY": "", "CLIENT_SECRET": "bi-mat", "REQUEST_OBJECT_SIGNING_ALG": "ES256"},
            "need a private_key",
        ),
        ({"ID_TOKEN_ENCRYPTED_RESPONSE_ALG": "RSA1_5"}, "RSA1_5 is not one of ECDH-ES"),
        ({"ID_TOKEN_ENCRYPTED_RESPONSE_ALG": "ECDH-ES"}, "id_token_encrypted_response_alg needs a decryption_key"),
        (
            {"ID_TOKEN_ENCRYPTED_RESPONSE_ALG": "ECDH-ES", "ID_TOKEN_ENCRYPTED_RESPONSE_ENC": "A1"},
            "A1 is not one of A128GCM",
        ),
        ({"USERINFO_ENCRYPTED_RESPONSE_ALG": "ECDH-ES"}, "needs userinfo_signed_response_alg"),
        ({"AUTHORIZATION_ENCRYPTED_RESPONSE_ALG": "ECDH-ES"}, "needs authorization_signed_response_alg"),
        (
            {"ID_TOKEN_ENCRYPTED_RESPONSE_ALG": "ECDH-ES", "DECRYPTION_KEY": "khong phai khoa"},
            "decryption_key is neither a PEM private key",
        ),
    ],
)
def test_says_what_to_mend(changes: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        party(**changes)

    assert advice in str(wrong.value)


def test_takes_an_rsa_key_that_signs_with_pss() -> None:
    key = json.dumps({**RSA.as_dict(private=True), "alg": "PS256"})

    assert party(PRIVATE_KEY=key, ID_TOKEN_SIGNED_RESPONSE_ALG="PS256").settings.profile is SecurityProfile.FAPI2


def test_reads_the_decryption_key_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(json.dumps({"keys": [EC.as_dict(private=True)]}), encoding="utf-8")

    read = party(DECRYPTION_KEY_FILE=str(tmp_path / "key"), ID_TOKEN_ENCRYPTED_RESPONSE_ALG="ECDH-ES").settings

    assert read.id_token_encrypted_response_enc == "A128CBC-HS256"
    assert read.decryption_key is not None
    assert "keys" not in repr(read)
