"""Nobody can be worn down by requests, and no service learns from an answer whom there is (security, "People")."""

import re

import pytest

from idp.background_turns import deliver_outbox, deliveries_of
from idp.storage.database import Statement
from idp.storage.vault import Vault
from tests.support.elsewhere import Elsewhere, asking_elsewhere
from tests.support.portal import visit
from tests.support.provider import Provider, claims_of
from tests.support.sources import vault

_AGAIN = "UPDATE outbox SET done_at = NULL, next_attempt_at = 0, claimed_until = NULL WHERE kind = $1"


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


async def told(provider: Provider) -> list[str]:
    return [str(row["detail"]) for row in await provider.events() if row["event"] == "polled_request.told"]


async def messages(provider: Provider) -> list[str]:
    """The texts that are on their way out."""
    await deliver_outbox(provider.services, deliveries_of(provider.services))
    keys: Vault = vault()
    rows = await provider.services.database.fetch_all("SELECT id, payload_sealed FROM outbox WHERE kind = 'sms'")
    opened = []
    for row in rows:
        sealed = row["payload_sealed"]
        assert isinstance(sealed, bytes)
        opened.append(keys.unseal(sealed, row=f"outbox|payload_sealed|{row['id']!s}").decode())
    return opened


async def test_the_person_is_told_by_whom_what_and_which_number_without_a_link(
    provider: Provider, counter: Elsewhere
) -> None:
    provider.clock.now += 10
    asked = await counter.asked()
    (message,) = await messages(provider)

    assert "Uy ban nhan dan" in message
    assert f"ma doi chieu {asked['matching_number']}, loi nhan: Quay so 3" in message
    assert '"to": "+84530000001"' in message
    assert not re.search(r"https?:|www|\w\.\w", message.split('"text":')[1])


@pytest.mark.parametrize("hint", ["unknown", "0530000001", "+84530000001", "9900000016", "hoa", "nobody", "a" * 256])
async def test_a_hint_that_names_nobody_is_answered_alike_and_reaches_nobody(
    provider: Provider, counter: Elsewhere, hint: str
) -> None:
    known, unknown = await counter.ask(), await counter.ask(login_hint=hint)

    assert set(unknown.json()) == set(known.json())
    assert (unknown.status_code, unknown.json()["expires_in"]) == (known.status_code, known.json()["expires_in"])
    assert (await counter.poll(unknown.json()["auth_req_id"])).json()["error"] == "authorization_pending"
    rows = await provider.services.database.fetch_all("SELECT person_id FROM polled_request ORDER BY person_id")
    assert [str(row["person_id"]).partition(":")[0] for row in rows] == ["hoa", "nobody"]
    events = [row for row in await provider.events() if row["event"] == "polled_request.stored"]
    assert events[0]["detail"] == events[1]["detail"]
    assert [row["person_id"] for row in events] == [None, None]


async def test_what_a_hint_costs_does_not_tell_whether_it_names_anybody(provider: Provider, counter: Elsewhere) -> None:
    await counter.asked()
    counters, spent = provider.services.database.counters, []
    for hint in (counter.sub, "unknown"):
        before = (counters.round_trips, counters.commits)
        await counter.asked(login_hint=hint)
        spent.append((counters.round_trips - before[0], counters.commits - before[1]))

    assert spent[0] == spent[1]


async def test_a_sub_of_another_sector_names_nobody(provider: Provider, counter: Elsewhere) -> None:
    elsewhere = await asking_elsewhere(provider, "library")
    await counter.asked(login_hint=elsewhere.sub)

    assert "Không có yêu cầu nào đang chờ" in (await visit(await counter.browser(), "/me/asked")).text


async def test_an_id_token_of_ours_says_whom_even_when_it_is_old(provider: Provider, counter: Elsewhere) -> None:
    first = await counter.asked()
    await counter.decides()
    id_token = (await counter.poll(first["auth_req_id"])).json()["id_token"]
    provider.clock.now += 7200
    await counter.asked(login_hint=None, id_token_hint=id_token)
    page = await visit(await counter.browser(), "/me/asked")

    assert claims_of(id_token)["sub"] == counter.sub
    assert "answer-1" in page.text


async def test_a_service_that_asks_one_person_too_often_is_told_so(provider: Provider, counter: Elsewhere) -> None:
    for _ in range(2):
        await counter.asked()
    refused = await counter.ask()
    provider.clock.now += 3600

    assert (refused.status_code, refused.json()["error"]) == (403, "access_denied")
    assert (await counter.ask()).status_code == 200


async def test_a_hint_that_names_nobody_has_the_same_limit(counter: Elsewhere) -> None:
    for _ in range(2):
        await counter.asked(login_hint="unknown")

    assert (await counter.ask(login_hint="unknown")).status_code == 403


async def test_of_many_services_a_person_hears_five_an_hour_and_the_services_nothing_of_it(
    provider: Provider, counter: Elsewhere
) -> None:
    parties = [await asking_elsewhere(provider, f"counter-{number}") for number in range(7)]
    answers = [await party.ask() for party in parties]
    page = await visit(await counter.browser(), "/me/asked")

    assert [answer.status_code for answer in answers] == [200] * 7
    assert page.text.count('id="answer-') == 5


async def test_requests_at_once_are_counted_one_by_one(provider: Provider, counter: Elsewhere) -> None:
    answers = await provider.at_once(counter.ask() for _ in range(20))

    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [403] * 18


async def test_a_refused_request_uses_nothing_up(counter: Elsewhere) -> None:
    for _ in range(9):
        assert (await counter.ask(scope="profile")).status_code == 400

    assert (await counter.ask()).status_code == 200


async def test_one_number_gets_no_more_messages_of_requests_than_codes(provider: Provider, counter: Elsewhere) -> None:
    provider.clock.now += 10
    await counter.asked()
    assert len(await messages(provider)) == 1
    await counter.asked()
    assert len(await messages(provider)) == 1
    provider.clock.now += 31
    parties = [await asking_elsewhere(provider, f"counter-{number}") for number in range(2)]
    for party in parties:
        await party.asked()
    page = await visit(await counter.browser(), "/me/asked")

    assert len(await messages(provider)) == 2
    assert page.text.count('id="answer-') == 3
    assert sorted("sent" in outcome for outcome in await told(provider)) == [False, False, True, True]


async def test_ten_messages_a_day_go_to_one_number(provider: Provider) -> None:
    provider.clock.now += 10
    parties = [await asking_elsewhere(provider, f"counter-{number}") for number in range(4)]
    for _ in range(4):
        for party in parties:
            await party.asked()
            await messages(provider)
            provider.clock.now += 31
        provider.clock.now += 3600

    assert len(await messages(provider)) == 10


async def test_a_message_is_written_once_however_often_its_turn_comes(provider: Provider, counter: Elsewhere) -> None:
    provider.clock.now += 10
    await counter.asked()
    await messages(provider)
    await provider.services.database.commit(
        Statement(
            "UPDATE outbox SET done_at = NULL, next_attempt_at = 0, claimed_until = NULL WHERE kind <> $1", ("sms",)
        )
    )
    provider.clock.now += 31

    assert len(await messages(provider)) == 1
    assert len(await told(provider)) == 1
