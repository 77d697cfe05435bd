"""What a person is told and asked before anything is sent, and that exactly this is sent."""

from typing import Any

import pytest

from tests.support.demo import Demo
from tests.support.visitor import EVERY_LOOK, NARROW, WIDE_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_refusal_sends_nothing_and_the_service_says_so_kindly(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.consultation)
    visitor.authenticate(demo.citizen("unmarked"), "tax")

    visitor.click("#refuse")

    assert visitor.page.url.startswith(demo.consultation)
    assert visitor.page.locator("#error-code").inner_text() == "access_denied"
    assert "Traceback" not in visitor.page.content()
    assert demo.citizen("unmarked")["name"] not in visitor.page.content()
    visitor.start_at(demo.consultation)
    assert visitor.page.locator("#approve").count() == 1


@pytest.mark.parametrize("look", [NARROW, WIDE_PLAIN], ids=str)
def test_an_optional_claim_left_unticked_is_not_released(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = _asked_for_consent(arrive(look), demo, f"053000{3000 + look.width}")
    assert not _optional(visitor).is_checked()

    visitor.click("#approve")

    assert "phone_number" not in visitor.claims
    assert "phone_number_verified" not in visitor.claims


@pytest.mark.parametrize("look", [NARROW, WIDE_PLAIN], ids=str)
def test_an_optional_claim_that_is_ticked_is_released(arrive: Arrive, demo: Demo, look: Look) -> None:
    number = f"053000{5000 + look.width}"
    visitor = _asked_for_consent(arrive(look), demo, number)

    _optional(visitor).check()
    visitor.click("#approve")

    assert visitor.claims["phone_number"] == f"+84{number[1:]}"


@pytest.mark.parametrize(("look", "who"), [(NARROW, "mother"), (WIDE_PLAIN, "new-phone")], ids=str)
def test_a_service_by_law_informs_and_what_it_receives_was_shown(
    arrive: Arrive, demo: Demo, look: Look, who: str
) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.authenticate(demo.citizen(who), "mobile")
    assert ("Quy chế mẫu" if look.language == "vi" else "sample rules") in visitor.text
    assert visitor.page.locator("input[type=checkbox]").count() == 0
    shown = visitor.page.locator(".mc-claim-value").all_inner_texts()
    notes = visitor.page.locator(".mc-claim-note").all_inner_texts()
    assert all(
        ("Nhà mạng di động Sao Mai" if look.language == "vi" else "Sao Mai mobile operator") in note for note in notes
    )
    assert len(notes) == len(shown) == 4

    visitor.click("#approve")

    parts_of_the_name = ("family_name", "middle_name", "given_name")
    about_the_proof = ("identity_level", "updated_at")
    received = [value for claim, value in visitor.claims.items() if claim not in parts_of_the_name + about_the_proof]
    assert [value.lower() for value in shown] == [value.lower() for value in received]
    assert visitor.claims["name"] == demo.citizen(who)["name"]
    assert visitor.claims["identity_level"] == ("thấp" if look.language == "vi" else "low")
    assert " ".join(visitor.claims[part] for part in parts_of_the_name) == visitor.claims["name"]


def test_whoever_does_not_continue_is_sent_back_without_a_login(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive()
    visitor.start_at(demo.portal)
    visitor.authenticate(_stranger("0530007001"), "mobile")

    visitor.click("#refuse")

    assert visitor.page.locator("#error-code").inner_text() == "access_denied"
    visitor.open(demo.portal)
    assert visitor.page.locator("#log-in").count() == 1


def test_nobody_is_asked_twice_for_the_same(arrive: Arrive, demo: Demo) -> None:
    arrive().log_in(demo.consultation, demo.citizen("no-personal-id"), "tax")
    again = arrive()
    again.start_at(demo.consultation)

    again.authenticate(demo.citizen("no-personal-id"), "tax")

    assert again.page.url.startswith(demo.consultation)
    assert again.page.locator("#subject").count() == 1


def _asked_for_consent(visitor: Visitor, demo: Demo, number: str) -> Visitor:
    """With a number that no register holds: only the number itself is known."""
    visitor.start_at(demo.consultation)
    visitor.authenticate(_stranger(number), "mobile")
    return visitor


def _stranger(number: str) -> dict[str, Any]:
    return {"phone": f"+84{number[1:]}", "sources": {"mobile": {"identifier": number}}}


def _optional(visitor: Visitor) -> Any:
    return visitor.page.locator("input[type=checkbox]")
