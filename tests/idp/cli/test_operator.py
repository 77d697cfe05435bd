"""`motcua operator`: the first one is made here, a code is told once, nobody locks everybody out by mistake."""

import pytest

from idp.operators.enrolment import enrolment_hash
from tests.idp.cli.conftest import Installation

ADD = ("operator", "add", "--label")


def _at_work(installation: Installation, label: str, *roles: str) -> None:
    """As an enrolment leaves it."""
    options = [word for role in roles for word in ("--role", role)]
    installation.done(*ADD, label, *options)
    installation.rows(
        "INSERT INTO person (id, status, created_at) VALUES ($1, 'active', 1) RETURNING id", f"person-{label}"
    )
    installation.rows(
        "UPDATE operator SET person_id = $1, enrolment_hash = NULL, enrolment_expires_at = NULL WHERE label = $2"
        " RETURNING id",
        f"person-{label}",
        label,
    )


def test_the_code_is_told_once_and_kept_as_a_hash_for_a_day(installation: Installation) -> None:
    answer = installation.done(*ADD, "an", "--role", "administrator", "--json").json

    (row,) = installation.rows("SELECT * FROM operator")
    assert row["enrolment_hash"] == enrolment_hash(answer["enrolment_code"])
    assert answer["enrolment_code"].encode() not in installation.database.read_bytes()
    assert int(row["enrolment_expires_at"] or 0) - int(row["created_at"] or 0) == 24 * 3600
    assert answer["enrol_at"] == "http://127.0.0.1:18999/operator/enrol"


def test_every_change_is_in_the_audit_log_with_the_account_that_typed_it(installation: Installation) -> None:
    installation.done(*ADD, "an", "--role", "viewer")
    installation.done("operator", "roles", "an", "--role", "support", "--role", "security")
    installation.done("operator", "disable", "an")
    installation.done("operator", "enable", "an")
    installation.done("operator", "reset-second-factor", "an")

    events = installation.events("operator.changed")
    assert {event["action"] for event in events} == {
        "added",
        "roles_changed",
        "disabled",
        "enabled",
        "second_factor_reset",
    }
    assert all(str(event["by"]).startswith("cli") for event in events)
    assert len({event["operator"] for event in events}) == 1


def test_a_list_shows_who_waits_and_who_works(installation: Installation) -> None:
    _at_work(installation, "an", "administrator")
    installation.done(*ADD, "binh", "--role", "support")

    listed = installation.done("operator", "list", "--json").json

    assert [(one["label"], one["roles"], one["state"]) for one in listed] == [
        ("an", ["administrator"], "at work"),
        ("binh", ["support"], "waits for enrolment"),
    ]
    assert "waits for enrolment" in installation.done("operator", "list").stdout


@pytest.mark.parametrize("change", [("disable", "an"), ("roles", "an", "--role", "viewer")], ids=lambda c: c[0])
def test_the_last_administrator_at_work_stays(installation: Installation, change: tuple[str, ...]) -> None:
    _at_work(installation, "an", "administrator")
    # Whoever waits for an enrolment manages nobody yet.
    installation.done(*ADD, "binh", "--role", "administrator")

    answer = installation.call("operator", *change)

    assert answer.exit_code == 1
    assert "last administrator" in answer.stderr
    (row,) = installation.rows("SELECT roles, disabled_at FROM operator WHERE label = 'an'")
    assert (row["roles"], row["disabled_at"]) == ("administrator", None)


def test_an_administrator_who_locked_their_own_account_is_no_administrator_at_work(installation: Installation) -> None:
    _at_work(installation, "an", "administrator")
    _at_work(installation, "binh", "administrator")
    installation.rows("UPDATE person SET status = 'locked' WHERE id = 'person-binh' RETURNING id")

    assert installation.call("operator", "disable", "an").exit_code == 1


def test_one_of_two_administrators_can_go_and_the_last_one_when_it_is_meant(installation: Installation) -> None:
    _at_work(installation, "an", "administrator")
    _at_work(installation, "binh", "administrator", "support")

    installation.done("operator", "disable", "an")
    installation.done("operator", "disable", "binh", "--even-the-last-administrator")

    rows = installation.rows("SELECT disabled_at FROM operator")
    assert all(row["disabled_at"] is not None for row in rows)


@pytest.mark.parametrize("label", ["", "An", "nguyễn-an", "0530000001", "an binh", "a" * 33])
def test_a_label_that_could_be_a_name_or_a_number_is_refused(installation: Installation, label: str) -> None:
    answer = installation.call(*ADD, label, "--role", "viewer")

    assert answer.exit_code == 2
    assert installation.rows("SELECT id FROM operator") == []


def test_a_label_is_never_used_twice(installation: Installation) -> None:
    installation.done(*ADD, "an", "--role", "viewer")
    installation.done("operator", "disable", "an")

    answer = installation.call(*ADD, "an", "--role", "administrator")

    assert answer.exit_code == 1
    assert len(installation.rows("SELECT id FROM operator")) == 1


@pytest.mark.parametrize("command", ["disable", "enable", "reset-second-factor"])
def test_an_unknown_operator_is_told_of(installation: Installation, command: str) -> None:
    answer = installation.call("operator", command, "nobody")

    assert answer.exit_code == 1
    assert "motcua operator list" in answer.stderr


def test_a_reset_takes_the_app_away_and_gives_a_new_code(installation: Installation) -> None:
    _at_work(installation, "an", "support")
    installation.rows(
        "INSERT INTO authenticator (id, person_id, kind, secret_sealed, created_at, confirmed_at, last_step)"
        " VALUES ('a1', 'person-an', 'totp', x'00', 1, 1, 0) RETURNING id"
    )

    code = installation.done("operator", "reset-second-factor", "an", "--json").json["enrolment_code"]

    (row,) = installation.rows("SELECT removed_at FROM authenticator")
    assert row["removed_at"] is not None
    (operator,) = installation.rows("SELECT person_id, enrolment_hash FROM operator")
    assert (operator["person_id"], operator["enrolment_hash"]) == ("person-an", enrolment_hash(code))


def test_the_doctor_says_when_there_is_no_operator_and_when_nobody_could_second(installation: Installation) -> None:
    assert _said_of_operators(installation) == ["there is none: nobody can decide a case or unlock a person"]

    _at_work(installation, "an", "administrator", "support")
    assert _said_of_operators(installation) == ["nobody could second a decision"]

    _at_work(installation, "binh", "security")
    assert _said_of_operators(installation) == ["2 at work"]


def test_what_each_role_may_do_can_be_printed(installation: Installation) -> None:
    table = installation.done("operator", "permissions", "--json").json

    assert table["integrator"] == ["enter"]
    assert "reveal" not in table["administrator"]


def _said_of_operators(installation: Installation) -> list[str]:
    findings = installation.call("doctor", "--offline", "--json").json["findings"]
    return [finding["fact"] for finding in findings if finding["subject"] == "operators"]
