"""Client profiles: one word in a registration that stands for many settings. Data, so that no rule asks for a profile.

A registration may be stricter than its profile, never laxer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from idp.protocol.client_members import CERTIFICATE_METHODS, DEVICE_CODE


class Profile(StrEnum):
    """`fapi2` is the FAPI 2.0 Security Profile, `fapi2-message-signing` what it adds for non-repudiation. `fapi-ciba`
    is the FAPI: CIBA Profile (implementer's draft 1), which rests on FAPI 1.0 Advanced."""

    OPENID = "openid"
    FAPI2 = "fapi2"
    FAPI2_MESSAGE_SIGNING = "fapi2-message-signing"
    FAPI_CIBA = "fapi-ciba"


@dataclass(frozen=True, kw_only=True)
class ProfileSettings:
    """`implied` are members of the registration, with the only value they may have. Each of `alternatives` gives way
    to another member where the registration has that one."""

    implied: Mapping[str, Any]
    alternatives: Mapping[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    """Members that a registration must have, whatever they say."""
    methods: tuple[str, ...] | None = None
    algorithms: tuple[str, ...] | None = None
    issuer_is_the_only_audience: bool = False
    rotates_refresh_tokens: bool = True
    requires_dpop_nonce: bool = False
    """Whether proofs need a nonce of ours where the registration does not say (RFC 9449 §8). No profile does: a proof
    works once and for a minute anyway, and a nonce costs every client that has none yet one more request."""
    request_object_claims: frozenset[str] = frozenset()
    """What a signed request must say of itself."""
    answers_are_signed: bool = False
    answer_alg: str | None = None
    """What answers are signed with where the registration does not say."""
    refused_grants: frozenset[str] = frozenset()
    """Flows that the profile does not know."""
    needs_binding_message: bool = False
    echoes_interaction_id: bool = False
    """Whether the UserInfo endpoint gives `x-fapi-interaction-id` back (FAPI 1.0 Baseline 6.2.1 rule 11)."""


# FAPI 2.0 Security Profile 5.3.2.1 and 5.4: pushed requests, keys instead of secrets, bound tokens, no RSASSA-PKCS1.
_FAPI2: Final = {
    "require_pushed_authorization_requests": True,
    "dpop_bound_access_tokens": True,
    "require_pkce": True,
}
# By a signed assertion or by mutual TLS, and bound by DPoP or by mutual TLS.
_FAPI2_METHODS: Final = ("private_key_jwt", *CERTIFICATE_METHODS)
_FAPI2_ALTERNATIVES: Final = {"dpop_bound_access_tokens": "tls_client_certificate_bound_access_tokens"}
# Its flows begin with a pushed request in the browser that they end in (5.3.2.2).
_NO_FAPI2_GRANTS: Final = frozenset({DEVICE_CODE})
_STRONG: Final = ("ES256", "PS256", "EdDSA")

SETTINGS: Final[Mapping[Profile, ProfileSettings]] = {
    Profile.OPENID: ProfileSettings(implied={}),
    Profile.FAPI2: ProfileSettings(
        implied=_FAPI2,
        alternatives=_FAPI2_ALTERNATIVES,
        methods=_FAPI2_METHODS,
        algorithms=_STRONG,
        issuer_is_the_only_audience=True,
        refused_grants=_NO_FAPI2_GRANTS,
        # 5.3.2.1 rule 9: a token that only its client's key can use gains nothing by rotation.
        rotates_refresh_tokens=False,
    ),
    Profile.FAPI2_MESSAGE_SIGNING: ProfileSettings(
        implied={**_FAPI2, "require_signed_request_object": True},
        alternatives=_FAPI2_ALTERNATIVES,
        methods=_FAPI2_METHODS,
        algorithms=_STRONG,
        issuer_is_the_only_audience=True,
        refused_grants=_NO_FAPI2_GRANTS,
        rotates_refresh_tokens=False,
        # FAPI 2.0 Message Signing 5.3.1 rules 2 to 5.
        request_object_claims=frozenset({"aud", "exp", "nbf"}),
        answers_are_signed=True,
        answer_alg="ES256",
    ),
    # FAPI-CIBA 5.2.2: signed requests, a message that binds them, keys instead of secrets; FAPI 1.0 Advanced 5.2.2
    # rule 5 and 8.6: tokens bound to a certificate, ES256 or PS256 and nothing else.
    Profile.FAPI_CIBA: ProfileSettings(
        implied={"tls_client_certificate_bound_access_tokens": True},
        needed=("backchannel_token_delivery_mode", "backchannel_authentication_request_signing_alg"),
        methods=("private_key_jwt", *CERTIFICATE_METHODS),
        algorithms=("ES256", "PS256"),
        needs_binding_message=True,
        echoes_interaction_id=True,
    ),
}

_SIGNATURES: Final = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "token_endpoint_auth_signing_alg",
    "request_object_signing_alg",
    "authorization_signed_response_alg",
    "backchannel_authentication_request_signing_alg",
    "access_token_signed_response_alg",
    "introspection_signed_response_alg",
)


def implied_by(profile: Profile, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the profile says of this registration, where it leaves a choice what the registration chose."""
    settings = SETTINGS[profile]
    return {
        name: value for name, value in settings.implied.items() if not metadata.get(settings.alternatives.get(name, ""))
    }


def profile_of(metadata: Mapping[str, Any]) -> Profile | None:
    """None for a word that names none."""
    named = metadata.get("profile", Profile.OPENID)
    return Profile(named) if named in tuple(Profile) else None


def profile_faults(metadata: Mapping[str, Any]) -> list[str]:
    """What in a registration contradicts its profile."""
    profile = profile_of(metadata)
    if profile is None:
        return [f"profile: must be one of {', '.join(Profile)}"]
    settings = SETTINGS[profile]
    faults = [
        f"{name}: must be {value} with the profile {profile}"
        for name, value in implied_by(profile, metadata).items()
        if metadata.get(name, value) != value
    ]
    faults += [
        f"{name}: missing; the profile {profile} needs it" for name in settings.needed if metadata.get(name) is None
    ]
    grant_types = metadata.get("grant_types")
    if isinstance(grant_types, list):
        faults += [
            f"grant_types: cannot hold {name} with the profile {profile}"
            for name in grant_types
            if name in tuple(settings.refused_grants)
        ]
    method = metadata.get("token_endpoint_auth_method")
    if settings.methods is not None and method not in settings.methods:
        faults.append(f"token_endpoint_auth_method: must be {' or '.join(settings.methods)} with the profile {profile}")
    if settings.algorithms is not None:
        faults += [
            f"{name}: must be one of {', '.join(settings.algorithms)} with the profile {profile}"
            for name in _SIGNATURES
            if metadata.get(name) is not None and metadata[name] not in settings.algorithms
        ]
        uris = metadata.get("redirect_uris")
        if isinstance(uris, list) and not all(str(uri).startswith("https:") for uri in uris):
            faults.append(f"redirect_uris: must begin with https:// with the profile {profile}")
    return faults
