"""The text about a waiting request is one plain part, whatever the service wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_otp.gsm7 import SmsEncoding, segments
from mobile_otp.messages import Language
from mobile_otp.request_notices import request_waiting

_WORDS = st.text("abcdefghijklmnopqrstuvwxyzĂÂĐÊÔƠƯăâđêôơưạảấầẩẫậ0123456789 ,:#-", max_size=30)


@given(name=st.text(max_size=300), message=_WORDS, language=st.sampled_from(Language))
def test_neither_a_name_nor_a_message_breaks_it(name: str, message: str, language: Language) -> None:
    text = request_waiting("DNVN", "1900 1234", service=name, message=message, number="47", language=language)

    assert segments(text) == (SmsEncoding.GSM_7, 1)
    assert text.startswith("DNVN: ")
    assert text.endswith("1900 1234.")
    assert " 47" in text
    assert not re.search(r"[@/]|\w\.\w", text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            Language.VI,
            "DNVN: Tra cuu BHXH dang cho ban tra loi, ma doi chieu 47, loi nhan: Quay so 3. Hay tu mo trang chu. "
            "Neu khong phai ban, goi 1900 1234.",
        ),
        (
            Language.EN,
            "DNVN: Tra cuu BHXH waits for your answer, code to compare 47, message: Quay so 3. Open our home page "
            "yourself. Not you? Call 1900 1234.",
        ),
    ],
)
def test_it_says_who_asks_what_to_compare_and_what_to_do(language: Language, text: str) -> None:
    told = request_waiting(
        "DNVN", "1900 1234", service="Tra cứu BHXH", message="Quầy số 3", number="47", language=language
    )

    assert told == text


def test_a_service_without_a_name_in_our_letters_is_still_a_service() -> None:
    assert "Mot dich vu dang cho" in request_waiting("DNVN", "1900 1234", service="品川", message="", number="47")
