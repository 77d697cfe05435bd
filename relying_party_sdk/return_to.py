"""Where a login comes back to: a path of the service itself, never another site."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from relying_party_sdk.errors import ReturnToRefused

MAX_RETURN_TO_LENGTH = 1024


def check_return_to(return_to: str, *, longest: int = MAX_RETURN_TO_LENGTH) -> str:
    """The path in ASCII; raises `ReturnToRefused` for anything a browser could read as another place.

    Browsers drop tabs and line ends and read a backslash as a slash, so those are refused before parsing.
    """
    if "\\" in return_to or not all(letter.isprintable() and letter != " " for letter in return_to):
        raise ReturnToRefused("it holds a backslash, a space or a control character")
    if not return_to.startswith("/") or return_to.startswith("//"):
        raise ReturnToRefused("it does not begin with exactly one slash")
    path = quote(return_to, safe="/?#[]@!$&'()*+,;=:%~-._|")
    if len(path) > longest:
        raise ReturnToRefused("it is too long")
    try:
        parts = urlsplit(path)
    except ValueError as error:
        raise ReturnToRefused("it is not a URL path") from error
    if parts.scheme or parts.netloc:
        raise ReturnToRefused("it names another place")
    return path
