"""Records that do not quite agree: explained in plain words, then proved, handed over, looked at, or left apart."""

import pytest

from tests.support.demo import Demo, eventually
from tests.support.visitor import EVERY_LOOK, NARROW, NARROW_PLAIN, WIDE, WIDE_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

TITLE = {"vi": "Cần xác minh thêm", "en": "One more proof is needed"}
LINKED = {"vi": "Đã liên kết", "en": "Linked"}


def at_doubt(arrive: Arrive, demo: Demo, who: str, look: Look, source: str = "social-insurance") -> tuple[Visitor, str]:
    """The tax authority led to somebody before; now another source does. What that first person is called there."""
    citizen = demo.citizen(who)
    known = arrive().log_in(demo.portal, citizen, "tax")
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.authenticate(citizen, source)
    assert visitor.heading == TITLE[look.language]
    assert citizen["name"] not in visitor.text
    return visitor, known


@pytest.mark.parametrize(
    ("who", "look"),
    [("no-personal-id", NARROW), ("missing-at-insurance", WIDE), ("swapped-date", NARROW_PLAIN)],
    ids=str,
)
def test_a_second_proof_in_the_same_browser_makes_one_person(arrive: Arrive, demo: Demo, who: str, look: Look) -> None:
    citizen = demo.citizen(who)
    visitor, known = at_doubt(arrive, demo, who, look)
    visitor.click("#elsewhere")
    assert visitor.page.locator(".mc-qr svg").count() == 1
    visitor.click("#back")
    assert visitor.page.locator('button[name="source"]').first.get_attribute("value") == "mobile"

    visitor.authenticate(citizen, "tax")

    assert visitor.heading == LINKED[look.language]
    visitor.reload()
    assert visitor.heading == LINKED[look.language]
    visitor.click("#continue")
    visitor.agree()
    assert visitor.subject == known
    assert visitor.page.url.startswith(demo.portal)


def test_whoever_asks_for_a_review_gets_a_reference_and_goes_on_apart(arrive: Arrive, demo: Demo) -> None:
    visitor, known = at_doubt(arrive, demo, "middle-name", WIDE_PLAIN)

    visitor.click("#review")

    assert visitor.heading == "Cán bộ sẽ xem xét"
    reference = visitor.page.locator("main strong", has_text="MC-").inner_text()
    visitor.click("#continue")
    visitor.agree()
    assert visitor.subject != known
    later = visitor.new_tab()
    later.open(f"{demo.addresses.issuer}/me/cases")
    assert reference in later.text


def test_a_wrong_second_source_links_nothing_and_leaves_every_way(arrive: Arrive, demo: Demo) -> None:
    """The year alone, no number, another birthplace: people look at it, whatever else is proved."""
    visitor, known = at_review(arrive, demo, "year-only-no-id", NARROW_PLAIN)

    assert visitor.page.locator('button[name="source"]').count() == 0
    visitor.click("#continue")
    visitor.agree()

    assert visitor.subject != known


@pytest.mark.parametrize("look", [WIDE], ids=str)
def test_a_number_that_two_people_claim_is_told_of_neither(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor, known = at_review(arrive, demo, "tone-differs", look)

    visitor.click("#continue")
    visitor.agree()

    assert visitor.subject != known
    assert "vn_personal_id" not in visitor.claims


def at_review(arrive: Arrive, demo: Demo, who: str, look: Look) -> tuple[Visitor, str]:
    visitor, known = at_doubt(arrive, demo, who, look)
    assert visitor.page.locator("main strong", has_text="MC-").count() == 1
    return visitor, known


def test_three_homonyms_stay_three_people(arrive: Arrive, demo: Demo) -> None:
    others = {arrive().log_in(demo.portal, demo.citizen(who), "tax") for who in ("homonym-a", "homonym-b")}
    visitor = arrive(NARROW)
    visitor.start_at(demo.portal)
    visitor.authenticate(demo.citizen("homonym-c"), "tax")
    assert visitor.heading == TITLE["vi"]
    assert visitor.page.locator('button[name="source"]').count() == 0

    visitor.click("#continue")
    visitor.agree()

    assert len({*others, visitor.subject}) == 3


@pytest.mark.parametrize("look", [NARROW], ids=str)
def test_a_login_waits_while_another_device_proves(arrive: Arrive, demo: Demo, look: Look) -> None:
    citizen = demo.citizen("reordered")
    account = citizen["sources"]["tax"]
    second = {**citizen, "sources": {"tax": account["also"][0]}}
    known = arrive().log_in(demo.portal, citizen, "tax")
    waiting = arrive(look)
    waiting.start_at(demo.portal)
    waiting.authenticate(second, "tax")
    waiting.click("#elsewhere")
    address = str(waiting.page.locator(".mc-typed a").get_attribute("href"))

    other_device = arrive(WIDE_PLAIN)
    other_device.open(address)
    other_device.authenticate(second, "tax")
    other_device.click("#prove")
    other_device.authenticate(second, "tax")
    other_device.authenticate(citizen, "tax")
    assert other_device.heading == LINKED["vi"]
    other_device.click("#continue")
    assert other_device.page.url.startswith(f"{demo.addresses.issuer}/me")

    waiting.reload()

    assert waiting.heading == "Đã xác minh xong"
    waiting.click("#continue")
    waiting.agree()
    assert waiting.subject == known


@pytest.mark.parametrize("look", [EVERY_LOOK[1]], ids=str)
def test_a_source_is_added_from_ones_own_space(arrive: Arrive, demo: Demo, look: Look) -> None:
    citizen = demo.citizen("adds-later")
    visitor = arrive(look)
    subject = visitor.log_in(demo.portal, citizen, "tax")
    before = len(demo.messages(citizen["phone"]))
    visitor.open(f"{demo.addresses.issuer}/me/sources")
    visitor.click("#add-source")
    visitor.authenticate(citizen, "tax")
    assert visitor.heading == "Link another identity source"

    visitor.authenticate(citizen, "social-insurance")

    assert visitor.heading == LINKED["en"]
    visitor.click("#continue")
    assert visitor.page.url.startswith(f"{demo.addresses.issuer}/me")
    assert arrive().log_in(demo.portal, citizen, "tax") == subject
    eventually(lambda: len(demo.messages(citizen["phone"])) > before, "a code, and a notice")
