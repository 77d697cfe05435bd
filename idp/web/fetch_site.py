"""Whose doing a request is, as the browser tells it (Fetch Metadata). Pure."""

from collections.abc import Mapping
from typing import Final

_OWN: Final = frozenset({"same-origin", "none"})


def is_sent_by_another_site(headers: Mapping[str, str]) -> bool:
    """A picture, a frame, a script's window or a link of theirs; `none` is the person's own doing (address bar,
    QR code). Programs and old browsers tell nothing, and are taken for the person's own.
    """
    return headers.get("sec-fetch-site", "none") not in _OWN
