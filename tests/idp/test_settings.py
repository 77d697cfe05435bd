"""Settings that would fail a citizen later are refused at the start, each with what to do."""

from typing import Any

import pytest
from pydantic import ValidationError

from idp.settings import Environment
from tests.support.sources import settings

FROM = "khong-tra-loi@dinhdanh.example.vn"
PRODUCTION = {"environment": Environment.PRODUCTION, "issuer": "https://dinhdanh.example.vn"}


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_url": "smtps://mail.example.vn:465", "mail_from": FROM, **PRODUCTION},
        {"smtp_url": "smtp+starttls://mail.example.vn:587", "mail_from": FROM, "smtp_user": "a", "smtp_password": "b"},
        {"smtp_url": "smtp://127.0.0.1:8011", "mail_from": FROM},
        {"smtp_url": None},
        {"hotline": "1900 1234"},
        {"hotline": "+84 (024) 3999 99-99"},
        {"history_months": 60},
    ],
)
def test_a_whole_configuration_is_accepted(given: dict[str, Any]) -> None:
    assert settings(**given).model_fields_set >= given.keys()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"smtp_url": "smtps://mail.example.vn:465"}, "mail_from"),
        ({"smtp_url": "mail.example.vn", "mail_from": FROM}, "smtps://host:465"),
        ({"smtp_url": "https://mail.example.vn:465", "mail_from": FROM}, "smtps://host:465"),
        ({"smtp_url": "smtps://mail.example.vn", "mail_from": FROM}, "smtps://host:465"),
        ({"smtp_url": "smtps://a:b@mail.example.vn:465", "mail_from": FROM}, "credentials"),
        ({"smtp_url": "smtp://mail.example.vn:25", "mail_from": FROM, **PRODUCTION}, "unencrypted"),
        ({"smtp_url": "smtp://127.0.0.1:25", "mail_from": FROM, "smtp_user": "a", "smtp_password": "b"}, "unencrypted"),
        ({"smtp_url": "smtps://mail.example.vn:465", "mail_from": FROM, "smtp_user": "a"}, "smtp_password"),
        ({"mail_from": "Một cửa <khong-tra-loi@dinhdanh.example.vn>"}, "bare address"),
        ({"mail_from": f"{FROM}\r\nBcc: all@example.vn"}, "bare address"),
        ({"hotline": "gọi 1900 1234"}, "telephone number"),
        ({"hotline": "https://evil.example"}, "telephone number"),
        ({"hotline": "1900 1234 (8 giờ đến 17 giờ hằng ngày)"}, "telephone number"),
        ({"sms_brand": "Dịch vụ"}, "sms_brand"),
        ({"sms_brand": "LONGERTHAN11"}, "sms_brand"),
        ({"history_months": 61}, "history_months"),
        ({"history_months": 2}, "history_months"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**given)


def test_the_password_of_the_mail_server_hides_itself() -> None:
    made = settings(
        smtp_url="smtps://mail.example.vn:465", mail_from=FROM, smtp_user="motcua", smtp_password="mat-khau-thu"
    )

    assert "mat-khau-thu" not in repr(made)
