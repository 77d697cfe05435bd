"""Every notice in every language is one plain part, whatever the name it carries."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_otp.gsm7 import SmsEncoding, segments
from mobile_otp.messages import Language
from mobile_otp.notices import NoticeKind, notice

AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
NAMED = {
    NoticeKind.SOURCE_LINKED,
    NoticeKind.LINK_FROZEN,
    NoticeKind.LINK_UNFROZEN,
    NoticeKind.LINK_REMOVED,
    NoticeKind.SOURCE_UNBLOCKED,
    NoticeKind.NEW_DEVICE,
    NoticeKind.UNUSUAL_LOGIN,
    NoticeKind.DEVICE_LET_IN,
}


@given(name=st.text(max_size=300), kind=st.sampled_from(NoticeKind), language=st.sampled_from(Language))
def test_no_name_breaks_a_notice(name: str, kind: NoticeKind, language: Language) -> None:
    text = notice(kind, "DNVN", "1900 1234", at=AT, name=name, language=language)

    assert segments(text) == (SmsEncoding.GSM_7, 1)
    assert text.startswith("DNVN: ")
    assert text.count("1900 1234") == 1
    assert not re.search(r"\w\.\w|[@]|://|\d{5,}", text.removeprefix("DNVN: "))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_notice_names_a_source_or_a_service_where_it_concerns_one(kind: NoticeKind, language: Language) -> None:
    text = notice(kind, "DNVN", "19001234", at=AT, name="Tra cứu BHXH", language=language)

    assert ("Tra cuu BHXH" in text) is (kind in NAMED)
    assert ("14:05" in text) is (kind is not NoticeKind.DOCUMENT_ASKED)


def test_a_new_device_is_told_in_words_everybody_knows() -> None:
    assert notice(NoticeKind.NEW_DEVICE, "DNVN", "1900xxxx", at=AT, name="Tra cứu BHXH") == (
        "DNVN: Tai khoan cua ban vua dang nhap tu thiet bi moi vao Tra cuu BHXH luc 14:05 21/11. "
        "Neu khong phai ban, goi 1900xxxx."
    )


def test_a_notice_needs_to_know_the_time_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        notice(NoticeKind.ACCOUNT_LOCKED, "DNVN", "19001234", at=AT.replace(tzinfo=None))
