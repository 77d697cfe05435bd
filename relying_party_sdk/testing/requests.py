"""Authorization requests as the fake provider takes them: plain, pushed or signed, as its profile demands."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from joserfc.jwk import Key

from relying_party_sdk.claims import number
from relying_party_sdk.compact import SIGNATURE_ALGORITHMS, CompactRefused, verify_compact
from relying_party_sdk.jwks import PublishedKey
from relying_party_sdk.profiles import ProfileRules
from relying_party_sdk.request_object import TYPE

REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
LONGEST_SECONDS = 3600


class FakeRequests:
    """Keeps what was pushed, and opens what was signed. What a service gets wrong fails its test."""

    def __init__(self, issuer: str, client_id: str, rules: ProfileRules, clock: Callable[[], int]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._rules = rules
        self._clock = clock
        self._pushed: dict[str, Mapping[str, str]] = {}
        self.client_key: Key | None = None

    def push(self, form: Mapping[str, str]) -> str:
        """The name of a request that came over the back channel (RFC 9126 §2.2)."""
        reference = REQUEST_URI + secrets.token_urlsafe(16)
        self._pushed[reference] = self._opened(form)
        return reference

    def asked(self, url: str) -> Mapping[str, str]:
        """What an authorization URL asks for; raises `AssertionError` where the profile wants it otherwise."""
        given = dict(parse_qsl(urlsplit(url).query))
        if reference := given.get("request_uri"):
            if set(given) != {"client_id", "request_uri"}:
                raise AssertionError("the service sent parameters beside request_uri")
            if reference not in self._pushed:
                raise AssertionError("the service used a request_uri twice")
            return self._pushed.pop(reference)
        if self._rules.pushed_requests:
            raise AssertionError("the service did not push its request")
        return self._opened(given)

    def _opened(self, given: Mapping[str, str]) -> Mapping[str, str]:
        raw = given.get("request")
        if raw is None:
            if self._rules.signed_requests:
                raise AssertionError("the service did not sign its request")
            return given
        keys = [PublishedKey(None, self.client_key, None, None)] if self.client_key else []
        try:
            token = verify_compact(raw, keys=keys, algorithms=tuple(SIGNATURE_ALGORITHMS), types=(TYPE,))
        except CompactRefused as error:
            raise AssertionError(f"the service signed its request wrongly: {error.rule}") from error
        now, claims = self._clock(), token.claims
        begins, ends = number(claims, "nbf") or 0, number(claims, "exp") or 0
        if (claims.get("iss"), claims.get("aud")) != (self._client_id, self._issuer):
            raise AssertionError("the signed request is not from this service for this provider")
        if not now - LONGEST_SECONDS <= begins <= now < ends <= begins + LONGEST_SECONDS:
            raise AssertionError("the signed request is not for now")
        return {name: str(value) for name, value in claims.items()}
