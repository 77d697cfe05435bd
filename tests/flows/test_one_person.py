"""The promise of the whole thing: one login, two services, one person under two identifiers (design §4)."""

import pytest

from tests.support.demo import Demo, eventually
from tests.support.visitor import EVERY_LOOK, NARROW, WIDE_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

SOURCES = ("tax", "social-insurance", "mobile")
# Codes go to one number once in 30 seconds: each look has a citizen of its own, whom all three sources know.
KNOWN_TO_ALL = ("plain", "twelve-digit-tax-code", "no-email", "two-tax-codes")


@pytest.mark.parametrize(("look", "who"), list(zip(EVERY_LOOK, KNOWN_TO_ALL, strict=True)), ids=str)
def test_every_source_leads_to_the_same_person(arrive: Arrive, demo: Demo, look: Look, who: str) -> None:
    citizen = demo.citizen(who)

    subjects = {}
    for source in SOURCES:
        visitor = arrive(look)
        subjects[source] = visitor.log_in(demo.portal, citizen, source)
        assert visitor.page.locator("#name").inner_text() == citizen["name"]
        assert "eidas" in visitor.page.locator("#level").inner_text()

    assert len(set(subjects.values())) == 1, subjects


@pytest.mark.parametrize("look", [NARROW, WIDE_PLAIN], ids=str)
def test_the_second_service_asks_for_no_login_and_gets_an_unrelated_identifier(
    arrive: Arrive, demo: Demo, look: Look
) -> None:
    visitor = arrive(look)
    at_portal = visitor.log_in(demo.portal, demo.citizen("tax-only"), "tax")

    visitor.start_at(demo.consultation)
    if visitor.is_at_provider:
        assert visitor.page.locator('button[name="source"]').count() == 0
        visitor.click("#approve")
    at_consultation = visitor.subject

    assert at_consultation != at_portal
    assert at_portal[:12] not in at_consultation
    assert visitor.page.url.startswith(demo.consultation)


@pytest.mark.parametrize(("first", "second"), [("portal", "consultation"), ("consultation", "portal")])
def test_both_services_know_of_a_logout_at_either_within_five_seconds(
    arrive: Arrive, demo: Demo, first: str, second: str
) -> None:
    here, there = (getattr(demo, name) for name in (first, second))
    visitor = arrive(NARROW)
    citizen = demo.citizen("tax-only")
    visitor.log_in(here, citizen, "tax")
    visitor.start_at(there)
    visitor.agree()
    assert visitor.page.locator("#log-out").count() == 1

    visitor.open(here)
    visitor.click("#log-out")
    if visitor.is_at_provider:
        visitor.click("#approve")

    assert visitor.page.locator("#logged-out").count() == 1
    eventually(lambda: _is_logged_out(visitor, there), "the other service to know", within=5)
    assert _is_logged_out(visitor, here)
    visitor.start_at(here)
    assert visitor.page.locator('button[name="source"]').count() == len(SOURCES)


def _is_logged_out(visitor: Visitor, service: str) -> bool:
    visitor.open(service)
    return visitor.page.locator("#log-in").count() == 1
