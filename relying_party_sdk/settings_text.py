"""Settings from text: the environment, or a framework's own settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from relying_party_sdk.client_authentication import ClientAuthenticationMethod
from relying_party_sdk.encrypted import USUAL_CONTENT_ALGORITHM
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.profiles import SecurityProfile
from relying_party_sdk.response_mode import ResponseMode
from relying_party_sdk.settings import RelyingPartySettings

E = TypeVar("E", bound=StrEnum)

# Every name `RelyingParty.from_environment` and `from_settings` read, and what it is.
SETTINGS: Mapping[str, str] = {
    "ISSUER": "the provider's address, as in its discovery document",
    "CLIENT_ID": "the name the service is registered under",
    "REDIRECT_URI": "the registered callback address of the service",
    "CLIENT_SECRET": "the registered secret, or give CLIENT_SECRET_FILE or PRIVATE_KEY_FILE",
    "CLIENT_SECRET_FILE": "a file that holds the secret",
    "PRIVATE_KEY": "the private key (PEM or JWK) for private_key_jwt and signed requests",
    "PRIVATE_KEY_FILE": "a file that holds the private key",
    "PROFILE": "the registered security profile: openid, fapi2 or fapi2-message-signing",
    "TOKEN_ENDPOINT_AUTH_METHOD": "client_secret_basic, client_secret_post or private_key_jwt",
    "TOKEN_ENDPOINT_AUTH_SIGNING_ALG": "the registered algorithm of private_key_jwt, the key's usual one if not given",
    "LEVEL": "the level of assurance: eidas1, eidas2 or eidas3",
    "SCOPES": "the scopes, separated by spaces",
    "POST_LOGOUT_REDIRECT_URI": "the registered address to come back to after a logout",
    "RESPONSE_MODE": "query, or form_post where the answer is to come as a form",
    "REQUEST_URI": "where the provider fetches requests that go by reference; leave out if it takes pushed ones",
    "ID_TOKEN_SIGNED_RESPONSE_ALG": "the registered ID token algorithm, ES256 if not given",
    "USERINFO_SIGNED_RESPONSE_ALG": "the registered UserInfo algorithm; leave out for plain JSON",
    "REQUIRE_PUSHED_AUTHORIZATION_REQUESTS": "true to push authorization requests; a profile may do so already",
    "DPOP_BOUND_ACCESS_TOKENS": "true to bind tokens to a key; a profile may do so already",
    "REQUEST_OBJECT_SIGNING_ALG": "the registered algorithm of signed requests, if they are to be signed",
    "AUTHORIZATION_SIGNED_RESPONSE_ALG": "the registered algorithm of signed answers (JARM), if they are signed",
    "DECRYPTION_KEY": "the private key (PEM, JWK or JWK Set) that opens encrypted answers",
    "DECRYPTION_KEY_FILE": "a file that holds the decryption key",
    "ID_TOKEN_ENCRYPTED_RESPONSE_ALG": "the registered key algorithm of encrypted ID tokens",
    "ID_TOKEN_ENCRYPTED_RESPONSE_ENC": "the registered content algorithm of encrypted ID tokens",
    "USERINFO_ENCRYPTED_RESPONSE_ALG": "the registered key algorithm of encrypted UserInfo",
    "USERINFO_ENCRYPTED_RESPONSE_ENC": "the registered content algorithm of encrypted UserInfo",
    "AUTHORIZATION_ENCRYPTED_RESPONSE_ALG": "the registered key algorithm of encrypted answers (JARM)",
    "AUTHORIZATION_ENCRYPTED_RESPONSE_ENC": "the registered content algorithm of encrypted answers (JARM)",
    "STATE_SECRET": "seals logins in flight; derived from the secret or key if not given",
}
REQUIRED = ("ISSUER", "CLIENT_ID", "REDIRECT_URI")

_SWITCHES: Mapping[str, bool] = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def settings_from(values: Mapping[str, str], *, prefix: str, strict: bool = False) -> RelyingPartySettings:
    """Settings from text; names are those of `SETTINGS` after `prefix`. Raises `ConfigurationError`.

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
    text = _Text(given, prefix, problems)
    level = text.member(LevelOfAssurance, "LEVEL")
    method = text.member(ClientAuthenticationMethod, "TOKEN_ENDPOINT_AUTH_METHOD")
    profile = text.member(SecurityProfile, "PROFILE")
    response_mode = text.member(ResponseMode, "RESPONSE_MODE")
    secret, private_key, decryption_key = (
        text.secret(name) for name in ("CLIENT_SECRET", "PRIVATE_KEY", "DECRYPTION_KEY")
    )
    pushed, bound = text.switch("REQUIRE_PUSHED_AUTHORIZATION_REQUESTS"), text.switch("DPOP_BOUND_ACCESS_TOKENS")
    if problems:
        raise ConfigurationError("; ".join(problems))
    return RelyingPartySettings(
        issuer=given["ISSUER"],
        client_id=given["CLIENT_ID"],
        redirect_uri=given["REDIRECT_URI"],
        client_secret=secret,
        private_key=private_key,
        profile=profile or SecurityProfile.OPENID,
        token_endpoint_auth_method=method,
        token_endpoint_auth_signing_alg=given.get("TOKEN_ENDPOINT_AUTH_SIGNING_ALG"),
        level=level or LevelOfAssurance.LOW,
        scopes=tuple(given.get("SCOPES", "openid identity").split()),
        post_logout_redirect_uri=given.get("POST_LOGOUT_REDIRECT_URI"),
        response_mode=response_mode or ResponseMode.QUERY,
        request_uri=given.get("REQUEST_URI"),
        id_token_signed_response_alg=given.get("ID_TOKEN_SIGNED_RESPONSE_ALG", "ES256"),
        userinfo_signed_response_alg=given.get("USERINFO_SIGNED_RESPONSE_ALG"),
        require_pushed_authorization_requests=pushed,
        dpop_bound_access_tokens=bound,
        request_object_signing_alg=given.get("REQUEST_OBJECT_SIGNING_ALG"),
        authorization_signed_response_alg=given.get("AUTHORIZATION_SIGNED_RESPONSE_ALG"),
        decryption_key=decryption_key,
        id_token_encrypted_response_alg=given.get("ID_TOKEN_ENCRYPTED_RESPONSE_ALG"),
        id_token_encrypted_response_enc=given.get("ID_TOKEN_ENCRYPTED_RESPONSE_ENC", USUAL_CONTENT_ALGORITHM),
        userinfo_encrypted_response_alg=given.get("USERINFO_ENCRYPTED_RESPONSE_ALG"),
        userinfo_encrypted_response_enc=given.get("USERINFO_ENCRYPTED_RESPONSE_ENC", USUAL_CONTENT_ALGORITHM),
        authorization_encrypted_response_alg=given.get("AUTHORIZATION_ENCRYPTED_RESPONSE_ALG"),
        authorization_encrypted_response_enc=given.get("AUTHORIZATION_ENCRYPTED_RESPONSE_ENC", USUAL_CONTENT_ALGORITHM),
        state_secret=given.get("STATE_SECRET"),
    )


class _Text:
    """The given values; what cannot be read joins the list of problems."""

    def __init__(self, given: Mapping[str, str], prefix: str, problems: list[str]) -> None:
        self._given = given
        self._prefix = prefix
        self._problems = problems

    def member(self, kind: type[E], name: str) -> E | None:
        if name not in self._given:
            return None
        try:
            return kind(self._given[name])
        except ValueError:
            self._problems.append(f"{self._prefix}{name} must be one of {', '.join(member.value for member in kind)}")
            return None

    def switch(self, name: str) -> bool:
        value = self._given.get(name, "false").lower()
        if value not in _SWITCHES:
            self._problems.append(f"{self._prefix}{name} must be true or false")
        return _SWITCHES.get(value, False)

    def secret(self, name: str) -> str | None:
        """The value itself, or that of the file named in `…_FILE`."""
        if name in self._given or f"{name}_FILE" not in self._given:
            return self._given.get(name)
        try:
            return Path(self._given[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self._problems.append(
                f"{self._prefix}{name}_FILE cannot be read ({type(error).__name__}): give the path of a text file"
            )
            return None


def _unknown(name: str, prefix: str) -> str:
    near = difflib.get_close_matches(name, SETTINGS, n=1)
    return f"{prefix}{name} is not a setting" + (f"; did you mean {prefix}{near[0]}?" if near else "")
