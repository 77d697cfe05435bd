"""`motcua doctor`: what it says of a whole configuration."""

import time
from typing import Any

from tests.idp.cli.conftest import OTHER_MASTER_KEY, Installation
from tests.idp.cli.test_client import PORTAL
from tests.idp.cli.test_source import register


def _faults(answer: Any) -> dict[str, str]:
    return {
        finding["subject"]: finding["advice"] for finding in answer.json["findings"] if finding["verdict"] == "fault"
    }


def test_prints_a_master_key_that_the_settings_accept(empty: Installation) -> None:
    key = empty.done("doctor", "--new-master-key").stdout.strip()
    assert key != empty.done("doctor", "--new-master-key").stdout.strip()
    empty.configure(master_keys=key)
    empty.done("migrate")


def test_a_new_installation_has_warnings_but_no_faults(installation: Installation) -> None:
    answer = installation.done("doctor", "--offline", "--json")
    assert answer.json["healthy"] is True
    warned = {finding["subject"] for finding in answer.json["findings"] if finding["verdict"] == "warning"}
    assert warned == {"clients", "sources", "operators"}


def test_every_fault_of_the_settings_is_found_at_once(empty: Installation) -> None:
    empty.configure(issuer="ftp://x", port=0)
    answer = empty.call("doctor", "--json")
    assert answer.exit_code == 1
    assert len(answer.json["findings"]) == 2


def test_a_missing_database_is_told_with_the_command_that_makes_it(empty: Installation) -> None:
    answer = empty.call("doctor", "--json")
    assert answer.exit_code == 1
    assert _faults(answer) == {"database": "run `motcua migrate`"}
    assert not empty.database.exists()


def test_a_readable_settings_file_is_a_fault_but_not_the_end(installation: Installation) -> None:
    installation.settings_file.chmod(0o644)
    answer = installation.call("doctor", "--offline")
    assert answer.exit_code == 1
    assert f"→ chmod 0640 {installation.settings_file}" in answer.stdout


def test_a_client_that_names_a_missing_source_is_found(installation: Installation) -> None:
    installation.done(
        "client", "add", installation.write("p.json", {**PORTAL, "allowed_sources": ["social-insurance"]})
    )
    assert "client portal" in _faults(installation.call("doctor", "--offline", "--json"))
    installation.done("source", "add", installation.write("s.json", register()))
    installation.done("doctor", "--offline")


def test_metadata_that_no_longer_passes_is_found(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    installation.rows("UPDATE client SET metadata = json_remove(metadata, '$.client_name') RETURNING client_id")
    assert "motcua client import" in _faults(installation.call("doctor", "--offline", "--json"))["client portal"]


def test_a_client_without_its_secret_is_found(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    installation.rows("UPDATE client SET client_secret_hash = NULL RETURNING client_id")
    assert "rotate-secret portal" in _faults(installation.call("doctor", "--offline", "--json"))["client portal"]


def test_missing_and_old_signing_keys_are_found(installation: Installation) -> None:
    installation.rows("UPDATE signing_key SET activated_at = $1 RETURNING kid", int(time.time()) - 200 * 86400)
    answer = installation.done("doctor", "--offline")
    assert "ES256 has the same key in use for 200 days" in answer.stdout
    installation.rows("DELETE FROM signing_key RETURNING kid")
    assert "signing keys" in _faults(installation.call("doctor", "--offline", "--json"))


def test_a_lost_master_key_is_found_wherever_it_is_missed(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register()))
    installation.configure(master_keys=OTHER_MASTER_KEY)
    faults = _faults(installation.call("doctor", "--offline", "--json"))
    assert "MOTCUA_MASTER_KEYS" in faults["signing keys"]
    assert "MOTCUA_MASTER_KEYS" in faults["sources"]


def test_a_source_that_does_not_answer_is_found_with_advice(installation: Installation) -> None:
    installation.configure(outbound_allow_list="127.0.0.1:1", sms_gateway_url="http://127.0.0.1:1/messages")
    installation.done("source", "add", installation.write("s.json", register(1)))
    faults = _faults(installation.call("doctor", "--json"))
    assert "firewall" in faults["source social-insurance"]


def test_a_disabled_source_is_not_asked(installation: Installation) -> None:
    installation.done("source", "add", installation.write("s.json", register(1)))
    installation.done("source", "disable", "social-insurance")
    installation.done("doctor")
