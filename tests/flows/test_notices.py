"""A login from a browser nobody has seen yet is told by a letter to the mailbox that a source vouched for before."""

import pytest

from tests.support.demo import Demo, eventually
from tests.support.visitor import NARROW, Arrive

pytestmark = pytest.mark.browser

MAILBOX = "thuong@congdan.example"


def test_a_new_device_is_told_and_the_letter_can_be_read(arrive: Arrive, demo: Demo) -> None:
    citizen, earlier = demo.citizen("phone-changed-hands"), len(demo.letters(MAILBOX))
    arrive(NARROW).log_in(demo.portal, citizen, "tax")

    arrive(NARROW).log_in(demo.portal, citizen, "tax")

    eventually(lambda: len(demo.letters(MAILBOX)) > earlier, "the letter")
    letter = demo.letters(MAILBOX)[0]
    assert letter["subject"] == "Thông báo: đăng nhập từ thiết bị mới"
    assert "Thư này không chứa đường dẫn." in letter["text"]
    assert "http" not in letter["text"]
    reader = arrive(NARROW)
    reader.open(f"{demo.addresses.outbox}/?to={MAILBOX}")
    assert letter["subject"] in reader.page.locator(".messages").inner_text()
