"""A service's logo as we keep it: a picture of our own making, never the one at its `logo_uri`. Pure."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any, Final

MEMBER: Final = "logo_png"
MAXIMUM_TEXT: Final = 48 * 1024
SIDE_PIXELS: Final = 96
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def kept(png: bytes) -> str:
    """The picture as it stands among the metadata."""
    return base64.b64encode(png).decode()


def logo_png(metadata: Mapping[str, Any]) -> bytes | None:
    """The picture, where there is one that we made."""
    text = metadata.get(MEMBER)
    if not isinstance(text, str) or len(text) > MAXIMUM_TEXT:
        return None
    try:
        png = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return png if png.startswith(_PNG) else None


def logo_hash(metadata: Mapping[str, Any]) -> str | None:
    """Names this very picture in its address, which therefore may be kept for ever."""
    png = logo_png(metadata)
    return None if png is None else hashlib.sha256(png).hexdigest()[:16]
