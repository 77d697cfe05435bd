"""A service asks for two factors: the app's code, or a second source of one's own, and the place is kept."""

import base64
import time

import pytest

from mobile_otp.totp import Totp, code_at
from tests.support.demo import Demo
from tests.support.visitor import EVERY_LOOK, NARROW, NARROW_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

TITLE = {"vi": "Nhập mã từ ứng dụng xác thực", "en": "Enter the code from your authenticator app"}


def start_with_two_factors(visitor: Visitor, demo: Demo) -> None:
    """As the portal sends somebody whose request needs more."""
    visitor.open(f"{demo.portal}/dang-nhap/bat-dau?return_to=/&acr_values=nd69-02")


def step_now() -> int:
    return int(time.time()) // 30


def enrol(visitor: Visitor, demo: Demo) -> tuple[Totp, int]:
    """In one's own space, right after a login; the app, and the step of the code that is used up."""
    visitor.open(f"{demo.addresses.issuer}/me/second-factor")
    visitor.authenticate(demo.citizen("tax-only"), "tax")
    secret = visitor.page.locator(".mc-secret").inner_text().replace(" ", "")
    app, step = Totp(base64.b32decode(secret + "=" * (-len(secret) % 8))), step_now()
    visitor.page.fill("#code", code_at(app, step))
    visitor.click("#continue")
    return app, step


def test_a_password_and_the_apps_code_reach_two_factors(arrive: Arrive, demo: Demo) -> None:
    citizen = demo.citizen("tax-only")
    app, used = enrol(arrive(NARROW), demo)
    for look in EVERY_LOOK:
        visitor = _at_code(arrive(look), demo, look)
        visitor.submit_code("000000" if code_at(app, used + 1) != "000000" else "111111")
        assert visitor.alert.count() == 1
        assert visitor.heading == TITLE[look.language]
        visitor.reload()

    visitor = arrive(NARROW_PLAIN)
    subject = visitor.log_in(demo.portal, citizen, "tax")
    again = _at_code(visitor, demo, NARROW_PLAIN)
    again.submit_code(code_at(app, used + 1))
    again.agree()

    assert again.page.url.startswith(demo.portal)
    assert again.subject == subject


@pytest.mark.parametrize("look", [NARROW], ids=str)
def test_without_an_app_a_second_source_of_ones_own_does_it(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    start_with_two_factors(visitor, demo)
    assert [one.get_attribute("value") for one in visitor.page.locator('button[name="source"]').all()] == [
        "tax",
        "social-insurance",
    ]
    visitor.authenticate(demo.citizen("homonym-b"), "tax")
    assert visitor.page.locator("[role=status]").count() == 1
    assert visitor.page.locator('button[value="tax"]').count() == 0

    visitor.authenticate(demo.citizen("homonym-b"), "mobile")
    visitor.agree()

    assert visitor.page.url.startswith(demo.portal)
    assert visitor.page.locator("#subject").count() == 1


def _at_code(visitor: Visitor, demo: Demo, look: Look) -> Visitor:
    start_with_two_factors(visitor, demo)
    visitor.authenticate(demo.citizen("tax-only"), "tax")
    assert visitor.page.url.endswith("/second-factor")
    assert visitor.heading == TITLE[look.language]
    return visitor
