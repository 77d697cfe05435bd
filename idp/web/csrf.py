"""Forms that change state: a token bound to the browser and the purpose, and a request from our own pages.

Both checks are needed (security rules, "Web"). Pure: keys and headers come in, a typed error goes out.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from idp.web.forms import EdgeError


class CsrfRefused(EdgeError):
    """The form is not one that we gave to this browser for this purpose, or is too old to know."""

    status = 403
    code = "csrf_refused"


class CrossSiteRefused(EdgeError):
    """The browser says that the form was sent from another site."""

    status = 403
    code = "cross_site_refused"


def csrf_token(key: bytes, *, browser_id: str, purpose: str) -> str:
    """43 characters. `purpose` names the form and what it acts on, so a token of one form fits no other."""
    if not browser_id or not purpose:
        raise ValueError("a form token needs a browser and a purpose")
    # The browser's digest has a fixed length: no two pairs run together into the same message.
    message = hashlib.sha256(browser_id.encode()).digest() + purpose.encode()
    digest = hmac.digest(key, b"motcua csrf 1\x00" + message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_csrf(key: bytes, *, browser_id: str | None, purpose: str, token: str | None) -> None:
    if not browser_id or not token:
        raise CsrfRefused("form token missing")
    expected = csrf_token(key, browser_id=browser_id, purpose=purpose)
    if not hmac.compare_digest(expected.encode(), token.encode()):
        raise CsrfRefused("form token does not match")


def check_same_origin(headers: Mapping[str, str], issuer: str) -> None:
    """The form comes from a page of ours, as far as this browser can tell.

    `none` is the person's own doing (address bar, reload). An opaque `Origin: null` counts as not told: our
    `Referrer-Policy: no-referrer` makes browsers send it with our own forms (Fetch §3.1), and those too old
    for `Sec-Fetch-Site` would otherwise be locked out. The token stays required in every case.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise CrossSiteRefused("request comes from another site")
    origin = headers.get("origin")
    if origin is not None and origin != "null" and origin != issuer_origin(issuer):
        raise CrossSiteRefused("request comes from another origin")


def issuer_origin(issuer: str) -> str:
    """Scheme, host and port, as browsers write an origin: lower case, default port left out."""
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    default = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
