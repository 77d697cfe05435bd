"""Every sandbox citizen reaches what their description says; no record joins another on less than the policy asks."""

from typing import Any

import pytest

from tests.support.demo import Demo
from tests.support.visitor import EVERY_LOOK, NARROW, NARROW_PLAIN, WIDE, WIDE_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

NO_NAME = "Không có họ tên được xác nhận"


def test_every_citizen_of_the_demo_is_in_a_journey(demo: Demo) -> None:
    in_journeys = {"mother", "plain", "no-email", "twelve-digit-tax-code", "two-tax-codes", "tax-only"}
    here = {
        *("tone-marks", "unmarked", "year-only", "homonym-a", "homonym-b", "phone-changed-hands", "new-subscriber"),
        *("new-phone", "deceased", "minor", "nobody-vouches", "ethnic-name"),
    }
    linking = {
        *("no-personal-id", "missing-at-insurance", "swapped-date", "middle-name", "reordered", "adds-later"),
        *("year-only-no-id", "tone-differs", "homonym-c"),
    }

    assert {citizen["id"] for citizen in demo.document["citizens"]} == in_journeys | here | linking


@pytest.mark.parametrize(
    ("who", "sources"),
    [
        pytest.param("tone-marks", ("tax", "social-insurance", "mobile"), id="HOÀ is Hòa"),
        pytest.param("ethnic-name", ("tax", "social-insurance"), id="two apostrophes, one name"),
        pytest.param("homonym-a", ("tax", "mobile"), id="a homonym is herself everywhere"),
    ],
)
def test_spellings_of_one_name_lead_to_one_person(
    arrive: Arrive, demo: Demo, who: str, sources: tuple[str, ...]
) -> None:
    citizen = demo.citizen(who)

    assert len({arrive().log_in(demo.portal, citizen, source) for source in sources}) == 1


@pytest.mark.parametrize(
    ("who", "sources", "look"),
    [
        pytest.param("unmarked", ("tax", "mobile"), WIDE, id="a name without marks"),
        pytest.param("year-only", ("social-insurance", "mobile"), WIDE_PLAIN, id="the year of birth alone"),
    ],
)
def test_whoever_agrees_less_under_one_number_is_recognised_and_told_once(
    arrive: Arrive, demo: Demo, who: str, sources: tuple[str, ...], look: Look
) -> None:
    citizen, first, second = demo.citizen(who), arrive(), arrive(look)
    subject = first.log_in(demo.portal, citizen, sources[0])

    second.start_at(demo.portal)
    second.authenticate(citizen, sources[1])

    assert second.page.url.endswith("/linking")
    assert second.heading == {"vi": "Đã nhận ra cùng một người", "en": "Recognised as one person"}[look.language]
    assert citizen["name"] not in second.text
    assert not any(part in second.text for part in ("1948", "HUNG"))
    second.read_notice()
    second.agree()
    assert second.subject == subject


def test_two_tax_codes_of_one_personal_id_are_one_person(arrive: Arrive, demo: Demo) -> None:
    citizen = demo.citizen("two-tax-codes")
    second_code = {**citizen, "sources": {"tax": citizen["sources"]["tax"]["also"][0]}}

    first, second = (arrive().log_in(demo.portal, one, "tax") for one in (citizen, second_code))

    assert first == second


def test_homonyms_born_the_same_day_stay_two_people(arrive: Arrive, demo: Demo) -> None:
    here, there = arrive(), arrive()
    subjects = {
        visitor.log_in(demo.portal, demo.citizen(who), "tax")
        for visitor, who in ((here, "homonym-a"), (there, "homonym-b"))
    }

    assert len(subjects) == 2
    same = ("name", "birthdate", "gender")
    assert [here.claims[claim] for claim in same] == [there.claims[claim] for claim in same]


@pytest.mark.parametrize("look", [NARROW, WIDE, NARROW_PLAIN], ids=str)
def test_a_number_nobody_vouches_for_is_a_person_without_a_name(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    citizens = {str(NARROW): demo.citizen("nobody-vouches"), str(WIDE): _stranger("0530004001")}

    visitor.log_in(demo.portal, citizens.get(str(look), _stranger("0530004002")), "mobile")

    name = visitor.page.locator("#name").inner_text()
    assert name == (NO_NAME if look.language == "vi" else "No verified name")
    assert "name" not in visitor.claims
    assert "birthdate" not in visitor.claims


def test_a_phone_that_changed_hands_gets_no_code_and_its_new_holder_inherits_nothing(
    arrive: Arrive, demo: Demo
) -> None:
    earlier_holder, now_holder = demo.citizen("phone-changed-hands"), demo.citizen("new-subscriber")
    before = {who["phone"]: len(demo.messages(who["phone"])) for who in (earlier_holder, now_holder)}
    asking = _at_code_page(arrive(), demo, earlier_holder["sources"]["social-insurance"]["identifier"])

    subject = arrive().log_in(demo.portal, now_holder, "mobile")
    of_earlier_holder = arrive().log_in(demo.portal, earlier_holder, "tax")

    # The new holder's own code came after the question; nothing came for the question itself.
    assert len(demo.messages(now_holder["phone"])) == before[now_holder["phone"]] + 1
    assert len(demo.messages(earlier_holder["phone"])) == before[earlier_holder["phone"]]
    assert subject != of_earlier_holder
    asking.submit_code(demo.messages(now_holder["phone"])[0]["code"])
    assert asking.alert.count() == 1


def test_every_number_looks_the_same_until_its_code_is_known(arrive: Arrive, demo: Demo) -> None:
    numbers = {
        "known": demo.citizen("homonym-b")["sources"]["social-insurance"]["identifier"],
        "too new a phone": demo.citizen("new-phone")["sources"]["social-insurance"]["identifier"],
        "known, but deceased": demo.citizen("deceased")["sources"]["social-insurance"]["identifier"],
        "unknown": "9900008887",
    }
    too_new = demo.citizen("new-phone")["phone"]
    before = len(demo.messages(too_new))

    asked = {}
    answered = {}
    for what, number in numbers.items():
        visitor = _at_code_page(arrive(NARROW_PLAIN), demo, number)
        asked[what] = visitor.bytes
        visitor.submit_code("000000")
        answered[what] = visitor.bytes

    assert len(set(asked.values())) == 1, asked
    assert len(set(answered.values())) == 1, answered
    assert len(demo.messages(too_new)) == before
    assert not any(message["to"].startswith("+8454") for message in demo.messages(""))


def test_nobody_logs_in_for_the_deceased(arrive: Arrive, demo: Demo) -> None:
    visitor = arrive()
    visitor.start_at(demo.portal)
    visitor.authenticate(demo.citizen("deceased"), "mobile")

    assert visitor.support_code == "MC-1402"
    assert demo.citizen("deceased")["name"] not in visitor.page.content()
    _is_logged_in_nowhere(visitor)


@pytest.mark.parametrize("look", [EVERY_LOOK[1]], ids=str)
def test_a_child_is_told_to_ask_a_parent_or_guardian(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.start_at(demo.portal)
    visitor.authenticate(demo.citizen("minor"), "social-insurance")

    assert visitor.support_code == "MC-1401"
    assert "under 14" in visitor.text
    assert "parent or guardian" in visitor.text
    _is_logged_in_nowhere(visitor)


def _stranger(number: str) -> dict[str, Any]:
    """Somebody with a number that no register holds."""
    return {"phone": f"+84{number[1:]}", "sources": {"mobile": {"identifier": number}}}


def _at_code_page(visitor: Visitor, demo: Demo, number: str) -> Visitor:
    visitor.start_at(demo.portal)
    visitor.choose("social-insurance")
    visitor.submit_identifier(number)
    assert visitor.page.locator("#one-time-code").count() == 1
    return visitor


def _is_logged_in_nowhere(visitor: Visitor) -> None:
    visitor.start_at(visitor.demo.consultation)
    assert visitor.page.locator('button[name="source"]').count() == 3
