"""What single settings must look like: functions that give the value back or raise ValueError with what to do. Pure."""

import re
from urllib.parse import urlsplit


def issuer_shape(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("must be an https:// address, for example https://dinhdanh.example.vn")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must not hold a query, a fragment or credentials")
    if value.endswith("/") or parts.path:
        raise ValueError("must be a bare origin: no path and no trailing slash")
    return value


def hotline_shape(value: str) -> str:
    """It is printed in every SMS, where there is room for a number and for nothing else."""
    if not re.fullmatch(r"\+?[0-9][0-9 .()-]{1,18}", value):
        raise ValueError("must be a telephone number of at most 20 characters, for example 1900 0000")
    return value


def smtp_url_shape(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"smtps", "smtp+starttls", "smtp"} or not parts.hostname or parts.port is None:
        raise ValueError("must read smtps://host:465, smtp+starttls://host:587 or smtp://host:25")
    if parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must hold a host and a port alone; credentials are smtp_user and smtp_password")
    return value


def mail_from_shape(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}", value):
        raise ValueError("must be a bare address, for example khong-tra-loi@dinhdanh.example.vn")
    return value
