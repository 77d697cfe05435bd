"""A second factor: of use once confirmed, one code once, ten wrong ones a day, sealed."""

import asyncio

import pytest

from idp.identity import authenticators
from idp.identity.authenticators import WRONG_PER_DAY, CodeRefused, Enrolment, TooManyWrongCodes
from idp.storage.database import Database, Insert
from idp.storage.open import open_database
from mobile_otp.totp import code_at
from tests.support.sources import NOW, vault

HOA = "person-hoa"


def code_of(enrolment: Enrolment, now: int = NOW) -> str:
    return code_at(enrolment.totp, now // 30)


async def begin(database: Database, person_id: str = HOA) -> Enrolment:
    return await authenticators.begin_enrolment(database, vault(), person_id=person_id, now=NOW)


async def confirm(database: Database, enrolment: Enrolment, code: str, *, now: int = NOW, person_id: str = HOA) -> None:
    await authenticators.confirm(database, vault(), enrolment_id=enrolment.id, person_id=person_id, code=code, now=now)


async def enrol(database: Database) -> Enrolment:
    enrolment = await begin(database)
    await confirm(database, enrolment, code_of(enrolment))
    return enrolment


async def verify(database: Database, code: str, *, now: int = NOW + 30, person_id: str = HOA) -> None:
    await authenticators.verify(database, vault(), person_id=person_id, code=code, now=now)


async def test_counts_once_its_first_code_was_right(database: Database) -> None:
    enrolment = await begin(database)
    with pytest.raises(CodeRefused):
        await verify(database, code_of(enrolment))
    assert await authenticators.enrolled(database, person_id=HOA) == ()

    await confirm(database, enrolment, code_of(enrolment))

    (one,) = await authenticators.enrolled(database, person_id=HOA)
    assert (one.id, one.enrolled_at) == (enrolment.id, NOW)
    await verify(database, code_of(enrolment, NOW + 30))
    event = await database.fetch_row("SELECT event, person_id, detail FROM audit_entry")
    assert event == {"event": "authenticator.enrolled", "person_id": HOA, "detail": '{"kind":"totp"}'}


async def test_a_code_works_once_even_at_the_same_moment_on_two_workers(database: Database, database_url: str) -> None:
    enrolment = await enrol(database)
    other_worker = open_database(database_url)
    code = code_of(enrolment, NOW + 30)

    outcomes = await asyncio.gather(
        verify(database, code), verify(other_worker, code), verify(database, code), return_exceptions=True
    )

    await other_worker.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["CodeRefused", "CodeRefused", "NoneType"]


async def test_the_code_that_confirmed_is_used_up(database: Database) -> None:
    enrolment = await enrol(database)

    with pytest.raises(CodeRefused):
        await verify(database, code_of(enrolment), now=NOW + 1)


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "１２３ ４５"])
async def test_what_is_no_code_is_refused(database: Database, typed: str) -> None:
    await enrol(database)

    with pytest.raises(CodeRefused):
        await verify(database, typed)


async def test_spaces_and_full_width_digits_mean_the_same_code(database: Database) -> None:
    enrolment = await enrol(database)
    code = code_of(enrolment, NOW + 30)

    await verify(
        database, f" {code[:3]} {code[3:]}".translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    )


async def test_ten_wrong_codes_a_day_and_not_even_the_right_one_counts_after_them(database: Database) -> None:
    enrolment = await enrol(database)
    right = code_of(enrolment, NOW + 30)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(WRONG_PER_DAY):
        with pytest.raises(CodeRefused):
            await verify(database, wrong)

    with pytest.raises(TooManyWrongCodes) as refused:
        await verify(database, right)

    assert 0 < refused.value.seconds <= 24 * 3600
    tomorrow = NOW + 25 * 3600
    await verify(database, code_of(enrolment, tomorrow), now=tomorrow)


async def test_right_codes_are_not_counted(database: Database) -> None:
    enrolment = await enrol(database)

    for look in range(1, WRONG_PER_DAY + 3):
        moment = NOW + 30 * look
        await verify(database, code_of(enrolment, moment), now=moment)


async def test_an_enrolment_is_the_persons_who_began_it_and_for_a_quarter_of_an_hour(database: Database) -> None:
    enrolment = await begin(database)

    with pytest.raises(CodeRefused):
        await confirm(database, enrolment, code_of(enrolment), person_id="somebody-else")
    late = NOW + authenticators.ENROLMENT_SECONDS
    with pytest.raises(CodeRefused):
        await confirm(database, enrolment, code_of(enrolment, late), now=late)


async def test_beginning_anew_voids_what_was_begun_before(database: Database) -> None:
    first = await begin(database)
    second = await begin(database)

    with pytest.raises(CodeRefused):
        await confirm(database, first, code_of(first))
    await confirm(database, second, code_of(second))


async def test_a_removed_one_is_of_no_use_and_is_removed_once(database: Database) -> None:
    enrolment = await enrol(database)
    removal = {"authenticator_id": enrolment.id, "by": "person", "now": NOW}

    assert not await authenticators.remove(database, person_id="somebody-else", **removal)  # type: ignore[arg-type]
    assert await authenticators.remove(database, person_id=HOA, **removal)  # type: ignore[arg-type]
    assert not await authenticators.remove(database, person_id=HOA, **removal)  # type: ignore[arg-type]

    assert await authenticators.enrolled(database, person_id=HOA) == ()
    with pytest.raises(CodeRefused):
        await verify(database, code_of(enrolment, NOW + 30))


async def test_the_secret_is_stored_sealed_and_shown_nowhere(database: Database) -> None:
    enrolment = await enrol(database)

    row = await database.fetch_row("SELECT secret_sealed FROM authenticator")

    assert row is not None
    assert isinstance(row["secret_sealed"], bytes)
    assert enrolment.totp.secret not in row["secret_sealed"]
    assert str(enrolment.totp.secret) not in repr(enrolment)


async def test_what_is_written_with_a_confirmation_is_written_with_it_alone(database: Database) -> None:
    enrolment = await begin(database)
    note = Insert("person", {"id": "note", "status": "active", "created_at": NOW})
    arguments = {"enrolment_id": enrolment.id, "person_id": HOA, "now": NOW, "writes": (note,)}

    with pytest.raises(CodeRefused):
        await authenticators.confirm(database, vault(), code="12", **arguments)  # type: ignore[arg-type]
    assert await database.fetch_row("SELECT id FROM person") is None
    await authenticators.confirm(database, vault(), code=code_of(enrolment), **arguments)  # type: ignore[arg-type]

    assert await database.fetch_row("SELECT id FROM person") == {"id": "note"}
