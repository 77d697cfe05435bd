"""From the code of the command line to the desk: once, within a day, with an app, and one label for one person."""

import asyncio
import base64
import re

import pytest

from idp.identity.authenticators import begin_enrolment, confirm, enrolled
from idp.operators.changes import add_operator, new_enrolment
from idp.operators.permissions import Role
from mobile_otp.totp import Totp, code_at
from tests.support.operators import browser_of, operator_at_work
from tests.support.page import page_of
from tests.support.portal import follow
from tests.support.provider import Browser, Provider

ENROL = "/operator/enrol"


async def _code_for(provider: Provider, label: str = "an") -> str:
    return await add_operator(
        provider.services.database, label=label, roles=[Role.ADMINISTRATOR], by="cli:test", now=int(provider.clock())
    )


async def _typed(browser: Browser, code: str) -> tuple[int, str, str]:
    """What the enrolment page answers: status, address, text."""
    page = await follow(browser, await browser.get(ENROL))
    form = page_of(str(page.url), page.status_code, page.text).buttons["continue"].form
    answer = await follow(browser, await browser.post(form.action, {**form.fields, "code": code}))
    return answer.status_code, answer.url.path, answer.text


def _app(text: str) -> Totp:
    """The app, after somebody typed the letters below the picture into it."""
    letters = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', text)
    assert letters is not None
    return Totp(base64.b32decode(letters[1].replace(" ", "")))


async def _confirmed(provider: Provider, browser: Browser, path: str, text: str, code: str | None = None) -> str:
    form = page_of(path, 200, text).buttons["continue"].form
    code = code or code_at(_app(text), int(provider.clock()) // 30)
    return (await follow(browser, await browser.post(form.action, {**form.fields, "code": code}))).text


async def _operator(provider: Provider, label: str = "an") -> dict[str, object]:
    row = await provider.services.database.fetch_row("SELECT * FROM operator WHERE label = $1", label)
    assert row is not None
    return dict(row)


async def test_a_person_with_the_code_and_an_app_becomes_an_operator(provider: Provider) -> None:
    code = await _code_for(provider)
    browser = await browser_of(provider, "mai", amr=("pwd",))

    status, path, text = await _typed(browser, code.lower().replace("-", " "))
    assert status == 200
    assert "<svg" in text
    said = await _confirmed(provider, browser, path, text)

    assert "Đã ghi danh" in said
    row = await _operator(provider)
    assert (row["person_id"], row["enrolment_hash"]) == ("mai", None)
    changed = [event["detail"]["action"] for event in await provider.events() if event["event"] == "operator.changed"]
    assert set(changed) == {"added", "enrolled"}


async def test_the_letters_are_the_secret_of_the_picture(provider: Provider) -> None:
    browser = await browser_of(provider, "mai", amr=("pwd",))
    _, path, text = await _typed(browser, await _code_for(provider))

    again = await browser.get(path)

    assert _app(text) == _app(again.text)
    row = await provider.services.database.fetch_row("SELECT secret_sealed FROM authenticator")
    assert row is not None
    assert _app(text).secret not in bytes(str(row["secret_sealed"]), "latin-1")


@pytest.mark.parametrize("typed", ["", "AAAA-AAAA-AAAA-AAAA", "x" * 64])
async def test_a_code_nobody_gave_leads_nowhere(provider: Provider, typed: str) -> None:
    await _code_for(provider)
    browser = await browser_of(provider, "mai", amr=("pwd",))

    status, path, text = await _typed(browser, typed)

    assert (status, path) == (400, ENROL)
    assert "chưa đúng, đã dùng hoặc đã hết hiệu lực" in text
    assert "<svg" not in text.split("<main")[1]


async def test_a_code_ends_after_a_day(provider: Provider) -> None:
    code = await _code_for(provider)
    provider.clock.now += 24 * 3600
    browser = await browser_of(provider, "mai", amr=("pwd",))

    assert (await _typed(browser, code))[0] == 400


async def test_a_code_makes_one_operator_however_many_type_it_at_once(provider: Provider) -> None:
    code = await _code_for(provider)
    browsers = {one: await browser_of(provider, one, amr=("pwd",)) for one in ("mai", "eve")}
    begun = {one: await _typed(browser, code) for one, browser in browsers.items()}

    said = await asyncio.gather(
        *(_confirmed(provider, browsers[one], path, text) for one, (_, path, text) in begun.items())
    )

    assert sum("Đã ghi danh" in text for text in said) == 1
    row = await _operator(provider)
    assert row["person_id"] in browsers


async def test_a_used_code_does_not_work_again(provider: Provider) -> None:
    code = await _code_for(provider)
    mai = await browser_of(provider, "mai", amr=("pwd",))
    _, path, text = await _typed(mai, code)
    await _confirmed(provider, mai, path, text)

    eve = await browser_of(provider, "eve", amr=("pwd",))

    assert (await _typed(eve, code))[0] == 400


async def test_an_operator_does_not_enrol_under_a_second_label(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    code = await _code_for(provider, "an-hai")

    assert (await _typed(an.browser, code))[0] == 400
    assert (await _operator(provider, "an-hai"))["person_id"] is None


async def test_the_page_of_one_person_s_secret_is_nobody_else_s(provider: Provider) -> None:
    mai = await browser_of(provider, "mai", amr=("pwd",))
    _, path, _ = await _typed(mai, await _code_for(provider))
    eve = await browser_of(provider, "eve", amr=("pwd",))

    answer = await eve.get(path)

    assert answer.headers["location"] == ENROL


async def test_a_wrong_code_of_the_app_makes_nobody_an_operator(provider: Provider) -> None:
    browser = await browser_of(provider, "mai", amr=("pwd",))
    _, path, text = await _typed(browser, await _code_for(provider))

    said = await _confirmed(provider, browser, path, text, code="000000")

    assert "Mã chưa đúng" in said
    assert (await _operator(provider))["person_id"] is None


async def test_guessing_enrolment_codes_ends_after_ten(provider: Provider) -> None:
    await _code_for(provider)
    browser = await browser_of(provider, "mai", amr=("pwd",))

    answers = [(await _typed(browser, "AAAA-AAAA-AAAA-AAAA"))[0] for _ in range(11)]

    assert answers == [400] * 10 + [429]


async def test_enrolment_wants_a_recent_login(provider: Provider) -> None:
    browser = await browser_of(provider, "mai", amr=("pwd",))
    provider.clock.now += 901

    assert (await browser.get(ENROL)).status_code == 303


async def test_a_code_withdrawn_after_it_was_typed_makes_its_thief_nothing(provider: Provider) -> None:
    """A new code for the same label takes the old one's place, also where the old one was typed already."""
    stolen = await _code_for(provider)
    eve = await browser_of(provider, "eve", amr=("pwd",))
    _, path, text = await _typed(eve, stolen)
    database, now = provider.services.database, int(provider.clock())
    await new_enrolment(database, "an", by="cli:test", now=now)

    answer = await _confirmed(provider, eve, path, text)

    assert "chưa đúng, đã dùng hoặc đã hết hiệu lực" in answer
    assert (await _operator(provider))["person_id"] is None
    assert await enrolled(database, person_id="eve") == ()


async def test_the_app_of_the_desk_takes_the_place_of_any_from_before(provider: Provider) -> None:
    """Whoever had the first factor alone may have enrolled that one."""
    database, vault, now = provider.services.database, provider.services.vault, int(provider.clock())
    before = await begin_enrolment(database, vault, person_id="mai", now=now)
    await confirm(
        database, vault, enrolment_id=before.id, person_id="mai", code=code_at(before.totp, now // 30), now=now
    )
    browser = await browser_of(provider, "mai")
    _, path, text = await _typed(browser, await _code_for(provider))

    await _confirmed(provider, browser, path, text)

    (left,) = await enrolled(database, person_id="mai")
    assert left.id == path.rpartition("/")[2]


async def test_who_has_an_app_enrols_no_other_one_without_it(provider: Provider) -> None:
    database, vault, now = provider.services.database, provider.services.vault, int(provider.clock())
    before = await begin_enrolment(database, vault, person_id="mai", now=now)
    await confirm(
        database, vault, enrolment_id=before.id, person_id="mai", code=code_at(before.totp, now // 30), now=now
    )
    browser = await browser_of(provider, "mai", amr=("pwd",))

    answer = await browser.get(ENROL)

    assert answer.status_code == 303
    assert "/authorize" in answer.headers["location"]


async def test_after_a_reset_only_the_new_code_leads_on(provider: Provider) -> None:
    """Also for whoever sits at the desk at that moment, with both factors of before."""
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    assert (await an.get("/operator")).status_code == 200
    database, now = provider.services.database, int(provider.clock())
    code = await new_enrolment(database, "an", by="cli:test", now=now)

    assert (await an.get("/operator")).status_code == 403
    _, path, text = await _typed(an.browser, code)
    await _confirmed(provider, an.browser, path, text)

    assert (await an.get("/operator")).status_code == 200
