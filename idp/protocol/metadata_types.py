"""What type each member of a registration must have. A number written as text would fail at a login, not here."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from idp.protocol.redirect_uris import fault_of
from keys.public_jwk import MOST_RSA_BITS, UnusablePublicKey, check_public_jwk

_LONGEST_TEXT: Final = 500
_SMALLEST_RSA_BYTES: Final = 256


def type_faults(metadata: Mapping[str, Any]) -> list[str]:
    """One sentence a member; absent members and those that are null have no type to be wrong."""
    return [
        f"{name}: {must_be}"
        for name, value in metadata.items()
        if value is not None
        for is_right, must_be in [_TYPES.get(name.partition("#")[0], _ANYTHING)]
        if not is_right(value)
    ]


def key_fault(key: object) -> str | None:
    """Why a public JWK may not be registered: only what the algorithms of clients can use, and each for its purpose."""
    if not isinstance(key, Mapping):
        return "must be objects"
    if {"d", "k", "p", "q", "dp", "dq", "qi"} & set(key):
        return "holds a private or symmetric key; register public keys only"
    if key.get("use", "sig") not in ("sig", "enc"):
        return "use must be sig or enc"
    if key.get("use") == "enc" and key.get("kty") == "OKP":
        return "must be EC keys on P-256 or RSA keys of 2048 bits or more where use is enc"
    if not _has_the_shape(key):
        return "must be EC keys on P-256, Ed25519 keys, or RSA keys of 2048 bits or more"
    try:
        check_public_jwk(key)
    except UnusablePublicKey:
        return f"must be points on their curve, or RSA moduli of {MOST_RSA_BITS} bits at most with a small odd exponent"
    return None


def _has_the_shape(key: Mapping[str, Any]) -> bool:
    match key.get("kty"):
        case "EC" if key.get("crv") == "P-256" and _bytes_of(key, "x") == _bytes_of(key, "y") == 32:
            return True
        case "OKP" if key.get("crv") == "Ed25519" and _bytes_of(key, "x") == 32:
            return True
        case "RSA" if _bytes_of(key, "n") >= _SMALLEST_RSA_BYTES and _bytes_of(key, "e"):
            return True
    return False


def _bytes_of(key: Mapping[str, Any], member: str) -> int:
    """How long the member's value is once decoded; 0 when it cannot be."""
    value = key.get(member)
    if not isinstance(value, str) or "=" in value:
        return 0
    try:
        return len(base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and value.isprintable()


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_age(value: object) -> bool:
    return isinstance(value, int) and _is_count(value) and value <= 120


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) and name for name in value)


def _is_address(value: object) -> bool:
    return isinstance(value, str) and fault_of(value) is None


def _is_https_address(value: object) -> bool:
    """Without the exception for loopback: a citizen's browser, or we ourselves, go there."""
    return isinstance(value, str) and value.startswith("https://") and fault_of(value) is None


_TEXT = (_is_text, f"must be one line of text, {_LONGEST_TEXT} characters at most")
_FLAG = (_is_flag, "must be true or false")
_NAMES = (_is_list_of_names, "must be a list of names that is not empty; leave it out to mean all or none")
_ANYTHING = (lambda value: True, "")

_TYPES: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    **dict.fromkeys(("client_name", "organisation", "purpose", "legal_citation"), _TEXT),
    **dict.fromkeys(
        (
            "require_auth_time",
            "require_pkce",
            "require_signed_request_object",
            "dpop_bound_access_tokens",
            "dpop_nonce_required",
            "tls_client_certificate_bound_access_tokens",
            "require_pushed_authorization_requests",
            "backchannel_logout_session_required",
        ),
        _FLAG,
    ),
    **dict.fromkeys(("allowed_sources", "grant_types", "response_types", "contacts"), _NAMES),
    **dict.fromkeys(("client_uri", "target_link_uri"), (_is_address, "must be an https:// address")),
    **dict.fromkeys(("logo_uri", "policy_uri", "tos_uri"), (_is_https_address, "must be an https:// address")),
    "authorization_details_types": _NAMES,
    "default_max_age": (_is_count, "must be a number of seconds"),
    "minimum_age": (_is_age, "must be a number of years"),
}
