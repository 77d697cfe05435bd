"""What a registration is refused with (RFC 7591 §3.2.2), told in ASCII whatever was sent."""

from collections.abc import Iterable

from idp.errors import OAuthError

_LONGEST = 500


class InvalidRedirectUri(OAuthError):
    error = "invalid_redirect_uri"


class InvalidMetadata(OAuthError):
    error = "invalid_client_metadata"


def refusal_of(faults: Iterable[str]) -> OAuthError:
    """One error for all faults; a bad redirect URI is named as such, whatever else is wrong."""
    told = list(faults)
    kind = InvalidRedirectUri if any(fault.startswith("redirect_uris:") for fault in told) else InvalidMetadata
    return kind(_ascii("; ".join(told)))


def _ascii(text: str) -> str:
    """`error_description` is printable ASCII without quotes and backslashes (RFC 6749 §5.2)."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in text)[:_LONGEST]
