"""Operators in a real browser: enrolled by a code and an app, at work on a case, and never alone with a merge."""

import base64
import time
from dataclasses import dataclass, replace

import pytest

from idp.identity.pivot import PivotIdentity
from mobile_otp.totp import Totp, code_at
from tests.support.demo import Demo
from tests.support.demo_desk import BackOffice
from tests.support.visitor import NARROW, NARROW_PLAIN, WIDE, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

LONGEST = "Công Tằng Tôn Nữ Nguyễn Hoàng Phương Khánh Quỳnh Trang Thiên Hương"
HERE = PivotIdentity(name=LONGEST, birthdate="1982-12-01", gender="female")
THERE = PivotIdentity(name=LONGEST, birthdate="1982", gender="female", birthplace="Thừa Thiên Huế")
WORDS = "Đã xem thẻ căn cước và giấy khai sinh tại quầy."


@dataclass
class Operator:
    visitor: Visitor
    app: Totp

    @property
    def issuer(self) -> str:
        return self.visitor.demo.addresses.issuer

    def open(self, path: str) -> None:
        self.visitor.open(f"{self.issuer}{path}")


def enrolled(visitor: Visitor, demo: Demo, citizen: str, code: str) -> Operator:
    """From the command line's code to the queue."""
    visitor.open(f"{demo.addresses.issuer}/operator/enrol")
    visitor.authenticate(demo.citizen(citizen), "tax")
    visitor.page.fill("#code", code)
    visitor.click("#continue")
    letters = visitor.page.locator("#secret").inner_text().replace(" ", "")
    assert visitor.page.locator("svg[role=img] title").count() == 1
    operator = Operator(visitor, Totp(base64.b32decode(letters)))
    step = int(time.time()) // 30
    visitor.submit_code(code_at(operator.app, step))
    visitor.click("#continue")
    visitor.authenticate(demo.citizen(citizen), "tax")
    # A code works once; the app's next one is accepted a little early.
    visitor.submit_code(code_at(operator.app, step + 1))
    return operator


def looked(operator: Operator, reference: str) -> None:
    operator.open(f"/operator/cases/{reference}")
    assert LONGEST not in operator.visitor.text
    operator.visitor.page.select_option("#reason", "case")
    operator.visitor.click("#look")
    assert LONGEST in operator.visitor.text


@pytest.mark.parametrize(
    ("look", "first", "second", "number"),
    [
        pytest.param(NARROW, "homonym-a", "homonym-b", "099182000400", id=str(NARROW)),
        pytest.param(WIDE, "ethnic-name", "two-tax-codes", "099182000417", id=str(WIDE)),
        pytest.param(NARROW_PLAIN, "tax-only", "twelve-digit-tax-code", "099182000424", id=str(NARROW_PLAIN)),
    ],
)
def test_two_operators_decide_what_one_proposed(
    arrive: Arrive, demo: Demo, look: Look, first: str, second: str, number: str
) -> None:
    office, mark = BackOffice(demo), f"{look.language}{look.width}"
    reference = office.doubt(f"lan-{mark}-{look.scripts}", replace(HERE, personal_id=number), THERE)
    an = enrolled(arrive(look), demo, first, office.make_operator(f"an-{mark}-{first}", "support"))
    assert an.visitor.heading == ("Hồ sơ cần xem xét" if look.language == "vi" else "Cases to review")
    an.visitor.page.select_option("#kind", "review")
    an.visitor.click("#filter")
    an.visitor.click(f'a[href$="/{reference}"]')
    looked(an, reference)
    an.visitor.page.fill("#merge-words", WORDS)
    an.visitor.click("#merge")
    assert an.visitor.page.locator("#confirm").count() == 0
    an.visitor.click("#sign-out")

    binh = enrolled(
        arrive(look), demo, second, office.make_operator(f"binh-{mark}-{second}", "security", "administrator")
    )
    binh.visitor.click('a[href="/operator/search"]')
    binh.visitor.page.fill("#reference", reference.lower())
    binh.visitor.click("#open-case")
    assert WORDS not in binh.visitor.text
    looked(binh, reference)
    assert WORDS in binh.visitor.text
    binh.visitor.click("#confirm")

    assert ("đã hợp nhất" if look.language == "vi" else "merged") in binh.visitor.text
    everywhere_else(binh, reference, number)


def everywhere_else(operator: Operator, reference: str, number: str) -> None:
    """The rest of the desk: a person found by number and looked at, colleagues, refusals, empty lists."""
    visitor = operator.visitor
    operator.open("/operator/search")
    visitor.page.fill("#number", "12")
    visitor.click("#search")
    assert visitor.alert.count() == 1
    visitor.page.fill("#number", number)
    visitor.page.select_option("#reason", "request")
    visitor.click("#search")
    assert number not in visitor.page.content()
    visitor.click("#found ~ ul a")
    assert LONGEST not in visitor.text
    visitor.click("#look")
    assert LONGEST in visitor.text
    visitor.page.fill("#split-reason", WORDS)
    visitor.click("#split")
    assert visitor.page.locator("#confirm").count() == 0
    visitor.page.fill("#second-words", WORDS)
    visitor.click("#refuse")
    operator.open("/operator/operators")
    operator.open("/operator/keys")
    visitor.page.fill("#rotate-words", WORDS)
    visitor.click("#rotate")
    assert WORDS in visitor.text
    assert visitor.page.locator("#confirm").count() == 0
    visitor.click("#refuse")
    assert visitor.page.locator("#rotate").count() == 1
    operator.open("/operator?kind=unlock&overdue=yes")
    assert visitor.page.locator("table").count() == 0
    operator.open(f"/operator/cases/{reference}")


@pytest.mark.parametrize("look", [NARROW, WIDE], ids=str)
def test_whoever_is_no_operator_is_told_plainly(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)

    visitor.open(f"{demo.addresses.issuer}/operator")
    visitor.authenticate(demo.citizen("tone-marks"), "tax")

    assert visitor.heading == ("Không phải cán bộ của hệ thống" if look.language == "vi" else "Not an operator")
    visitor.click('a[href="/operator/enrol"]')
    visitor.page.fill("#code", "AAAA-BBBB-CCCC-DDDD")
    visitor.click("#continue")
    assert visitor.alert.count() == 1
