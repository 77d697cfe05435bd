"""One strict parser for queries and form bodies: what two parsers could read differently is refused.

No multipart, no JSON. Errors name at most the parameter, never its value.
"""

import re
from collections.abc import Collection
from typing import ClassVar, Final
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from idp.protocol.resource_uris import MOST_RESOURCES, SEPARATOR

FORM_LIMIT: Final = 65_536
MAX_FIELDS: Final = 100
FORM_TYPE: Final = "application/x-www-form-urlencoded"

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SPEAKABLE = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class EdgeError(Exception):
    """A request refused before it reached an endpoint. `reason` is English, ASCII and public."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "malformed_request"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedRequest(EdgeError):
    """The query or the body is not what a browser or a conforming client would send."""


class RequestTooLarge(EdgeError):
    status = 413
    code = "request_too_large"


async def read_form(request: Request, *, limit: int = FORM_LIMIT, repeatable: Collection[str] = ()) -> dict[str, str]:
    """The fields of an urlencoded body. Raises `MalformedRequest`, `RequestTooLarge`."""
    check_content_type(request.headers.getlist("content-type"))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise RequestTooLarge("request body is too large")
    return parse_urlencoded(bytes(body), repeatable=repeatable)


def read_query(request: Request, *, repeatable: Collection[str] = ()) -> dict[str, str]:
    """The parameters of the query string, as strictly as a form. Raises `MalformedRequest`."""
    return parse_urlencoded(request.scope["query_string"], repeatable=repeatable)


def check_content_type(values: list[str]) -> None:
    if len(values) != 1:
        raise MalformedRequest("exactly one Content-Type is expected")
    media_type, _, parameters = values[0].partition(";")
    if media_type.strip().lower() != FORM_TYPE:
        raise MalformedRequest(f"Content-Type must be {FORM_TYPE}")
    if parameters.strip().lower() not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise MalformedRequest("the only charset is utf-8")


def parse_urlencoded(raw: bytes, *, max_fields: int = MAX_FIELDS, repeatable: Collection[str] = ()) -> dict[str, str]:
    """`application/x-www-form-urlencoded` where every name occurs once (RFC 6749 §3.1, §3.2).

    The values of a `repeatable` name are joined by a character that no value can hold.
    """
    if not raw:
        return {}
    if not raw.isascii():
        raise MalformedRequest("parameters must be percent-encoded")
    if _BAD_PERCENT.search(raw):
        raise MalformedRequest("a percent sign is not followed by two hexadecimal digits")
    pairs = raw.split(b"&", max_fields)
    if len(pairs) > max_fields:
        raise MalformedRequest("too many parameters")
    fields: dict[str, str] = {}
    for pair in pairs:
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition(b"=")
        name = _decode(raw_name)
        if not name:
            raise MalformedRequest("a parameter has no name")
        value = _decode(raw_value)
        if name in fields:
            if name not in repeatable or fields[name].count(SEPARATOR) >= MOST_RESOURCES:
                raise MalformedRequest(f"parameter given twice{_speakable(name)}")
            value = f"{fields[name]}{SEPARATOR}{value}"
        fields[name] = value
    return fields


def _decode(raw: bytes) -> str:
    raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest("parameters must be UTF-8") from error
    # PostgreSQL stores no NUL, and no person types one.
    if "\x00" in text:
        raise MalformedRequest("parameters must not contain NUL")
    return text


def _speakable(name: str) -> str:
    return f": {name}" if _SPEAKABLE.fullmatch(name) else ""
