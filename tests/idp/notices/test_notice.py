"""Notices in both languages and on both channels: complete, short, and of no use to a fraudster."""

import json
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.identity.channels import Channel, ChannelKind
from idp.notices.labels import readable_label
from idp.notices.notice import NoticeKind, email_text, notice_writes, sms_text
from idp.settings import Settings
from idp.storage.database import Insert
from idp.web.i18n import Locale
from mobile_otp.gsm7 import SmsEncoding, segments
from tests.support.sources import NOW, settings, vault

SMS = Channel(ChannelKind.SMS, "+84530000001")
EMAIL = Channel(ChannelKind.EMAIL, "ngan@congdan.example")
MAIL = {"smtp_url": "smtp://127.0.0.1:25", "mail_from": "bao-tin@motcua.example"}
SETTINGS = settings(hotline="1900 5678", **MAIL)
BOTH = pytest.mark.parametrize("locale", list(Locale))
EVERY = pytest.mark.parametrize("kind", list(NoticeKind))
BAIT = "Thuế TP.HCM https://evil.example/khoa?a=b goi 0900123456 hotro@evil.vn\r\nBcc: x"


@BOTH
@EVERY
@pytest.mark.parametrize("name", ["Cổng dịch vụ công quốc gia", BAIT, "税务局", "", "x" * 300])
def test_an_sms_is_one_plain_part_with_a_number_to_call(kind: NoticeKind, locale: Locale, name: str) -> None:
    text = sms_text(kind, settings=SETTINGS, locale=locale, at=NOW, name=name)

    assert segments(text) == (SmsEncoding.GSM_7, 1)
    assert text.startswith("DNVN: ")
    assert text.count("1900 5678") == 1
    assert not re.search(r"https?|www|://|\w\.\w|@|\d{5,}|\n", text)


@BOTH
@EVERY
def test_the_longest_brand_and_hotline_fit_as_well(kind: NoticeKind, locale: Locale) -> None:
    widest = settings(sms_brand="DICHVUCONGX", hotline="+84 (024) 3999 99-99")

    text = sms_text(kind, settings=widest, locale=locale, at=NOW, name="Bảo hiểm xã hội")

    assert segments(text).parts == 1
    assert kind not in (NoticeKind.SOURCE_LINKED, NoticeKind.LINK_FROZEN) or "Bao hiem" in text


@BOTH
@EVERY
@pytest.mark.parametrize("name", ["Cổng dịch vụ công quốc gia", BAIT, "", "x" * 300])
def test_a_letter_has_no_link_and_nothing_to_click(kind: NoticeKind, locale: Locale, name: str) -> None:
    subject, body = email_text(kind, settings=SETTINGS, locale=locale, at=NOW, name=name)

    assert "\n" not in subject
    assert 10 < len(subject) <= 78
    assert body.count("1900 5678") == 1
    assert not re.search(r"https?|www|://|\w\.\w|@|\r|<|\d{5,}", subject + body)


@EVERY
def test_every_kind_says_something_of_its_own_in_each_language(kind: NoticeKind) -> None:
    others = [other for other in NoticeKind if other is not kind]
    for locale in Locale:
        own = email_text(kind, settings=SETTINGS, locale=locale, at=NOW, name="Thuế")
        assert own not in [email_text(other, settings=SETTINGS, locale=locale, at=NOW, name="Thuế") for other in others]
    vi, en = (sms_text(kind, settings=SETTINGS, locale=locale, at=NOW, name="Thue") for locale in Locale)
    assert vi != en


def test_the_time_is_that_of_viet_nam() -> None:
    at = datetime.fromisoformat("2026-11-21T20:30:00+00:00").timestamp()

    text = sms_text(NoticeKind.NEW_DEVICE, settings=SETTINGS, locale=Locale.VI, at=at, name="Thuế")
    _, body = email_text(NoticeKind.NEW_DEVICE, settings=SETTINGS, locale=Locale.EN, at=at, name="Thuế")

    assert "luc 03:30 22/11" in text
    assert "at 03:30 on 22/11/2026" in body


def test_a_letter_reads_as_the_vocabulary_says() -> None:
    at = datetime.fromisoformat("2026-11-21T14:05:00+07:00").timestamp()

    _, body = email_text(NoticeKind.SOURCE_LINKED, settings=SETTINGS, locale=Locale.VI, at=at, name="Bảo hiểm xã hội")

    assert body.splitlines()[:3] == [
        "Kính gửi ông/bà,",
        "",
        "Nguồn định danh Bảo hiểm xã hội vừa được liên kết lúc 14:05 ngày 21/11/2026. "
        "Nếu không thực hiện, hãy khóa tài khoản ngay qua tổng đài dưới đây.",
    ]
    assert "Thư này không chứa đường dẫn." in body
    assert body.endswith("Trân trọng.\nMột cửa\n")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Bảo hiểm xã hội Việt Nam", "Bảo hiểm xã hội Việt Nam"),
        ("Sở Y tế (TP.HCM)", "Sở Y tế (TP HCM)"),
        ("evil.vn/khoa", "evil vn khoa"),
        ("Gọi 19001234", "Gọi"),
        ("Năm 2026", "Năm 2026"),
        ("a\r\nBcc: b", "a Bcc b"),
        ("\u202egnat", "gnat"),
        ("税务局", "税务局"),
        ("1234", ""),
        ("", ""),
    ],
)
def test_a_label_in_a_letter_is_never_bait(name: str, label: str) -> None:
    assert readable_label(name) == label


def write(*channels: Channel, using: Settings = SETTINGS) -> list[Insert]:
    kind = NoticeKind.NEW_DEVICE
    return notice_writes(vault(), channels, kind, settings=using, locale="vi", at=NOW, name="Thuế", person_id="hoa")


def messages(*channels: Channel, using: Settings = SETTINGS) -> list[Insert]:
    return [row for row in write(*channels, using=using) if row.table == "outbox"]


def test_every_channel_gets_its_own_message() -> None:
    assert [row.values["kind"] for row in messages(SMS, EMAIL)] == ["sms", "email"]
    assert len({row.values["id"] for row in messages(SMS, EMAIL)}) == 2


def test_the_log_says_what_was_told_and_by_how_many_ways_and_no_address() -> None:
    *_, entry = write(SMS, EMAIL, EMAIL)

    assert (entry.values["event"], entry.values["person_id"]) == ("notice.written", "hoa")
    assert json.loads(str(entry.values["detail"])) == {"kind": "new_device", "sms": 1, "emails": 2}


def test_without_a_mail_server_the_letter_is_left_out_and_the_sms_goes() -> None:
    assert [row.values["kind"] for row in messages(SMS, EMAIL, using=settings())] == ["sms"]


def test_without_a_gateway_the_sms_is_left_out_and_the_letter_goes() -> None:
    silent = settings(sms_gateway_url=None, **MAIL)

    assert [row.values["kind"] for row in messages(SMS, EMAIL, using=silent)] == ["email"]


def test_nobody_to_tell_is_no_failure() -> None:
    assert write() == []


def test_a_hundred_channels_are_not_a_hundred_messages() -> None:
    many = [Channel(ChannelKind.SMS, f"+8453000{number:04}") for number in range(100)]

    assert len(messages(*many)) == 8


def test_a_notice_holds_the_address_it_goes_to_and_nothing_else_of_the_person() -> None:
    for row in messages(SMS, EMAIL):
        sealed = row.values["payload_sealed"]
        assert isinstance(sealed, bytes)
        assert SMS.address not in repr(row)
        payload = json.loads(vault().unseal(sealed, row=f"outbox|payload_sealed|{row.values['id']!s}"))
        said = " ".join(str(payload.get(part, "")) for part in ("subject", "body", "text"))
        assert payload["to"] in (SMS.address, EMAIL.address)
        assert not any(trace in said for trace in ("530000001", "ngan", "Ngân", "congdan"))
        assert payload["expires_at"] == NOW + 24 * 3600


@given(name=st.text(max_size=400))
def test_no_label_becomes_a_link_a_number_or_a_line_of_its_own(name: str) -> None:
    label = readable_label(name)

    assert len(label) <= 80
    assert label == " ".join(label.split())
    assert not re.search(r"\w\.\w|[@/:<>\r\n\u202a-\u202e]", label)
    assert sum(character.isdigit() for character in label) <= 4
