"""A request and an answer without a framework: what the adapters translate from and to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from relying_party_sdk.errors import CallbackMalformed

MAX_BODY = 64 * 1024
MAX_FIELDS = 50


@dataclass(frozen=True)
class BrowserRequest:
    """What the login routes look at; header names in lower case."""

    method: str
    query: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def query_pairs(self) -> list[tuple[str, str]]:
        """The query's parameters as they came, doubled ones included; raises `CallbackMalformed`."""
        return parse_pairs(self.query)

    def form_pairs(self) -> list[tuple[str, str]]:
        """The form's fields as they came; raises `CallbackMalformed`."""
        if len(self.body) > MAX_BODY:
            raise CallbackMalformed("the body is too long")
        return parse_pairs(self.body.decode("utf-8", "replace"))


@dataclass(frozen=True)
class CookieChange:
    """A cookie to set, or with `max_age=0` to delete; always HttpOnly, Path=/, no Domain.

    SameSite=Lax, or with `cross_site` None, for the one cookie that has to come along with a form of the provider.
    """

    name: str
    value: str = field(repr=False)
    max_age: int
    secure: bool
    cross_site: bool = False

    @property
    def same_site(self) -> str:
        """The attribute's value (RFC 6265bis §5.6.7)."""
        return "None" if self.cross_site else "Lax"

    def header(self) -> str:
        """The `Set-Cookie` value (RFC 6265 §4.1); written once here, so that no framework forgets an attribute."""
        attributes = f"Path=/; Max-Age={self.max_age}; HttpOnly; SameSite={self.same_site}"
        return f"{self.name}={self.value}; {attributes}{'; Secure' if self.secure else ''}"


@dataclass(frozen=True)
class BrowserAnswer:
    """Status, headers, page and cookies."""

    status: int
    headers: Mapping[str, str]
    body: str = field(default="", repr=False)
    cookies: tuple[CookieChange, ...] = ()

    def header_pairs(self) -> list[tuple[str, str]]:
        """All headers, cookies included."""
        return [*self.headers.items(), *(("Set-Cookie", cookie.header()) for cookie in self.cookies)]


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Form-encoded text as pairs, in order."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise CallbackMalformed("too many parameters") from error


def redirect(location: str, *cookies: CookieChange) -> BrowserAnswer:
    """Go there with GET (303), and keep nothing."""
    headers = {"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return BrowserAnswer(303, headers, cookies=cookies)
