"""Side by side, out of order, backwards, twice, and in the wrong browser: what was begun here ends here, or nowhere."""

import pytest

from tests.support.demo import Demo
from tests.support.visitor import NARROW, NARROW_PLAIN, WIDE, Arrive, Look, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", [NARROW, NARROW_PLAIN], ids=str)
def test_two_tabs_side_by_side_both_finish(arrive: Arrive, demo: Demo, look: Look) -> None:
    first = arrive(look)
    second = first.new_tab()
    for tab, service in ((first, demo.portal), (second, demo.consultation)):
        tab.start_at(service)
        tab.choose("tax")

    for tab in (first, second):
        tab.submit_password(demo.citizen("tax-only")["sources"]["tax"])
        tab.agree()

    assert first.page.url.startswith(demo.portal)
    assert second.page.url.startswith(demo.consultation)
    assert first.subject != second.subject


def test_two_tabs_of_one_login_end_in_one_login_and_a_way_back(arrive: Arrive, demo: Demo) -> None:
    first = arrive()
    first.start_at(demo.portal)
    second = first.new_tab()
    second.open(first.page.url)
    first.authenticate(demo.citizen("tax-only"), "tax")
    first.agree()

    second.choose("mobile")

    assert first.page.locator("#subject").count() == 1
    assert second.support_code == "MC-1201"
    second.page.get_by_role("link", name="Quay lại Cổng dịch vụ công").click()
    assert second.page.locator("#subject").count() == 1


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_going_back_after_the_login_offers_a_way_on(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.log_in(demo.portal, demo.citizen("tax-only"), "tax")

    visitor.back()
    visitor.reload()

    _offers_a_way_on(visitor)
    visitor.open(demo.portal)
    assert visitor.page.locator("#subject").count() == 1


@pytest.mark.parametrize("look", [NARROW, WIDE], ids=str)
def test_the_answer_of_a_source_is_refused_in_another_browser(arrive: Arrive, demo: Demo, look: Look) -> None:
    attacker, victim = arrive(look), arrive(look)
    attacker.start_at(demo.portal)
    attacker.choose("tax")
    answer = attacker.answer_to_form({**demo.citizen("tax-only")["sources"]["tax"], "action": "continue"})
    assert answer.startswith(f"{demo.addresses.issuer}/sources/tax/callback?code=")

    victim.open(answer)

    assert victim.support_code == "MC-1203"
    victim.start_at(demo.portal)
    assert victim.page.locator('button[name="source"]').count() == 3
    # What was shown to a stranger is worth nothing any more, to whomever.
    attacker.open(answer)
    assert attacker.page.locator('button[name="source"]').count() == 3


def test_the_answer_of_the_provider_is_refused_by_the_service_in_another_browser(arrive: Arrive, demo: Demo) -> None:
    attacker, victim = arrive(), arrive()
    attacker.start_at(demo.portal)
    attacker.choose("mobile")
    attacker.submit_code(attacker.request_code("0530009401", "+84530009401"))
    dispatcher = attacker.answer_to_form({"decision": "approve"})
    answer = attacker.redirect_of(dispatcher)
    assert answer.startswith(f"{demo.portal}/dang-nhap/ket-thuc?code=")

    victim.open(answer)

    assert victim.page.locator("#error-code").count() == 1
    victim.open(demo.portal)
    assert victim.page.locator("#log-in").count() == 1


def test_a_page_of_somebody_elses_login_tells_nothing(arrive: Arrive, demo: Demo) -> None:
    mine, other = arrive(), arrive()
    mine.start_at(demo.portal)

    other.open(mine.page.url)

    assert other.support_code == "MC-1203"
    assert other.page.locator('button[name="source"]').count() == 0


@pytest.mark.parametrize("step", ["", "/consent", "/sources/mobile", "/sources/tax", "/sources/unknown"])
def test_a_step_out_of_order_leads_to_the_step_that_is_next(arrive: Arrive, demo: Demo, step: str) -> None:
    visitor = arrive()
    visitor.start_at(demo.portal)
    interaction = visitor.page.url.removesuffix("/sources")

    visitor.open(f"{interaction}{step}")

    assert visitor.page.url == f"{interaction}/sources"


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_an_address_of_no_login_says_how_to_start(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)

    visitor.open(f"{demo.addresses.issuer}/interactions/{'x' * 32}")

    assert visitor.support_code == "MC-1201"


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_whoever_cancels_is_back_at_the_service_which_knows(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)

    visitor.click("#cancel")

    assert visitor.page.url.startswith(demo.portal)
    assert visitor.page.locator("#error-code").inner_text() == "access_denied"


@pytest.mark.parametrize("look", [NARROW, WIDE], ids=str)
def test_whoever_cancels_at_the_tax_authority_chooses_again(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.choose("tax")

    visitor.click("#cancel")

    assert visitor.page.locator('button[name="source"]').count() == 3
    assert visitor.page.locator("[role=status]").count() == 1


def test_staying_logged_in_leads_somewhere(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive()
    visitor.log_in(demo.portal, demo.citizen("tax-only"), "tax")
    visitor.open(f"{demo.addresses.issuer}/logout")

    visitor.click("#refuse")

    assert visitor.support_code is None
    visitor.open(demo.portal)
    assert visitor.page.locator("#subject").count() == 1


def _offers_a_way_on(visitor: Visitor) -> None:
    """A page with something to press, and no dead end."""
    ways = visitor.page.locator("main a[href], main button")
    assert ways.count() > 0, visitor.text
