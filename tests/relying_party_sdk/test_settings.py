"""Settings from code, environment and mappings: what is wrong is named, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from relying_party_sdk import ConfigurationError, LevelOfAssurance, RelyingParty

GOOD = {
    "MOTCUA_ISSUER": "https://dinhdanh.example",
    "MOTCUA_CLIENT_ID": "cong-thue",
    "MOTCUA_REDIRECT_URI": "https://thue.example/dang-nhap/ket-thuc",
    "MOTCUA_CLIENT_SECRET": "bi-mat",
    "MOTCUA_LEVEL": "eidas2",
    "MOTCUA_SCOPES": "openid profile phone",
    "MOTCUA_DEMO_PORT": "8000",
}


def test_reads_the_environment() -> None:
    settings = RelyingParty.from_environment(environment=GOOD).settings

    assert settings.level is LevelOfAssurance.SUBSTANTIAL
    assert settings.scopes == ("openid", "profile", "phone")
    assert settings.client_secret == "bi-mat"


def test_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("tu-tep\n", encoding="utf-8")
    given = {name: value for name, value in GOOD.items() if name != "MOTCUA_CLIENT_SECRET"}
    given["MOTCUA_CLIENT_SECRET_FILE"] = str(tmp_path / "secret")

    assert RelyingParty.from_environment(environment=given).settings.client_secret == "tu-tep"


def test_names_every_missing_variable_at_once() -> None:
    with pytest.raises(ConfigurationError) as wrong:
        RelyingParty.from_environment(environment={})

    for name in ("MOTCUA_ISSUER", "MOTCUA_CLIENT_ID", "MOTCUA_REDIRECT_URI"):
        assert f"{name} is missing" in str(wrong.value)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"MOTCUA_LEVEL": "cao"}, "MOTCUA_LEVEL must be one of 0, eidas1, eidas2, eidas3"),
        ({"MOTCUA_ISSUER": "http://dinhdanh.example"}, "issuer must be an https:// address"),
        ({"MOTCUA_REDIRECT_URI": "https://a@thue.example/x"}, "redirect_uri must be an https:// address"),
        ({"MOTCUA_CLIENT_SECRET": ""}, "exactly one of client_secret and private_key"),
        ({"MOTCUA_PRIVATE_KEY": "x"}, "exactly one of client_secret and private_key"),
        ({"MOTCUA_SCOPES": "profile"}, "scopes must contain openid"),
        ({"MOTCUA_ID_TOKEN_SIGNED_RESPONSE_ALG": "none"}, "id_token_signed_response_alg none is not one of ES256"),
        ({"MOTCUA_ID_TOKEN_SIGNED_RESPONSE_ALG": "HS256"}, "id_token_signed_response_alg HS256 is not one of"),
        ({"MOTCUA_TOKEN_ENDPOINT_AUTH_METHOD": "none"}, "must be one of client_secret_basic"),
        ({"MOTCUA_TOKEN_ENDPOINT_AUTH_METHOD": "private_key_jwt"}, "private_key_jwt needs a private_key"),
        ({"MOTCUA_STATE_SECRET": "ngắn"}, "state_secret must have at least 16"),
        (
            {"MOTCUA_CLIENT_SECRET": "", "MOTCUA_CLIENT_SECRET_FILE": "/khong/co"},
            "MOTCUA_CLIENT_SECRET_FILE cannot be read",
        ),
        ({"MOTCUA_CLIENT_SECRET": "", "MOTCUA_PRIVATE_KEY": "khong phai khoa"}, "neither a PEM private key nor"),
    ],
)
def test_says_what_to_mend(changes: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        RelyingParty.from_environment(environment=GOOD | changes)

    assert advice in str(wrong.value)


def test_never_repeats_a_secret() -> None:
    secret = "-----BEGIN bi-mat-rieng"

    with pytest.raises(ConfigurationError) as wrong:
        RelyingParty.from_environment(
            environment=GOOD | {"MOTCUA_CLIENT_SECRET": "", "MOTCUA_PRIVATE_KEY": secret, "MOTCUA_SCOPES": "x"}
        )

    assert "bi-mat-rieng" not in str(wrong.value)


def test_finds_typing_errors_in_a_mapping() -> None:
    values = {name.removeprefix("MOTCUA_"): value for name, value in GOOD.items() if "DEMO" not in name}

    with pytest.raises(ConfigurationError, match="CLIENTID is not a setting; did you mean CLIENT_ID"):
        RelyingParty.from_settings(values | {"CLIENTID": "x"})


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://localhost:8000/dang-nhap/ket-thuc",
        "http://127.0.0.1/dang-nhap/ket-thuc",
        "http://[::1]:1/dang-nhap/ket-thuc",
    ],
)
def test_a_service_on_this_machine_may_go_without_tls(redirect_uri: str) -> None:
    party = RelyingParty.from_environment(environment=GOOD | {"MOTCUA_REDIRECT_URI": redirect_uri})

    assert not party.settings.secure_cookies


def test_names_the_levels_there_are() -> None:
    with pytest.raises(ConfigurationError, match="cao is not one of 0, eidas1, eidas2, eidas3"):
        RelyingParty("https://dinhdanh.example", "a", "https://dv.example/kt", client_secret="s", level="cao")
