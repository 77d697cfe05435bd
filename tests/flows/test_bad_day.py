"""A source that is slow, down, garbled or lying: the citizen keeps a choice, sees no stack, and the source heals."""

import time

import pytest

from examples.faults import FaultSwitch
from idp.web.circuit_breaker import FAILURES_TO_OPEN, OPEN_SECONDS
from tests.support.demo import Demo, eventually
from tests.support.visitor import NARROW, NARROW_PLAIN, WIDE, Arrive, Look, Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_a_tax_authority_that_lies_lets_nobody_in_and_leaves_a_choice(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.choose("tax")
    with demo.fault(demo.addresses.tax, "lying"):
        visitor.submit_password(demo.citizen("tax-only")["sources"]["tax"])

    assert visitor.support_code == "MC-1302"
    visitor.click("#continue")
    assert visitor.page.locator('button[name="source"]').count() == 3


@pytest.mark.parametrize("look", [NARROW, WIDE], ids=str)
def test_a_tax_authority_that_fails_midway_leaves_a_choice(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.choose("tax")
    with demo.fault(demo.addresses.tax, "down"):
        visitor.submit_password(demo.citizen("tax-only")["sources"]["tax"])

    _is_told_that_nothing_was_sent(visitor)
    visitor.click("#continue")
    visitor.authenticate(demo.citizen("tax-only"), "tax")
    visitor.agree()
    assert visitor.page.locator("#subject").count() == 1


def test_a_slow_register_is_not_waited_for(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive(NARROW_PLAIN)
    visitor.start_at(demo.portal)
    visitor.choose("social-insurance")
    with demo.fault(demo.addresses.social_insurance, "slow"):
        began = time.monotonic()
        visitor.submit_identifier("9900004001")
        waited = time.monotonic() - began

    _is_told_that_nothing_was_sent(visitor)
    assert waited < FaultSwitch().delay


@pytest.mark.parametrize("look", [NARROW_PLAIN, WIDE], ids=str)
def test_a_register_that_answers_garbage_leaves_a_choice(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.choose("social-insurance")
    with demo.fault(demo.addresses.social_insurance, "garbled"):
        visitor.submit_identifier(f"990000410{int(look.scripts)}")

    assert visitor.support_code == "MC-1302"
    visitor.page.get_by_role("link", name="Choose another identity source").click()
    assert visitor.page.locator('button[name="source"]').count() == 3


def test_a_register_that_is_down_is_greyed_out_and_heals_by_itself(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive(NARROW)
    with demo.fault(demo.addresses.social_insurance, "down"):
        for count in range(FAILURES_TO_OPEN):
            visitor.start_at(demo.portal)
            if visitor.page.locator('button[value="social-insurance"]').is_disabled():
                break
            visitor.choose("social-insurance")
            visitor.submit_identifier(f"990000500{count}")
            _is_told_that_nothing_was_sent(visitor)
        visitor.start_at(demo.portal)
        tile = visitor.page.locator('button[value="social-insurance"]')
        assert tile.is_disabled()
        assert "Tạm gián đoạn" in tile.inner_text()
        visitor.authenticate(demo.citizen("tax-only"), "tax")
        visitor.agree()
        assert visitor.page.locator("#subject").count() == 1

    eventually(lambda: _is_offered(arrive, demo), "the source to be offered again", within=2 * OPEN_SECONDS)
    healed = arrive(NARROW)
    healed.start_at(demo.portal)
    healed.choose("social-insurance")
    healed.submit_identifier("9900006000")
    assert healed.page.locator("#one-time-code").count() == 1


def _is_offered(arrive: Arrive, demo: Demo) -> bool:
    visitor = arrive(NARROW_PLAIN)
    visitor.start_at(demo.portal)
    return visitor.page.locator('button[value="social-insurance"]').is_enabled()


def _is_told_that_nothing_was_sent(visitor: Visitor) -> None:
    page = visitor.page
    assert "Chưa có thông tin nào được gửi" in visitor.text or "Nothing has been sent" in visitor.text
    assert "Traceback" not in page.content()
    assert page.get_by_role("link", name="Chọn nguồn" if visitor.look.language == "vi" else "Choose another").count()
