"""Security profiles as data: what one word in the settings switches on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class SecurityProfile(StrEnum):
    """`profile` of the registration."""

    OPENID = "openid"
    FAPI2 = "fapi2"
    FAPI2_MESSAGE_SIGNING = "fapi2-message-signing"


@dataclass(frozen=True)
class ProfileRules:
    """What a profile asks of a service; every member that is off may still be switched on by itself."""

    pushed_requests: bool = False
    dpop: bool = False
    signed_requests: bool = False
    signed_responses: bool = False
    issuer_in_response: bool = False
    private_key_only: bool = False
    algorithms: tuple[str, ...] | None = None


# FAPI 2.0 Security Profile §5.4.1; RFC 9864 calls EdDSA on this curve Ed25519.
_FAPI_ALGORITHMS = ("PS256", "ES256", "EdDSA", "Ed25519")
_FAPI2 = ProfileRules(
    pushed_requests=True,
    dpop=True,
    issuer_in_response=True,
    private_key_only=True,
    algorithms=_FAPI_ALGORITHMS,
)

PROFILES: Mapping[SecurityProfile, ProfileRules] = {
    SecurityProfile.OPENID: ProfileRules(),
    SecurityProfile.FAPI2: _FAPI2,
    SecurityProfile.FAPI2_MESSAGE_SIGNING: ProfileRules(
        pushed_requests=True,
        dpop=True,
        signed_requests=True,
        signed_responses=True,
        issuer_in_response=True,
        private_key_only=True,
        algorithms=_FAPI_ALGORITHMS,
    ),
}
