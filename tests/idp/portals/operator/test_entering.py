"""Who comes in at the desk: operators, with two factors, not idle, and lately for whatever changes something."""

import pytest

from idp.operators.permissions import PERMITTED, Permission, Role
from idp.portals.operator.endpoints import DOORS
from idp.portals.operator.guard import IDLE_SECONDS, RECENT_SECONDS, Door
from idp.storage.database import Statement
from tests.support.operators import browser_of, operator_at_work
from tests.support.provider import Provider, answer_of, csrf_of

A_PERSON = "lan"


def _address(door: Door, reference: str) -> str:
    return door.path.format(reference=reference, person_id=A_PERSON)


async def test_who_is_not_logged_in_is_led_to_the_login(provider: Provider) -> None:
    answer = await provider.browser().get("/operator")

    assert answer_of(answer)["client_id"] == "motcua-operator"


async def test_a_citizen_is_told_plainly_and_the_attempt_is_logged(provider: Provider) -> None:
    browser = await browser_of(provider, "somebody")

    answer = await browser.get("/operator")

    assert answer.status_code == 403
    assert "Không phải cán bộ" in answer.text
    refused = [row for row in await provider.events() if row["event"] == "operator.refused"]
    assert refused[-1]["person_id"] == "somebody"
    assert refused[-1]["detail"] == {"permission": "enter", "reason": "no_operator"}


async def test_one_factor_is_not_enough_and_the_second_is_asked_for(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT, amr=("pwd",))

    answer = await at_work.get("/operator/search")

    asked = answer_of(answer)
    assert asked["client_id"] == "motcua-operator"
    assert '"nd69-02"' in asked["claims"]
    assert '"essential": true' in asked["claims"]


async def test_a_message_is_no_factor_for_the_desk(provider: Provider) -> None:
    """Whoever takes over a number must not come in by it."""
    at_work = await operator_at_work(provider, "an", Role.SUPPORT, amr=("pwd", "otp", "sms", "mfa"))

    answer = await at_work.get("/operator")

    assert answer.status_code == 403
    assert "ứng dụng" in answer.text
    assert (await at_work.press("/operator", "sign-out")).status_code == 303


async def test_a_browser_that_was_here_gives_both_factors_at_once_and_a_strange_one_is_recognised_first(
    provider: Provider,
) -> None:
    assert "claims" not in answer_of(await provider.browser().get("/operator"))
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)
    await at_work.get("/operator")
    at_work.browser.http.cookies.delete(provider.services.cookies.session)

    answer = await at_work.get("/operator")

    assert '"nd69-02"' in answer_of(answer)["claims"]


@pytest.mark.parametrize("role", Role)
async def test_every_address_opens_to_the_roles_that_may_and_to_no_other(
    provider: Provider, reference: str, role: Role
) -> None:
    at_work = await operator_at_work(provider, "an", role)

    for door in DOORS:
        answer = await at_work.get(_address(door, reference))
        allowed = door.see in PERMITTED[role]
        assert (answer.status_code == 403) is not allowed, f"{role} at {door.path}: {answer.status_code}"


@pytest.mark.parametrize("role", Role)
async def test_every_form_is_refused_to_the_roles_that_may_not_send_it(
    provider: Provider, reference: str, role: Role
) -> None:
    at_work = await operator_at_work(provider, "an", role)
    forbidden = [door for door in DOORS if door.change is not None and door.change not in PERMITTED[role]]

    for door in forbidden:
        path = _address(door, reference)
        token = await at_work.form_token(path)
        answer = await at_work.browser.post(path, {"csrf": token, "words": "x"})
        assert answer.status_code == 403, f"{role} at {door.path}: {answer.status_code}"
    refused = [row for row in await provider.events() if row["event"] == "operator.refused"]
    assert len(refused) == len(forbidden)
    assert all(row["detail"]["operator"] == at_work.operator_id for row in refused)


async def test_every_form_wants_its_own_token(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", *Role)
    token = csrf_of(await at_work.get("/operator"))

    for door in DOORS:
        if door.change is not None:
            path = _address(door, reference)
            assert (await at_work.browser.post(path, {"words": "x"})).status_code == 403, door.path
            assert (await at_work.browser.post(path, {"words": "x", "csrf": token})).status_code == 403, door.path
    events = [row["event"] for row in await provider.events()]
    assert not {"person.viewed", "person.searched", "case.changed"} & set(events)


async def test_a_form_from_another_site_is_refused(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", *Role)
    path = f"/operator/cases/{reference}/look"
    token = await at_work.form_token(path)

    answer = await at_work.browser.http.post(
        path, data={"csrf": token, "reason": "case"}, headers={"sec-fetch-site": "cross-site"}
    )

    assert answer.status_code == 403
    assert await _count(provider, "person.viewed") == 0


async def test_a_disabled_operator_is_out_with_the_next_request(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)
    assert (await at_work.get("/operator")).status_code == 200

    await provider.services.database.commit(Statement("UPDATE operator SET disabled_at = 1"))

    assert (await at_work.get("/operator")).status_code == 403


async def test_a_role_taken_away_is_gone_with_the_next_request(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)
    assert (await at_work.get("/operator/search")).status_code == 200

    await provider.services.database.commit(Statement("UPDATE operator SET roles = 'viewer'"))

    assert (await at_work.get("/operator/search")).status_code == 403


async def test_an_idle_desk_asks_for_a_fresh_login_even_while_the_session_lives(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)
    provider.clock.now += IDLE_SECONDS + 1

    answer = await at_work.get("/operator?kind=review")

    asked = answer_of(answer)
    assert int(asked["max_age"]) < RECENT_SECONDS
    assert '"nd69-02"' in asked["claims"]


async def test_who_keeps_working_is_not_idle(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)

    for _ in range(3):
        provider.clock.now += IDLE_SECONDS - 60
        assert (await at_work.get("/operator")).status_code == 200


async def test_the_mark_of_another_session_does_not_keep_a_desk_awake(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    provider.clock.now += IDLE_SECONDS - 1
    await binh.get("/operator")
    provider.clock.now += 60
    name = provider.services.cookies.portal("operator_seen")

    an.browser.http.cookies.set(name, binh.browser.http.cookies[name])

    assert (await an.get("/operator")).status_code == 303
    assert (await binh.get("/operator")).status_code == 200


async def test_what_was_typed_is_kept_over_the_fresh_login_that_a_change_needs(
    provider: Provider, reference: str
) -> None:
    at_work = await operator_at_work(provider, "an", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    for _ in range(2):
        provider.clock.now += RECENT_SECONDS - 60
        await at_work.get(case)

    interrupted = await at_work.press(case, "note", words="Đã gọi cho người dân")

    assert answer_of(interrupted)["client_id"] == "motcua-operator"
    assert await _count(provider, "case.changed") == 0
    again = await browser_of(provider, at_work.person_id)
    kept = await provider.services.database.fetch_row("SELECT 1 AS found FROM short_lived WHERE kind = 'portal_intent'")
    assert kept is not None
    assert (await again.get(case)).status_code == 200


async def test_an_address_that_only_takes_forms_leads_back_to_its_page(provider: Provider, reference: str) -> None:
    at_work = await operator_at_work(provider, "an", *Role)

    answer = await at_work.get(f"/operator/cases/{reference}/look")

    assert answer.headers["location"] == f"/operator/cases/{reference}"


async def test_signing_out_ends_the_session(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.VIEWER)

    await at_work.press("/operator", "sign-out")

    assert answer_of(await at_work.get("/operator"))["client_id"] == "motcua-operator"


async def test_an_integrator_is_told_that_there_is_nothing_here(provider: Provider) -> None:
    at_work = await operator_at_work(provider, "an", Role.INTEGRATOR)

    page = await at_work.page("/operator")

    assert page.status == 200
    assert "dòng lệnh" in page.text


def test_every_door_that_changes_something_has_a_permission_of_its_own() -> None:
    assert all((door.act is None) == (door.change is None) for door in DOORS)
    assert all(door.change is not Permission.ENTER for door in DOORS)
    assert len({door.path for door in DOORS}) == len(DOORS)


async def _count(provider: Provider, event: str) -> int:
    return sum(row["event"] == event for row in await provider.events())
