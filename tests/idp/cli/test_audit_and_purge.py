"""`motcua audit` and `motcua purge`, on a real database."""

import time

from keys.algorithms import KEY_ALGORITHMS
from tests.idp.cli.conftest import MASTER_KEY, OTHER_MASTER_KEY, Installation


def _age_the_log(installation: Installation) -> None:
    """What was written just now is sealed in half a minute only."""
    installation.rows("UPDATE audit_entry SET recorded_at = recorded_at - 60000 RETURNING id")


def test_there_is_nothing_to_verify_before_the_first_seal(installation: Installation) -> None:
    answer = installation.done("audit", "verify", "--json")
    assert answer.json == {"whole": True, "seal": None, "findings": []}
    assert installation.call("audit", "head").exit_code == 1


def test_seals_and_verifies_the_log(installation: Installation) -> None:
    _age_the_log(installation)
    assert installation.done("audit", "seal", "--json").json["entries"] == len(KEY_ALGORITHMS)
    head = installation.done("audit", "head", "--json")
    assert installation.done("audit", "verify", "--head", "-", "--json", stdin=head.stdout).json["whole"] is True
    assert installation.done("audit", "seal", "--json").json is None


def test_finds_a_changed_entry_with_exit_code_one(installation: Installation) -> None:
    _age_the_log(installation)
    installation.done("audit", "seal")
    [victim] = installation.rows("UPDATE audit_entry SET detail = '{}' WHERE rowid = 2 RETURNING id")
    answer = installation.call("audit", "verify", "--json")
    assert answer.exit_code == 1
    [finding] = answer.json["findings"]
    assert (finding["kind"], finding["entries"]) == ("changed", [victim["id"]])


def test_finds_a_cut_log_by_the_head_kept_elsewhere(installation: Installation) -> None:
    _age_the_log(installation)
    installation.done("audit", "seal")
    head = installation.write("head.json", installation.done("audit", "head", "--json").json)
    for table in ("audit_seal", "audit_entry"):
        installation.rows(f"DELETE FROM {table} RETURNING 1 AS gone")
    assert installation.done("audit", "verify").exit_code == 0
    answer = installation.call("audit", "verify", "--head", head)
    assert answer.exit_code == 1
    assert "tail_cut" in answer.stdout


def test_a_seal_made_with_another_master_key_is_found(installation: Installation) -> None:
    _age_the_log(installation)
    installation.done("audit", "seal")
    [forged] = installation.rows("SELECT signature, kid FROM audit_seal")
    installation.configure(master_keys=OTHER_MASTER_KEY)
    assert installation.call("audit", "verify", "--json").json["whole"] is False
    installation.configure(master_keys=f"{OTHER_MASTER_KEY},{MASTER_KEY}")
    assert installation.done("audit", "verify", "--json").json["whole"] is True
    assert forged["kid"]


def test_a_head_file_of_another_kind_is_refused(installation: Installation) -> None:
    assert installation.call("audit", "verify", "--head", "-", stdin="{}").exit_code == 1


def _put(installation: Installation, key: str, expires_at: int) -> None:
    installation.rows(
        "INSERT INTO short_lived (key_hash, kind, payload, version, expires_at)"
        " VALUES (CAST($1 AS BLOB), 'code', x'00', 0, $2) RETURNING kind",
        key,
        expires_at,
    )


def test_purges_what_expired_and_nothing_else(installation: Installation) -> None:
    now = int(time.time())
    _put(installation, "old", now - 3600)
    _put(installation, "new", now + 3600)
    assert installation.done("purge", "--json").json == {"deleted": {"short_lived": 1}, "ended": False}
    assert len(installation.rows("SELECT 1 AS one FROM short_lived")) == 1
    [event] = installation.events("expired_data.purged")
    assert (event["table"], event["rows"]) == ("short_lived", 1)
    assert "Nothing had expired" in installation.done("purge").stdout


def test_after_a_restore_nothing_that_was_issued_is_usable(installation: Installation) -> None:
    now = int(time.time())
    _put(installation, "code", now + 3600)
    installation.rows(
        "INSERT INTO refresh_token (token_hash, grant_id, payload, issued_at, expires_at)"
        " VALUES (x'01', 'g', x'00', $1, $2) RETURNING grant_id",
        now,
        now + 3600,
    )
    installation.rows(
        "INSERT INTO authorization_grant"
        " (id, session_id, person_id, client_id, source_id, scope, offline, created_at)"
        " VALUES ('g', 's', 'p', 'c', 'tax', 'openid', 1, $1) RETURNING id",
        now,
    )
    assert installation.done("purge", "--after-restore", "--json").json["ended"] is True
    assert installation.rows("SELECT 1 AS one FROM short_lived WHERE consumed_at IS NULL") == []
    assert installation.rows("SELECT 1 AS one FROM refresh_token WHERE consumed_at IS NULL") == []
    assert installation.rows("SELECT 1 AS one FROM authorization_grant WHERE revoked_at IS NULL") == []
    assert installation.events("configuration.changed")[-1]["action"] == "ended_after_restore"
