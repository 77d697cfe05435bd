"""`motcua limits lift`: one number can receive codes again, the log says why, and the number is nowhere."""

import asyncio

import pytest

from idp.authentication.one_time_code_limits import DAY, CodeLimits, LimitReached
from idp.settings import Settings
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.idp.cli.conftest import MASTER_KEY, OTHER_MASTER_KEY, Installation
from tests.idp.cli.test_source import register

TYPED = "0530 000 001"
CANONICAL = "+84530000001"
LATER = 2_000_000_000
LIFT = ("limits", "lift", "--kind", "mobile_number", "--source", "mobile", "--reason", "holder-proved")


@pytest.fixture
def with_sources(installation: Installation) -> Installation:
    mobile = register(id="mobile", kind="mobile_otp", position=3, assurance="low", options={}, secrets={})
    installation.done("source", "add", installation.write("mobile.json", mobile))
    installation.done("source", "add", installation.write("insurance.json", register()))
    return installation


def vault_of(master_keys: str) -> Vault:
    settings = Settings(issuer="http://127.0.0.1:18999", environment="sandbox", master_keys=master_keys)
    return Vault(settings.master_key_list())


def disable(installation: Installation, kind: str = "mobile_number", identifier: str = CANONICAL) -> None:
    async def work() -> None:
        database = open_database(f"sqlite:///{installation.database}")
        limits = CodeLimits(database, vault_of(MASTER_KEY))
        for number in range(100):
            challenge = f"{identifier} {number}"
            at = LATER - (10 - number // 10) * DAY
            await limits.reserve_try(kind, identifier, challenge=challenge, code_seconds=300, now=at)
        await database.close()

    asyncio.run(work())


def is_disabled(
    installation: Installation,
    kind: str = "mobile_number",
    identifier: str = CANONICAL,
    *,
    master_keys: str = MASTER_KEY,
) -> bool:
    async def work() -> bool:
        database = open_database(f"sqlite:///{installation.database}")
        try:
            await CodeLimits(database, vault_of(master_keys)).check_not_exhausted(kind, identifier, now=LATER)
        except LimitReached:
            return True
        finally:
            await database.close()
        return False

    return asyncio.run(work())


def test_a_lifted_number_can_be_used_again_and_the_log_says_why(with_sources: Installation) -> None:
    disable(with_sources)
    assert is_disabled(with_sources)

    answer = with_sources.done(*LIFT, "--json", stdin=f"{TYPED}\n")

    assert answer.json == {"source": "mobile", "kind": "mobile_number", "wrong_codes_forgotten": 100}
    assert not is_disabled(with_sources)
    (event,) = [
        event for event in with_sources.events("configuration.changed") if str(event["subject"]).startswith("limit")
    ]
    assert (event["subject"], event["action"]) == ("limit:mobile_number", "lifted:holder-proved")
    assert event["operator"].startswith("cli")


def test_the_number_is_in_no_answer_and_no_row(with_sources: Installation) -> None:
    disable(with_sources)

    answer = with_sources.done(*LIFT, stdin=TYPED)

    rows = [str(dict(row)) for row in with_sources.rows("SELECT * FROM audit_entry")]
    for text in (answer.stdout, answer.stderr, *rows):
        assert "530000001" not in text
        assert TYPED not in text


def test_no_other_number_and_no_other_kind_is_lifted(with_sources: Installation) -> None:
    disable(with_sources, identifier="+84530000002")
    disable(with_sources, "social_insurance_number", "9900000017")

    answer = with_sources.done(*LIFT, stdin=TYPED)

    assert "No wrong code was counted" in answer.stdout
    assert is_disabled(with_sources, identifier="+84530000002")
    assert is_disabled(with_sources, "social_insurance_number", "9900000017")


def test_what_was_counted_under_an_older_master_key_is_lifted_too(with_sources: Installation) -> None:
    disable(with_sources)
    rotated = f"{OTHER_MASTER_KEY},{MASTER_KEY}"
    with_sources.configure(master_keys=rotated)
    assert is_disabled(with_sources, master_keys=rotated)

    with_sources.done(*LIFT, stdin=TYPED)

    assert not is_disabled(with_sources, master_keys=rotated)


@pytest.mark.parametrize(
    ("arguments", "stdin", "exit_code"),
    [
        pytest.param(LIFT, "", 2, id="no number"),
        pytest.param(LIFT, "0281234567", 2, id="no mobile number"),
        pytest.param(LIFT, "0" * 5000, 2, id="a flood"),
        pytest.param((*LIFT[:-1], "because Hoa asked"), TYPED, 2, id="a reason in words"),
        pytest.param(LIFT[:-2], TYPED, 2, id="no reason"),
        pytest.param((*LIFT[:5], "social-insurance", *LIFT[6:]), TYPED, 2, id="a source of another kind"),
        pytest.param((*LIFT[:5], "nowhere", *LIFT[6:]), TYPED, 1, id="a source nobody knows"),
        pytest.param((*LIFT, TYPED), "", 2, id="the number in the call"),
    ],
)
def test_a_call_that_is_not_clear_changes_nothing(
    with_sources: Installation, arguments: tuple[str, ...], stdin: str, exit_code: int
) -> None:
    disable(with_sources)
    before = len(with_sources.rows("SELECT * FROM audit_entry"))

    answer = with_sources.call(*arguments, stdin=stdin)

    assert answer.exit_code == exit_code, answer.stderr
    assert "530000001" not in answer.stderr
    assert "0281234567" not in answer.stderr
    assert is_disabled(with_sources)
    assert len(with_sources.rows("SELECT * FROM audit_entry")) == before
