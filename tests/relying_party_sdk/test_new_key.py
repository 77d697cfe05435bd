"""A key for a service: kept private, registered in public, good for what it was made for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relying_party_sdk import RelyingParty
from relying_party_sdk.new_key import main
from relying_party_sdk.testing import FakeProvider

CALLBACK = "https://thue.example/dang-nhap/ket-thuc"


def test_the_printed_half_is_that_of_the_file_and_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signing, sealing = tmp_path / "ky.jwk", tmp_path / "mo.jwk"

    assert [main([str(signing)]), main([str(sealing), "--use", "enc"])] == [0, 0]

    printed = [json.loads(text) for text in capsys.readouterr().out.replace("}\n{", "}\0{").split("\0")]
    party = RelyingParty(
        "https://dinhdanh.example",
        "cong-thue",
        CALLBACK,
        private_key=signing.read_text(),
        decryption_key=sealing.read_text(),
        profile="fapi2",
    )
    assert (signing.stat().st_mode & 0o777, sealing.stat().st_mode & 0o777) == (0o600, 0o600)
    assert [(key["use"], set(key)) for told in printed for key in told["keys"]] == [
        ("sig", {"kty", "crv", "x", "y", "kid", "use", "alg"}),
        ("enc", {"kty", "crv", "x", "y", "kid", "use"}),
    ]
    registered = [key["kid"] for told in printed for key in told["keys"]]
    served = party.public_jwks["keys"]
    assert isinstance(served, list)
    assert [(key["kid"], key["use"]) for key in served] == list(zip(registered, ("sig", "enc"), strict=True))
    assert not any({"d", "p", "q"} & set(key) for key in served)


def test_a_key_in_use_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "khoa")])
    before = (tmp_path / "khoa").read_text()
    capsys.readouterr()

    assert main([str(tmp_path / "khoa")]) == 1

    assert (tmp_path / "khoa").read_text() == before
    assert capsys.readouterr().out == ""


def test_a_service_with_a_secret_has_no_keys_to_show() -> None:
    with FakeProvider() as provider:
        assert provider.relying_party().public_jwks == {"keys": []}
