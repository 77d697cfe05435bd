"""`motcua client`, on a real database."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.idp.cli.conftest import Installation

PORTAL: dict[str, Any] = {
    "client_id": "portal",
    "client_name": "Cổng dịch vụ công",
    "client_name#en": "Public-service portal",
    "redirect_uris": ["https://portal.example/callback"],
    "scope": "openid identity",
    "sector": "portal.example",
}
KEY = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "one"}


def _hash(installation: Installation, client_id: str = "portal") -> object:
    [row] = installation.rows("SELECT client_secret_hash FROM client WHERE client_id = $1", client_id)
    return row["client_secret_hash"]


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def test_adds_a_client_and_shows_its_secret_once(installation: Installation) -> None:
    answer = installation.done("client", "add", installation.write("portal.json", PORTAL), "--json")
    secret = answer.json["client_secret"]
    assert len(secret) == 43
    assert _hash(installation) == _sha256(secret)
    assert secret not in installation.done("client", "show", "portal").stdout
    assert secret.encode() not in installation.database.read_bytes()
    [event] = installation.events("configuration.changed")
    assert (event["client_id"], event["subject"], event["action"]) == ("portal", "client", "added")
    assert event["operator"].startswith("cli")


def test_reads_metadata_from_stdin(installation: Installation) -> None:
    installation.done("client", "add", "-", stdin=json.dumps(PORTAL))
    assert installation.done("client", "list", "--json").json[0]["client_id"] == "portal"


def test_gives_a_random_id_to_a_client_without_one(installation: Installation) -> None:
    nameless = {name: value for name, value in PORTAL.items() if name != "client_id"}
    answer = installation.done("client", "add", installation.write("x.json", nameless), "--json")
    assert len(answer.json["client_id"]) == 16


def test_writes_the_secret_to_a_new_private_file_and_not_to_the_screen(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    answer = installation.done(
        "client", "add", installation.write("p.json", PORTAL), "--secret-file", str(file), "--json"
    )
    assert "client_secret" not in answer.json
    assert file.stat().st_mode & 0o777 == 0o600
    assert _hash(installation) == _sha256(file.read_text().strip())


def test_never_overwrites_a_file_with_a_secret_nor_loses_one(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("precious")
    answer = installation.call("client", "add", installation.write("p.json", PORTAL), "--secret-file", str(file))
    assert answer.exit_code == 1
    assert file.read_text() == "precious"
    assert installation.done("client", "list", "--json").json == []


def test_a_secret_file_of_a_failed_change_is_taken_back(installation: Installation, tmp_path: Path) -> None:
    path, file = installation.write("p.json", PORTAL), tmp_path / "secret"
    installation.done("client", "add", path)
    assert installation.call("client", "add", path, "--secret-file", str(file)).exit_code == 1
    assert not file.exists()


def test_refuses_a_second_client_of_the_same_id(installation: Installation) -> None:
    path = installation.write("p.json", PORTAL)
    installation.done("client", "add", path)
    answer = installation.call("client", "add", path)
    assert answer.exit_code == 1
    assert "portal is registered" in answer.stderr


def test_tells_every_fault_of_the_metadata_and_stores_nothing(installation: Installation) -> None:
    broken = {**PORTAL, "redirect_uris": [], "scope": "openid everything", "colour": "blue"}
    answer = installation.call("client", "add", installation.write("p.json", broken))
    assert answer.exit_code == 1
    for name in ("redirect_uris", "scope", "colour"):
        assert f"motcua: portal: {name}" in answer.stderr
    assert installation.done("client", "list", "--json").json == []


@pytest.mark.parametrize(
    ("content", "exit_code"), [("{", 1), ("[]", 1), ('"x"', 1)], ids=["not JSON", "a list", "a string"]
)
def test_refuses_a_file_that_holds_no_object(installation: Installation, content: str, exit_code: int) -> None:
    answer = installation.call("client", "add", "-", stdin=content)
    assert answer.exit_code == exit_code
    assert "Traceback" not in answer.stderr


def test_a_missing_file_is_a_wrong_call(installation: Installation) -> None:
    assert installation.call("client", "add", "nowhere.json").exit_code == 2


def test_a_client_with_a_key_gets_no_secret(installation: Installation) -> None:
    with_key = {**PORTAL, "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY]}}
    answer = installation.done("client", "add", installation.write("p.json", with_key), "--json")
    assert "client_secret" not in answer.json
    assert _hash(installation) is None
    assert installation.call("client", "rotate-secret", "portal").exit_code == 1


def test_a_public_client_has_no_secret_and_takes_none(installation: Installation) -> None:
    public = {**PORTAL, "token_endpoint_auth_method": "none"}
    answer = installation.done("client", "add", installation.write("p.json", public), "--json")
    with_one = installation.call(
        "client", "import", installation.write("q.json", [{**public, "client_secret": "s" * 43}])
    )
    assert "client_secret" not in answer.json
    assert with_one.exit_code == 1
    assert "a public client has none" in with_one.stderr
    assert installation.call("client", "rotate-secret", "portal").exit_code == 1
    assert _hash(installation) is None


def test_imports_many_at_once_with_the_secrets_they_bring(installation: Installation) -> None:
    secret = "s" * 43
    other = {**PORTAL, "client_id": "other", "sector": "other.example"}
    path = installation.write("all.json", [{**PORTAL, "client_secret": secret}, other])
    results = {entry["client_id"]: entry for entry in installation.done("client", "import", path, "--json").json}
    assert results["portal"]["result"] == "registered"
    assert "client_secret" not in results["portal"]
    assert _hash(installation) == _sha256(secret)
    assert _hash(installation, "other") == _sha256(results["other"]["client_secret"])


def test_importing_the_same_again_changes_nothing(installation: Installation) -> None:
    path = installation.write("all.json", [{**PORTAL, "client_secret": "s" * 43}])
    installation.done("client", "import", path)
    assert installation.done("client", "import", path, "--json").json[0]["result"] == "unchanged"
    assert len(installation.events("configuration.changed")) == 1


def test_an_import_keeps_the_secret_and_the_disabled_state(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    before = _hash(installation)
    installation.done("client", "disable", "portal")
    changed = {**PORTAL, "client_name": "Cổng mới"}
    answer = installation.done("client", "import", installation.write("p.json", changed), "--json")
    assert answer.json[0]["result"] == "updated"
    assert _hash(installation) == before
    [shown] = installation.done("client", "list", "--json").json
    assert (shown["client_name"], shown["disabled"]) == ("Cổng mới", True)


def test_what_is_shown_can_be_edited_and_imported(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    shown = installation.done("client", "show", "portal", "--json").stdout
    assert installation.done("client", "import", "-", "--json", stdin=shown).json[0]["result"] == "unchanged"


def test_nothing_of_an_import_with_a_fault_is_stored(installation: Installation) -> None:
    path = installation.write("all.json", [PORTAL, {**PORTAL, "client_id": "bad", "redirect_uris": ["nonsense"]}])
    assert installation.call("client", "import", path).exit_code == 1
    assert installation.done("client", "list", "--json").json == []


def test_the_sector_of_a_service_never_changes(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    moved = installation.write("p.json", {**PORTAL, "sector": "elsewhere.example"})
    answer = installation.call("client", "import", moved)
    assert answer.exit_code == 1
    assert "cannot change" in answer.stderr


def test_refuses_a_weak_secret(installation: Installation) -> None:
    path = installation.write("p.json", {**PORTAL, "client_secret": "hunter2"})
    answer = installation.call("client", "add", path)
    assert answer.exit_code == 1
    assert "hunter2" not in answer.stderr


def test_rotates_a_secret(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    before = _hash(installation)
    secret = installation.done("client", "rotate-secret", "portal", "--json").json["client_secret"]
    assert before != _hash(installation) == _sha256(secret)
    assert installation.events("configuration.changed")[-1]["action"] == "secret_rotated"


def test_disables_and_enables(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    installation.done("client", "disable", "portal")
    assert "disabled" in installation.done("client", "list").stdout
    installation.done("client", "enable", "portal")
    assert installation.done("client", "show", "portal", "--json").json["disabled"] is False
    assert [event["action"] for event in installation.events("configuration.changed")] == [
        "added",
        "disabled",
        "enabled",
    ]


def test_every_change_tells_the_workers(installation: Installation) -> None:
    def version() -> object:
        [row] = installation.rows("SELECT version FROM configuration_version")
        return row["version"]

    seen = [version()]
    path = installation.write("p.json", PORTAL)
    for arguments in (("add", path), ("disable", "portal"), ("enable", "portal"), ("rotate-secret", "portal")):
        installation.done("client", *arguments)
        seen.append(version())
    assert len(set(seen)) == 5


@pytest.mark.parametrize("command", ["show", "disable", "enable", "rotate-secret"])
def test_an_unknown_client_is_a_sentence(installation: Installation, command: str) -> None:
    answer = installation.call("client", command, "nobody")
    assert answer.exit_code == 1
    assert answer.stderr == "motcua: there is no client nobody; `motcua client list` shows them\n"
