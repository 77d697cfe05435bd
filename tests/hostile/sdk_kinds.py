"""The tokens that a service takes from its provider; the provider's upstream leg reads ID tokens by the same rules."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from relying_party_sdk.authorization_response import validate_response
from relying_party_sdk.errors import (
    AuthorizationResponseInvalid,
    IdTokenInvalid,
    LogoutTokenInvalid,
    UserInfoInvalid,
)
from relying_party_sdk.id_token import validate_id_token
from relying_party_sdk.logout_token import LOGOUT_EVENT, validate_logout_token
from relying_party_sdk.security_event import SecurityEventInvalid, validate_security_event
from relying_party_sdk.userinfo import validate_userinfo
from tests.hostile.forge import Forge
from tests.hostile.kinds import PureKind
from tests.support.assertions import ClientKey
from tests.support.sources import NOW

_KEY: Final = ClientKey()
_KEYS: Final = _KEY.jwks(use="sig", alg="ES256")
_ISSUER: Final = "https://provider.example"
_ME: Final = "service"
_ES256: Final = ("ES256",)


def _forge(typ: str, **claims: Any) -> Forge:
    def made(**changes: Any) -> dict[str, Any]:
        told = {"iss": _ISSUER, "aud": _ME, **claims, **changes}
        return {name: value for name, value in told.items() if value is not None}

    return Forge(_KEY, {"alg": "ES256", "kid": "client-1", "typ": typ}, made)


def _validated(validate: Callable[..., object], **expected: Any) -> Callable[[str], object]:
    return lambda raw: validate(raw, keys=_KEYS, issuer=_ISSUER, client_id=_ME, now=NOW, **expected)


def _userinfo(raw: str) -> Mapping[str, object]:
    return validate_userinfo(
        # Whatever is sent is sent as bytes.
        raw.encode("utf-8", "surrogatepass"),
        content_type="application/jwt",
        subject="somebody",
        issuer=_ISSUER,
        client_id=_ME,
        keys=_KEYS,
        algorithm="ES256",
    )


# RFC 7515 knows no `zip`: an unknown member is ignored, and nothing is ever decompressed.
_NO_ZIP: Final = {"zip": "an unknown member of the header is ignored (RFC 7515 §4)"}
_NAMES_OF_A_PROVIDER: Final = {
    "jti half a letter": "a name is text, whatever its letters",
    "a jti of 257 letters": "taken up to 1024 letters, and remembered by its hash",
    "a jti with NUL": "remembered by its hash",
}


# What has one use and one reader needs no memory of its name; what is about the past needs no end.
SDK_KINDS: Final = (
    PureKind(
        name="ID token",
        forge=_forge("JWT", sub="somebody", iat=NOW, exp=NOW + 300, nonce="nonce-1", auth_time=NOW),
        read=_validated(validate_id_token, algorithms=_ES256, nonce="nonce-1"),
        refusal=IdTokenInvalid,
        requires=frozenset({"iss", "sub", "aud", "exp", "iat", "nonce"}),
        knows=frozenset({"nbf"}),
        exempt={**_NO_ZIP, "sub half a letter": "it is compared and nothing else"},
    ),
    PureKind(
        name="logout token",
        forge=_forge("logout+jwt", sub="somebody", iat=NOW, exp=NOW + 120, jti="one", events={LOGOUT_EVENT: {}}),
        read=_validated(validate_logout_token, algorithms=_ES256),
        refusal=LogoutTokenInvalid,
        requires=frozenset({"iss", "aud", "exp", "iat", "jti", "events"}),
        longest=300,
        exempt={**_NO_ZIP, **_NAMES_OF_A_PROVIDER},
    ),
    PureKind(
        name="signed authorization answer",
        forge=_forge("JWT", exp=NOW + 300, code="a-code", state="a-state"),
        read=_validated(validate_response, algorithm="ES256"),
        refusal=AuthorizationResponseInvalid,
        requires=frozenset({"iss", "aud", "exp"}),
        exempt=_NO_ZIP,
    ),
    PureKind(
        name="signed UserInfo",
        forge=_forge("JWT", sub="somebody", name="Nguyễn Thị Hòa"),
        read=_userinfo,
        refusal=UserInfoInvalid,
        requires=frozenset({"iss", "aud", "sub"}),
        exempt=_NO_ZIP,
    ),
    PureKind(
        name="security event",
        forge=_forge(
            "secevent+jwt",
            iat=NOW,
            jti="one",
            sub_id={"format": "iss_sub", "iss": _ISSUER, "sub": "somebody"},
            events={f"{_ISSUER}/events/sub-changed": {"new_sub": "another"}},
        ),
        read=_validated(validate_security_event, algorithms=_ES256),
        refusal=SecurityEventInvalid,
        requires=frozenset({"iss", "aud", "iat", "jti", "events", "sub_id"}),
        exempt={**_NO_ZIP, **_NAMES_OF_A_PROVIDER},
    ),
)
