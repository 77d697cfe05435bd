"""The rules for a service's settings, each with its advice; one list, all broken ones told at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from relying_party_sdk.client_authentication import ClientAuthenticationMethod
from relying_party_sdk.compact import SIGNATURE_ALGORITHMS
from relying_party_sdk.encrypted import CONTENT_ALGORITHMS, KEY_ALGORITHMS
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.metadata import is_secure_url
from relying_party_sdk.response_mode import ResponseMode
from relying_party_sdk.settings import MIN_SECRET_LENGTH, RelyingPartySettings
from relying_party_sdk.signing import read_private_key, usual_algorithm

# The answers that a provider can encrypt to us, and the algorithm that signs each.
ENCRYPTED_ANSWERS = ("id_token", "userinfo", "authorization")


def check_settings(settings: RelyingPartySettings) -> None:
    """Raise one `ConfigurationError` that lists everything wrong."""
    problems = [problem for check in CHECKS for problem in check(settings)]
    if problems:
        raise ConfigurationError("; ".join(problems))


def check_addresses(settings: RelyingPartySettings) -> list[str]:
    addresses = {
        "issuer": settings.issuer,
        "redirect_uri": settings.redirect_uri,
        "post_logout_redirect_uri": settings.post_logout_redirect_uri,
        "request_uri": settings.request_uri,
    }
    return [
        f"{name} must be an https:// address (http:// only on this machine), without user name or fragment"
        for name, address in addresses.items()
        if address is not None and not is_secure_url(address)
    ]


def check_client(settings: RelyingPartySettings) -> list[str]:
    problems = [] if settings.client_id.strip() else ["client_id is empty: use the registered one"]
    if (settings.client_secret is None) == (settings.private_key is None):
        problems.append("give exactly one of client_secret and private_key, the one that was registered")
    method, by_key = settings.token_endpoint_auth_method, settings.private_key is not None
    if method is not None and by_key != (method == ClientAuthenticationMethod.PRIVATE_KEY_JWT):
        needed = "client_secret" if by_key else "private_key"
        problems.append(f"token_endpoint_auth_method {method} needs a {needed}")
    return problems


def check_algorithms(settings: RelyingPartySettings) -> list[str]:
    return [
        f"{name} {value} is not one of {', '.join(SIGNATURE_ALGORITHMS)}"
        for name, value in _named_algorithms(settings).items()
        if value not in SIGNATURE_ALGORITHMS
    ]


def check_profile(settings: RelyingPartySettings) -> list[str]:
    """FAPI 2.0 Security Profile §5.3.3.1 and §5.4.1: keys, no shared secrets, and no weaker algorithm."""
    problems = []
    rules = settings.rules
    if rules.private_key_only and settings.private_key is None:
        problems.append(f"profile {settings.profile} needs a private_key: a client_secret is not enough for it")
    if rules.algorithms is not None:
        problems += [
            f"profile {settings.profile} does not allow {name} {value}: use one of {', '.join(rules.algorithms)}"
            for name, value in {**_key_algorithm(settings), **_named_algorithms(settings)}.items()
            if value not in rules.algorithms
        ]
    return problems


def check_signed_requests(settings: RelyingPartySettings) -> list[str]:
    if settings.signs_requests and settings.private_key is None:
        return ["signed requests (request_object_signing_alg) need a private_key"]
    return []


def check_encryption(settings: RelyingPartySettings) -> list[str]:
    problems = []
    for answer in ENCRYPTED_ANSWERS:
        algorithm = getattr(settings, f"{answer}_encrypted_response_alg")
        content = getattr(settings, f"{answer}_encrypted_response_enc")
        if algorithm is None:
            continue
        if algorithm not in KEY_ALGORITHMS:
            problems.append(f"{answer}_encrypted_response_alg {algorithm} is not one of {', '.join(KEY_ALGORITHMS)}")
        if content not in CONTENT_ALGORITHMS:
            problems.append(f"{answer}_encrypted_response_enc {content} is not one of {', '.join(CONTENT_ALGORITHMS)}")
        if settings.decryption_key is None:
            problems.append(f"{answer}_encrypted_response_alg needs a decryption_key")
    if settings.userinfo_encrypted_response_alg is not None and settings.userinfo_signed_response_alg is None:
        problems.append("userinfo_encrypted_response_alg needs userinfo_signed_response_alg: encryption proves nobody")
    if settings.authorization_encrypted_response_alg is not None and settings.response_algorithm is None:
        problems.append("authorization_encrypted_response_alg needs authorization_signed_response_alg")
    return problems


def check_response_mode(settings: RelyingPartySettings) -> list[str]:
    """A form of another site brings only cookies that are SameSite=None, and browsers want those Secure."""
    if settings.response_mode is ResponseMode.FORM_POST and not settings.secure_cookies:
        return ["response_mode form_post needs an https:// redirect_uri"]
    return []


def check_scopes(settings: RelyingPartySettings) -> list[str]:
    return [] if "openid" in settings.scopes else ["scopes must contain openid"]


def check_secrets(settings: RelyingPartySettings) -> list[str]:
    secret = settings.state_secret
    if secret is not None and len(secret) < MIN_SECRET_LENGTH:
        return [f"state_secret must have at least {MIN_SECRET_LENGTH} random characters"]
    return []


CHECKS: tuple[Callable[[RelyingPartySettings], list[str]], ...] = (
    check_addresses,
    check_client,
    check_algorithms,
    check_profile,
    check_signed_requests,
    check_encryption,
    check_response_mode,
    check_scopes,
    check_secrets,
)


def _key_algorithm(settings: RelyingPartySettings) -> dict[str, str]:
    """What the key signs with where nothing is named; a key that cannot be read is told by whoever reads it."""
    if settings.private_key is None:
        return {}
    with suppress(ConfigurationError):
        return {"token_endpoint_auth_signing_alg": usual_algorithm(read_private_key(settings.private_key))}
    return {}


def _named_algorithms(settings: RelyingPartySettings) -> dict[str, str]:
    named = {
        "id_token_signed_response_alg": settings.id_token_signed_response_alg,
        "userinfo_signed_response_alg": settings.userinfo_signed_response_alg,
        "authorization_signed_response_alg": settings.authorization_signed_response_alg,
        "request_object_signing_alg": settings.request_object_signing_alg,
        "token_endpoint_auth_signing_alg": settings.token_endpoint_auth_signing_alg,
    }
    return {name: value for name, value in named.items() if value is not None}
