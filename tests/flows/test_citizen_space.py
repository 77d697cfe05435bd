"""One's own space in a real browser: read, stopped, copied and closed, in both languages, with and without scripts."""

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from mobile_otp.totp import Totp, code_at
from tests.support.demo import Demo, eventually
from tests.support.visitor import EVERY_LOOK, NARROW, NARROW_PLAIN, WIDE, WIDE_PLAIN, Arrive, Look, Visitor

pytestmark = pytest.mark.browser

SECTIONS = ("sources", "identifiers", "history", "privacy", "protection", "cases")


def stranger(number: str) -> dict[str, Any]:
    """With a number that no register holds: a person of their own, for whom nothing else is at stake."""
    return {"phone": f"+84{number[1:]}", "sources": {"mobile": {"identifier": number}}}


def at_home(visitor: Visitor, demo: Demo, citizen: dict[str, Any], source: str, path: str = "/me") -> Visitor:
    """Signed in to their own space, through the login every service has."""
    visitor.open(f"{demo.addresses.issuer}{path}")
    visitor.authenticate(citizen, source)
    assert visitor.page.url == f"{demo.addresses.issuer}{path}"
    return visitor


def go(visitor: Visitor, demo: Demo, path: str) -> None:
    visitor.open(f"{demo.addresses.issuer}{path}")


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_citizen_without_e_mail_walks_through_every_page(arrive: Arrive, demo: Demo, look: Look) -> None:
    citizen = demo.citizen("no-email")
    visitor = arrive(look)
    go(visitor, demo, "/")
    visitor.click("#my-account")
    visitor.authenticate(citizen, "tax")
    assert visitor.heading == ("Tài khoản của tôi" if look.language == "vi" else "My account")
    assert citizen["name"] in visitor.text

    for section in SECTIONS:
        visitor.click(f'a[href="/me/{section}"]')
        assert visitor.page.url.endswith(f"/me/{section}")
        visitor.back()
    for path in ("/me/not-me", "/me/lock", "/me/export", "/me/close", "/me/second-factor"):
        go(visitor, demo, path)
        assert visitor.support_code is None
    visitor.click("#sign-out")

    go(visitor, demo, "/me")
    assert visitor.page.locator('button[name="source"]').count() > 0


@pytest.mark.parametrize("look", [NARROW, WIDE_PLAIN], ids=str)
def test_numbers_are_shown_masked(arrive: Arrive, demo: Demo, look: Look) -> None:
    citizen = demo.citizen("plain")

    visitor = at_home(arrive(look), demo, citizen, "tax", "/me/identifiers")

    assert "***" in visitor.text
    for source in citizen["sources"].values():
        assert source["identifier"] not in visitor.page.content()


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008101"), (WIDE, "0530008102")], ids=str)
def test_a_withdrawn_consent_is_asked_for_anew(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = arrive(look)
    visitor.log_in(demo.consultation, stranger(number), "mobile")
    go(visitor, demo, "/me/privacy")
    visitor.click('a[href$="/receipt"]')
    assert re.search(r"\b[0-9a-f]{64}\b", visitor.text)
    visitor.back()

    visitor.click('a[href$="/withdraw"]')
    visitor.click("#continue")

    expect(visitor.page.get_by_role("status")).to_be_visible()
    assert visitor.page.locator('a[href$="/withdraw"]').count() == 0
    logged_out(visitor, demo.consultation)
    visitor.start_at(demo.consultation)
    assert visitor.page.locator("#approve").count() == 1


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008201"), (NARROW_PLAIN, "0530008202")], ids=str)
def test_not_me_in_the_history_ends_everything_and_gives_a_reference(
    arrive: Arrive, demo: Demo, look: Look, number: str
) -> None:
    visitor = arrive(look)
    visitor.log_in(demo.portal, stranger(number), "mobile")
    go(visitor, demo, "/me/history")

    visitor.page.locator('a[href$="/not-me"]').last.click()
    visitor.page.wait_for_load_state()
    visitor.check()
    visitor.click("#continue")

    assert re.search(r"MC-[2-9A-Z]{4}-[2-9A-Z]{4}", visitor.text)
    logged_out(visitor, demo.portal)
    go(visitor, demo, "/me")
    assert visitor.page.locator('button[name="source"]').count() > 0


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008301"), (WIDE_PLAIN, "0530008302")], ids=str)
def test_a_locked_account_lets_nobody_in(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = at_home(arrive(look), demo, stranger(number), "mobile", "/me/protection")

    visitor.click("#lock")
    visitor.click("#continue")
    assert visitor.heading == ("Tài khoản đã bị khóa" if look.language == "vi" else "Your account is locked")

    go(visitor, demo, "/me")
    assert visitor.page.locator('button[name="source"]').count() > 0


@pytest.mark.parametrize("look", [NARROW, NARROW_PLAIN], ids=str)
def test_a_source_is_frozen_and_used_again(arrive: Arrive, demo: Demo, look: Look) -> None:
    citizen = demo.citizen("tone-marks" if look.scripts else "ethnic-name")
    arrive().log_in(demo.portal, citizen, "tax")
    visitor = at_home(arrive(look), demo, citizen, "social-insurance", "/me/sources")

    visitor.page.locator(".mc-item").filter(has_text=_tax(look)).locator('a[href$="/freeze"]').click()
    visitor.page.wait_for_load_state()
    visitor.check()
    visitor.click("#continue")
    refused = arrive(look)
    refused.start_at(demo.portal)
    refused.authenticate(citizen, "tax")
    assert refused.support_code is not None
    visitor.click('a[href$="/unfreeze"]')
    visitor.click("#continue")

    expect(visitor.page.get_by_role("status")).to_be_visible()
    assert visitor.page.locator('a[href$="/unfreeze"]').count() == 0
    assert arrive(look).log_in(demo.portal, citizen, "tax")


@pytest.mark.parametrize(("look", "who"), [(NARROW, "unmarked"), (WIDE_PLAIN, "homonym-b")], ids=str)
def test_another_source_is_linked_by_proof_at_both_ends(arrive: Arrive, demo: Demo, look: Look, who: str) -> None:
    citizen = demo.citizen(who)
    visitor = at_home(arrive(look), demo, citizen, "tax", "/me/sources")

    visitor.click("#add-source")
    visitor.authenticate(citizen, "tax")
    assert visitor.heading == ("Liên kết thêm nguồn định danh" if look.language == "vi" else "Link another source")
    visitor.authenticate(citizen, "social-insurance")
    while "/interactions/" in visitor.page.url:
        visitor.click("#continue")

    assert visitor.page.url.endswith("/me/sources")
    assert _insurance(look) in visitor.page.locator(".mc-item h2").all_inner_texts()


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008401"), (WIDE_PLAIN, "0530008402")], ids=str)
def test_the_only_source_is_not_unlinked_by_mistake(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = at_home(arrive(look), demo, stranger(number), "mobile", "/me/sources")

    visitor.click('a[href$="/unlink"]')
    assert visitor.page.locator(".mc-warning").count() == 1
    assert visitor.page.locator("#continue").count() == 0
    visitor.click('a[href="/me/close"]')

    expect(visitor.page.locator("#tick")).to_be_visible()


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008501"), (NARROW_PLAIN, "0530008502")], ids=str)
def test_a_code_app_is_added_by_its_key(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = at_home(arrive(look), demo, stranger(number), "mobile", "/me/protection")
    visitor.click("#second-factor")
    assert visitor.page.locator("svg.qr title").count() == 1
    key = visitor.page.locator(".mc-secret").inner_text().replace(" ", "")
    visitor.page.fill("#code", "000000")
    visitor.click("#continue")
    expect(visitor.alert).to_be_visible()
    assert visitor.page.locator(".mc-secret").inner_text().replace(" ", "") == key

    visitor.page.fill("#code", _code(key))
    visitor.click("#continue")

    expect(visitor.page.get_by_role("status")).to_be_visible()
    assert visitor.page.locator('a[href="/me/second-factor/remove"]').count() == 1


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008601"), (WIDE_PLAIN, "0530008602")], ids=str)
def test_everything_is_downloaded_as_one_file(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = at_home(arrive(look), demo, stranger(number), "mobile", "/me/export")

    with visitor.page.expect_download() as download:
        visitor.page.click("#continue")

    copy = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename == "motcua-data.json"
    assert copy["sources"][0]["data"]["phone_number"] == f"+84{number[1:]}"


@pytest.mark.parametrize(("look", "number"), [(NARROW, "0530008701"), (NARROW_PLAIN, "0530008702")], ids=str)
def test_an_account_is_closed_after_being_asked_twice(arrive: Arrive, demo: Demo, look: Look, number: str) -> None:
    visitor = arrive(look)
    visitor.log_in(demo.portal, stranger(number), "mobile")
    go(visitor, demo, "/me/close")
    visitor.page.check("#tick")
    visitor.click("#continue")
    visitor.click("#continue")

    assert visitor.heading == ("Tài khoản đã được đóng" if look.language == "vi" else "Your account is closed")
    logged_out(visitor, demo.portal)
    go(visitor, demo, "/me")
    assert visitor.page.locator('button[name="source"]').count() > 0


def logged_out(visitor: Visitor, service: str) -> None:
    """The service was told, and keeps no session of its own."""

    def offers_to_log_in() -> bool:
        visitor.open(service)
        return visitor.page.locator("#log-in").count() == 1

    eventually(offers_to_log_in, "the service to end its session")


def _insurance(look: Look) -> str:
    return "Mã số bảo hiểm xã hội" if look.language == "vi" else "Social-insurance number"


def _tax(look: Look) -> str:
    return "Mã số thuế" if look.language == "vi" else "Tax code"


def _code(key: str) -> str:
    padded = key + "=" * (-len(key) % 8)
    return code_at(Totp(base64.b32decode(padded)), int(time.time()) // 30)
