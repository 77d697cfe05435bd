"""`motcua client registration-token`: who holds it may register services, in a sandbox that asks for it."""

from tests.idp.cli.conftest import Installation


def test_makes_a_token_that_is_kept_as_a_hash_and_told_in_the_log(installation: Installation) -> None:
    installation.configure(dynamic_registration="token")

    made = installation.done("client", "registration-token", "--hours", "1", "--json").json

    [row] = installation.rows("SELECT key_hash, expires_at FROM short_lived WHERE kind = 'initial_access_token'")
    assert len(made["initial_access_token"]) == 43
    assert row["expires_at"] == made["expires_at"]
    assert made["initial_access_token"].encode() not in installation.database.read_bytes()
    [event] = installation.events("configuration.changed")
    assert (event["subject"], event["action"]) == ("initial_access_token", "made")


def test_makes_none_where_nothing_would_ask_for_it(installation: Installation) -> None:
    assert "not `token`" in installation.call("client", "registration-token").stderr
