"""The cookies of the provider: their names, how they are set, and one strict way to read them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

# RFC 6265 §4.1.1: cookie-octet; what we issue needs no more, so what we read is held to it.
_VALUE = re.compile(r"[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]{1,4096}")


@dataclass(frozen=True)
class CookieNames:
    """`secure` is False only where the issuer is http on loopback: browsers refuse `__Host-` there."""

    secure: bool

    @property
    def session(self) -> str:
        return self._named("session")

    @property
    def browser(self) -> str:
        return self._named("browser")

    @property
    def locale(self) -> str:
        return self._named("locale")

    def portal(self, name: str) -> str:
        return self._named(name)

    def set(self, name: str, value: str, *, max_age: int | None = None) -> str:
        """A `Set-Cookie` value. Without `max_age` (seconds) the cookie ends with the browser."""
        if not _VALUE.fullmatch(value):
            raise ValueError("a cookie value must be a non-empty run of cookie octets")
        return self._cookie(name, value, max_age)

    def delete(self, name: str) -> str:
        return self._cookie(name, "", 0)

    def _named(self, name: str) -> str:
        return f"__Host-motcua_{name}" if self.secure else f"motcua_{name}"

    def _cookie(self, name: str, value: str, max_age: int | None) -> str:
        life = "" if max_age is None else f"; Max-Age={max_age}"
        secure = "; Secure" if self.secure else ""
        return f"{name}={value}; Path=/{life}; HttpOnly; SameSite=Lax{secure}"


def read_cookie(connection: HTTPConnection, name: str) -> str | None:
    """The value of `name`, or None where it is absent, malformed, or sent twice.

    Two cookies of one name mean that somebody else planted one of them; neither is believed.
    """
    return find_cookie(connection.headers.getlist("cookie"), name)


def find_cookie(headers: Iterable[str], name: str) -> str | None:
    found: str | None = None
    for header in headers:
        for pair in header.split(";"):
            key, separator, value = pair.strip(" \t").partition("=")
            if key != name:
                continue
            if found is not None or not separator or not _VALUE.fullmatch(value):
                return None
            found = value
    return found
