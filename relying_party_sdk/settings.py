"""What a service has to say about itself, checked at once, so that a wrong setting stops the start with advice."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from relying_party_sdk.client_authentication import ClientAuthenticationMethod, PrivateKey
from relying_party_sdk.compact import SIGNATURE_ALGORITHMS
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.metadata import is_secure_url

MIN_SECRET_LENGTH = 16

E = TypeVar("E", bound=StrEnum)

# Every name `RelyingParty.from_environment` and `from_settings` read, and what it is.
SETTINGS: Mapping[str, str] = {
    "ISSUER": "the provider's address, as in its discovery document",
    "CLIENT_ID": "the name the service is registered under",
    "REDIRECT_URI": "the registered callback address of the service",
    "CLIENT_SECRET": "the registered secret, or give CLIENT_SECRET_FILE or PRIVATE_KEY_FILE",
    "CLIENT_SECRET_FILE": "a file that holds the secret",
    "PRIVATE_KEY": "the private key (PEM or JWK) for private_key_jwt",
    "PRIVATE_KEY_FILE": "a file that holds the private key",
    "TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_basic, client_secret_post or private_key_jwt",
    "LEVEL": "the level of assurance: eidas1, eidas2 or eidas3",
    "SCOPES": "the scopes, separated by spaces",
    "POST_LOGOUT_REDIRECT_URI": "the registered address to come back to after a logout",
    "ID_TOKEN_SIGNED_RESPONSE_ALG": "the registered ID token algorithm, ES256 if not given",
    "USERINFO_SIGNED_RESPONSE_ALG": "the registered UserInfo algorithm; leave out for plain JSON",
    "STATE_SECRET": "seals logins in flight; derived from the secret or key if not given",
}
REQUIRED = ("ISSUER", "CLIENT_ID", "REDIRECT_URI")


@dataclass(frozen=True)
class RelyingPartySettings:
    """One registered service. Secrets stay out of `repr`."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str | None = field(default=None, repr=False)
    private_key: PrivateKey | None = field(default=None, repr=False)
    token_endpoint_auth_method: ClientAuthenticationMethod | None = None
    level: LevelOfAssurance = LevelOfAssurance.LOW
    scopes: tuple[str, ...] = ("openid", "identity")
    post_logout_redirect_uri: str | None = None
    id_token_signed_response_alg: str = "ES256"
    userinfo_signed_response_alg: str | None = None
    state_secret: str | None = field(default=None, repr=False)

    @property
    def secure_cookies(self) -> bool:
        """False only for a service on plain HTTP, which `check_settings` allows on loopback alone."""
        return urlsplit(self.redirect_uri).scheme == "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the service itself."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"


def check_settings(settings: RelyingPartySettings) -> None:
    """Raise one `ConfigurationError` that lists everything wrong."""
    problems = [problem for check in _CHECKS for problem in check(settings)]
    if problems:
        raise ConfigurationError("; ".join(problems))


def settings_from(values: Mapping[str, str], *, prefix: str, strict: bool = False) -> RelyingPartySettings:
    """Settings from text, such as the environment; names are those of `SETTINGS` after `prefix`.

    With `strict`, unknown names are refused: for a mapping that holds nothing else, a typing error shows at once.
    """
    given = {
        name.removeprefix(prefix): value.strip()
        for name, value in values.items()
        if name.startswith(prefix) and value.strip()
    }
    problems = [f"{prefix}{name} is missing: {SETTINGS[name]}" for name in REQUIRED if name not in given]
    if strict:
        problems += [_unknown(name, prefix) for name in given if name not in SETTINGS]
    level = _member(LevelOfAssurance, given.get("LEVEL", "eidas1"), f"{prefix}LEVEL", problems)
    method = None
    if name := given.get("TOKEN_ENDPOINT_AUTH_METHOD"):
        method = _member(ClientAuthenticationMethod, name, f"{prefix}TOKEN_ENDPOINT_AUTH_METHOD", problems)
    secret = given.get("CLIENT_SECRET") or _file(given, "CLIENT_SECRET_FILE", prefix, problems)
    private_key = given.get("PRIVATE_KEY") or _file(given, "PRIVATE_KEY_FILE", prefix, problems)
    if problems:
        raise ConfigurationError("; ".join(problems))
    return RelyingPartySettings(
        issuer=given["ISSUER"],
        client_id=given["CLIENT_ID"],
        redirect_uri=given["REDIRECT_URI"],
        client_secret=secret,
        private_key=private_key,
        token_endpoint_auth_method=method,
        level=level or LevelOfAssurance.LOW,
        scopes=tuple(given.get("SCOPES", "openid identity").split()),
        post_logout_redirect_uri=given.get("POST_LOGOUT_REDIRECT_URI"),
        id_token_signed_response_alg=given.get("ID_TOKEN_SIGNED_RESPONSE_ALG", "ES256"),
        userinfo_signed_response_alg=given.get("USERINFO_SIGNED_RESPONSE_ALG"),
        state_secret=given.get("STATE_SECRET"),
    )


def known(kind: type[E], value: str) -> E:
    """A member of a closed set by its value; raises `ConfigurationError` naming the choices."""
    try:
        return kind(value)
    except ValueError as error:
        raise ConfigurationError(f"{value} is not one of {', '.join(member.value for member in kind)}") from error


def _member(kind: type[E], value: str, name: str, problems: list[str]) -> E | None:
    try:
        return kind(value)
    except ValueError:
        problems.append(f"{name} must be one of {', '.join(member.value for member in kind)}")
        return None


def _unknown(name: str, prefix: str) -> str:
    near = difflib.get_close_matches(name, SETTINGS, n=1)
    return f"{prefix}{name} is not a setting" + (f"; did you mean {prefix}{near[0]}?" if near else "")


def _file(given: Mapping[str, str], name: str, prefix: str, problems: list[str]) -> str | None:
    if name not in given:
        return None
    try:
        return Path(given[name]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{prefix}{name} cannot be read ({type(error).__name__}): give the path of a text file")
        return None


def _check_addresses(settings: RelyingPartySettings) -> list[str]:
    addresses = {
        "issuer": settings.issuer,
        "redirect_uri": settings.redirect_uri,
        "post_logout_redirect_uri": settings.post_logout_redirect_uri,
    }
    return [
        f"{name} must be an https:// address (http:// only on this machine), without user name or fragment"
        for name, address in addresses.items()
        if address is not None and not is_secure_url(address)
    ]


def _check_client(settings: RelyingPartySettings) -> list[str]:
    problems = [] if settings.client_id.strip() else ["client_id is empty: use the registered one"]
    if (settings.client_secret is None) == (settings.private_key is None):
        problems.append("give exactly one of client_secret and private_key, the one that was registered")
    method, by_key = settings.token_endpoint_auth_method, settings.private_key is not None
    if method is not None and by_key != (method == ClientAuthenticationMethod.PRIVATE_KEY_JWT):
        needed = "client_secret" if by_key else "private_key"
        problems.append(f"token_endpoint_auth_method {method} needs a {needed}")
    return problems


def _check_algorithms(settings: RelyingPartySettings) -> list[str]:
    named = {
        "id_token_signed_response_alg": settings.id_token_signed_response_alg,
        "userinfo_signed_response_alg": settings.userinfo_signed_response_alg,
    }
    return [
        f"{name} {value} is not one of {', '.join(SIGNATURE_ALGORITHMS)}"
        for name, value in named.items()
        if value is not None and value not in SIGNATURE_ALGORITHMS
    ]


def _check_scopes(settings: RelyingPartySettings) -> list[str]:
    return [] if "openid" in settings.scopes else ["scopes must contain openid"]


def _check_secrets(settings: RelyingPartySettings) -> list[str]:
    secret = settings.state_secret
    if secret is not None and len(secret) < MIN_SECRET_LENGTH:
        return [f"state_secret must have at least {MIN_SECRET_LENGTH} random characters"]
    return []


_CHECKS: tuple[Callable[[RelyingPartySettings], list[str]], ...] = (
    _check_addresses,
    _check_client,
    _check_algorithms,
    _check_scopes,
    _check_secrets,
)
