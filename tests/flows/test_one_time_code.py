"""One-time codes as a citizen meets them: mistakes, the limit, a new code, another way, the other language."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from idp.authentication.one_time_code_limits import RESEND_SECONDS, TRIES_PER_CODE
from tests.support.demo import Demo, eventually
from tests.support.visitor import EVERY_LOOK, NARROW, NARROW_PLAIN, WIDE, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

SUMMARY_LINK = "[role=alert] a"


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_mistyped_number_is_shown_at_the_field_and_can_be_mended(arrive: Arrive, demo: Demo, look: Look) -> None:
    number = f"053000600{EVERY_LOOK.index(look)}"
    visitor = _at_identifier_page(arrive(look), demo)

    for typed in ("", "12", "0530 00o 001", "+33 6 12 34 56 78"):
        visitor.submit_identifier(typed)
        assert visitor.page.locator("#identifier").get_attribute("aria-invalid") == "true"
        assert visitor.page.locator("#identifier").input_value() == typed
        assert visitor.page.locator(SUMMARY_LINK).get_attribute("href") == "#identifier"
    code = visitor.request_code(f"{number[:3]} {number[3:6]}.{number[6:]}", f"+84{number[1:]}")
    visitor.submit_code(f"{code[:3]} {code[3:]}")
    visitor.agree()

    assert visitor.page.locator("#subject").count() == 1


@pytest.mark.parametrize("look", [NARROW, NARROW_PLAIN], ids=str)
def test_wrong_codes_count_down_to_the_limit_and_then_not_even_the_right_one_helps(
    arrive: Arrive, demo: Demo, look: Look
) -> None:
    phone = f"+845300{80_000 + (1 if look.scripts else 2)}"
    visitor = _at_identifier_page(arrive(look), demo)
    code = visitor.request_code(phone, phone)
    wrong = "111111" if code != "111111" else "222222"

    visitor.submit_code("12 34")
    assert "6" in visitor.alert.inner_text()
    for left in range(TRIES_PER_CODE - 1, -1, -1):
        visitor.submit_code(wrong)
        assert str(left) in visitor.alert.inner_text()
    visitor.submit_code(code)

    expired = "hết hiệu lực" if look.language == "vi" else "expired"
    assert expired in visitor.alert.inner_text()
    assert visitor.page.locator("#subject").count() == 0
    visitor.open(demo.portal)
    assert visitor.page.locator("#log-in").count() == 1


def test_a_new_code_can_be_had_after_the_countdown_and_ends_the_old_one(arrive: Arrive, demo: Demo) -> None:
    """One wait for two people: one sees the countdown, the other is told to reload."""
    watching = _at_identifier_page(arrive(WIDE), demo)
    first = watching.request_code("0530009001", "+84530009001")
    reloading = _at_identifier_page(arrive(NARROW_PLAIN), demo)
    reloading.request_code("0530009002", "+84530009002")
    resend, resend_plain = (visitor.page.locator("#resend") for visitor in (watching, reloading))
    assert resend.is_disabled()
    assert resend_plain.is_disabled()
    expect(resend).to_have_text("Seconds until you can resend: 25", timeout=10_000)

    expect(resend).to_be_enabled(timeout=(RESEND_SECONDS + 10) * 1000)
    assert resend.inner_text() == "Resend code"
    eventually(lambda: _is_enabled_after_a_reload(reloading), "the end of the wait", within=RESEND_SECONDS)
    for visitor, phone in ((watching, "+84530009001"), (reloading, "+84530009002")):
        visitor.click("#resend")
        assert visitor.page.locator("#resend").is_disabled()
        code = demo.code_after(phone, earlier=1)
        if visitor is watching and code != first:
            visitor.submit_code(first)
            assert visitor.alert.count() == 1
        visitor.submit_code(code)
        visitor.agree()
        assert visitor.page.locator("#subject").count() == 1


def test_a_code_asked_for_twice_at_once_is_sent_once_and_the_page_says_when(arrive: Arrive, demo: Demo) -> None:
    arriving = _at_identifier_page(arrive(), demo)
    arriving.request_code("0530009101", "+84530009101")
    impatient = _at_identifier_page(arrive(), demo)

    impatient.submit_identifier("053 000 9101")

    assert "1 phút" in impatient.alert.inner_text()
    assert impatient.page.locator("#identifier").count() == 1
    assert len(demo.messages("+84530009101")) == 1


def test_a_reload_and_the_back_button_send_no_second_code(arrive: Arrive, demo: Demo) -> None:
    visitor = _at_identifier_page(arrive(), demo)
    code = visitor.request_code("0530009201", "+84530009201")

    visitor.reload()
    visitor.back()
    visitor.page.go_forward()

    assert visitor.page.locator("#one-time-code").count() == 1
    visitor.submit_code(code)
    visitor.agree()
    assert visitor.page.locator("#subject").count() == 1
    assert len(demo.messages("+84530009201")) == 1


@pytest.mark.parametrize("look", [NARROW, WIDE], ids=str)
def test_whoever_gets_no_code_can_take_another_way(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.choose("social-insurance")
    visitor.submit_identifier(f"990000{7000 + look.width % 1000}")

    visitor.page.get_by_role("link", name="Chọn nguồn định danh khác" if look is NARROW else "Choose another").click()
    visitor.check()
    visitor.authenticate(demo.citizen("tax-only"), "tax")
    visitor.agree()

    assert visitor.page.locator("#name").inner_text() == demo.citizen("tax-only")["name"]


@pytest.mark.parametrize("look", [NARROW, NARROW_PLAIN], ids=str)
def test_every_page_switches_its_language_and_forgets_nothing(arrive: Arrive, demo: Demo, look: Look) -> None:
    number = f"053000930{int(look.scripts)}"
    visitor = arrive(look)
    visitor.start_at(demo.consultation)
    _switch(visitor)
    visitor.choose("mobile")
    _switch(visitor)
    code = visitor.request_code(number, f"+84{number[1:]}")
    _switch(visitor)
    visitor.submit_code("x")
    _switch(visitor)
    visitor.submit_code(code)
    _switch(visitor)
    # The service's own pages keep the language they were left in.
    visitor.look = look

    visitor.click("#approve")

    eventually(lambda: visitor.page.url.startswith(demo.consultation), "the service")
    assert visitor.page.locator("#subject").count() == 1


def _at_identifier_page(visitor: Visitor, demo: Demo) -> Visitor:
    visitor.start_at(demo.portal)
    visitor.choose("mobile")
    return visitor


def _is_enabled_after_a_reload(visitor: Visitor) -> bool:
    visitor.reload()
    return visitor.page.locator("#resend").is_enabled()


def _switch(visitor: Visitor) -> None:
    visitor.look = replace(visitor.look, language="en" if visitor.look.language == "vi" else "vi")
    visitor.click(".mc-switch")
    assert visitor.page.locator("html").get_attribute("lang") == visitor.look.language
