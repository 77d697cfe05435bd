"""Which redirect URI may be answered to: byte-exact, decided before anything else is (RFC 9700 §4.1.3)."""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

# RFC 3986 §2.3.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]*")
# Literals only: what `localhost` leads to is for others to say (RFC 8252 §8.3).
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:[/?].*)?)")
_USUAL_PORTS = {"https": 443, "http": 80}
_LOOPBACK_HOSTS = {"127.0.0.1", "[::1]", "::1", "localhost"}
# RFC 3986 §2: what may stand in a URI, a percent sign only before two hexadecimal digits.
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
# Browsers read such a last label as a part of an IPv4 address, in whatever base (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def is_registered(redirect_uri: str, registered: Iterable[str], *, any_loopback_port: bool = False) -> bool:
    """True when the URI is on the client's list, compared as bytes: no decoding, no normalising, no prefixes.

    `any_loopback_port` is for native clients: on a loopback address, only the port may differ (RFC 8252 §7.3).
    """
    if any_loopback_port and (anywhere := _without_port(redirect_uri)) is not None:
        return any(anywhere == _without_port(candidate) for candidate in registered)
    return any(redirect_uri == candidate for candidate in registered)


def _without_port(uri: str) -> tuple[str, str] | None:
    """The address before and after the port; None where it is no loopback address."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 1) > 65535:
        return None
    return found[1], found[3]


def fault_of(uri: str) -> str | None:
    """Why a URI may not be registered as a redirect or logout address; None when it may."""
    if not uri.isascii() or any(character.isspace() or ord(character) < 0x20 for character in uri):
        return "must be printable ASCII without spaces"
    if len(uri) > 2000:
        return "is longer than 2000 characters"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is not a URI"
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "must begin with https:// and name a host"
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK_HOSTS:
        return "plain http is for loopback addresses only"
    if parts.username is not None or parts.password is not None:
        return "must not hold credentials"
    if "#" in uri:
        return "must not hold a fragment"
    if "*" in uri or "\\" in uri:
        return "must not hold a wildcard or a backslash"
    if not _CHARACTERS.fullmatch(uri) or parts.port == 0 or not _is_one_host(parts.hostname):
        return "must hold only what a URI may, and a host that everybody reads alike"
    return None


def is_loopback(uri: str) -> bool:
    """Whether a URI that has no fault leads to the machine of whoever opens it."""
    host = urlsplit(uri).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_one_host(host: str) -> bool:
    """A name of letters, digits and hyphens, or an address in its usual spelling."""
    try:
        return str(ip_address(host)) == host.lower() and "%" not in host
    except ValueError:
        labels = host.split(".")
    return len(host) <= 253 and all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The URI with the parameters appended to its query; what it already holds is kept (RFC 6749 §3.1.2)."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}" + "&".join(f"{name}={_encoded(value)}" for name, value in parameters.items())


def _encoded(value: str) -> str:
    """Most of what we hand over is base64url already, and quoting letter by letter costs more than looking."""
    return value if _UNRESERVED.fullmatch(value) else quote(value, safe="")


def origin_of(uri: str) -> str:
    """`scheme://host[:port]` of an absolute URI, as browsers write an origin (RFC 6454 §6.2)."""
    parts = urlsplit(uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
