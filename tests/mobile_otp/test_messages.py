"""Whatever a service calls itself, the text stays one part, plain, and free of bait."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_otp.gsm7 import SmsEncoding, segments
from mobile_otp.messages import Language, one_time_code, plain_name
from mobile_otp.notices import locked, new_login, source_linked

BOTH = pytest.mark.parametrize("language", list(Language))
NASTY = [
    "",
    " ",
    "^{}[]~|€" * 30,
    "Cổng Dịch vụ công trực tuyến quốc gia của Bộ Kế hoạch và Đầu tư nước Cộng hòa",
    "x" * 500,
    "税务局",
    "😀😀😀",
    "{code} {brand} {0} %s",
    "https://evil.example/login",
    "evil.vn",
    "goi 0900 123 456 ngay",
    "Nhap 123456",
    "dong\nmoi\r\x00",
    "\u202egnat",
    "a@b.vn",
    "..//::",
    "(((",
]


@BOTH
@pytest.mark.parametrize("service", NASTY, ids=lambda name: repr(name[:16]))
def test_a_code_always_travels_in_one_plain_part(service: str, language: Language) -> None:
    text = one_time_code("DICHVUCONGX", "482915", service=service, minutes=10, language=language)

    assert segments(text) == (SmsEncoding.GSM_7, 1)
    assert len(text) <= 160
    assert text.isascii()
    assert text.isprintable()
    assert re.findall(r"\d{5,}", text) == ["482915"]
    assert not re.search(r"https?|www|://|\w\.\w|@|/", text)


@given(service=st.text(max_size=300), language=st.sampled_from(Language), minutes=st.integers(1, 60))
def test_no_name_breaks_the_message(service: str, language: Language, minutes: int) -> None:
    text = one_time_code("DNVN", "000000", service=service, minutes=minutes, language=language)

    assert segments(text) == (SmsEncoding.GSM_7, 1)
    assert text.startswith("DNVN: ")
    assert text.count("000000") == 1
    assert not re.search(r"\w\.\w|[/@:]", text.removeprefix("DNVN: "))


def test_the_vietnamese_text_names_code_life_purpose_and_warning() -> None:
    assert one_time_code("DNVN", "482915", service="Tra cứu thuế", minutes=5) == (
        "DNVN: Ma xac thuc 482915, hieu luc 5 phut, dang nhap dich vu Tra cuu thue. "
        "TUYET DOI KHONG cung cap ma cho bat ky ai, ke ca can bo nha nuoc."
    )


def test_the_english_text_says_the_same() -> None:
    assert one_time_code("DNVN", "482915", service="Tra cứu thuế", minutes=5, language=Language.EN) == (
        "DNVN: Code 482915, valid for 5 min, to log in to Tra cuu thue. "
        "NEVER give this code to anyone, not even a state official."
    )


def test_a_name_without_a_readable_letter_is_left_out() -> None:
    assert one_time_code("DNVN", "482915", service="税务局 2026", minutes=5) == (
        "DNVN: 482915 la ma xac thuc dang nhap cua ban, hieu luc 5 phut. Khong cung cap ma nay cho bat ky ai."
    )


@pytest.mark.parametrize(
    ("name", "longest", "plain"),
    [
        ("Tra cứu thuế", 12, "Tra cuu thue"),
        ("Tra cứu thuế", 11, "Tra cuu"),
        ("Tra cứu thuế", 5, "Tra"),
        ("A Bcdefghijkl", 8, "A Bcdefg"),
        ("Năm 2026", 20, "Nam 2026"),
        ("Gọi 19001234", 20, "Goi"),
        ("Thuế (TP.HCM)", 20, "Thue (TP HCM)"),
        ("- Thuế -", 20, "Thue"),
    ],
)
def test_names_are_cut_at_a_word_where_that_leaves_enough(name: str, longest: int, plain: str) -> None:
    assert plain_name(name, longest=longest) == plain


@pytest.mark.parametrize("brand", ["", "LONGERTHAN11", "Dịch vụ", "a.vn", "{code}"])
def test_a_brand_no_operator_would_register_is_refused(brand: str) -> None:
    with pytest.raises(ValueError, match="brand"):
        one_time_code(brand, "482915", service="Thue", minutes=5)


AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


@BOTH
@pytest.mark.parametrize("name", ["Tra cứu BHXH", *NASTY], ids=lambda name: repr(name[:16]))
def test_notices_travel_in_one_plain_part_too(name: str, language: Language) -> None:
    for text in (
        new_login("DNVN", "19001234", service=name, at=AT, language=language),
        source_linked("DNVN", "19001234", source=name, at=AT, language=language),
        locked("DNVN", "19001234", minutes=30, language=language),
    ):
        assert segments(text) == (SmsEncoding.GSM_7, 1)
        assert re.findall(r"\d{5,}", text) == ["19001234"]
        assert not re.search(r"https?|www|://|\w\.\w|@", text)


def test_notices_read_as_the_templates_operators_know() -> None:
    assert new_login("DNVN", "1900xxxx", service="Tra cứu BHXH", at=AT) == (
        "DNVN: Tai khoan cua ban vua dang nhap dich vu Tra cuu BHXH luc 14:05 21/11. "
        "Neu khong phai ban, goi 1900xxxx de khoa."
    )
    assert source_linked("DNVN", "1900xxxx", source="BHXH", at=AT) == (
        "DNVN: Nguon dinh danh BHXH vua duoc lien ket voi tai khoan cua ban luc 14:05 21/11. "
        "Neu khong phai ban, goi 1900xxxx."
    )
    assert locked("DNVN", "1900xxxx", minutes=30) == (
        "DNVN: Tai khoan da tam khoa do nhap sai nhieu lan. Vui long thu lai sau 30 phut hoac goi 1900xxxx."
    )


def test_a_notice_needs_to_know_the_time_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        new_login("DNVN", "1900xxxx", service="Thue", at=datetime(2026, 11, 21, 14, 5))  # noqa: DTZ001 (the point)
