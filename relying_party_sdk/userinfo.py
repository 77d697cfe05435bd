"""The UserInfo answer: JSON or a signed token, and always about the person of the ID token. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from relying_party_sdk.compact import CompactRefused, KeyNotPublished, parse_object, verify_compact
from relying_party_sdk.encrypted import Decryption, decrypted
from relying_party_sdk.errors import UserInfoInvalid
from relying_party_sdk.jwks import Keys

USERINFO_TYPES = ("", "jwt", "userinfo+jwt")
# A source of claims must not speak about the login itself.
PROTOCOL_CLAIMS = frozenset(
    {
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "sid",
        "at_hash",
        "c_hash",
        "s_hash",
    }
)


class UnknownUserInfoKey(UserInfoInvalid):
    """The answer names a key the set does not hold; fetch the set once more, then give up."""


def validate_userinfo(
    body: bytes,
    *,
    content_type: str,
    subject: str,
    issuer: str,
    client_id: str,
    keys: Keys,
    algorithm: str | None,
    decryption: Decryption | None = None,
) -> Mapping[str, object]:
    """The person's claims, without those of the protocol; raises `UserInfoInvalid`.

    `algorithm` is `userinfo_signed_response_alg` of the registration: a signed answer is demanded when it
    is set and refused when it is not, so that nobody can choose for us. With `decryption`, an encrypted answer
    is demanded, with the signed one inside.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if algorithm is None:
        claims = _from_json(body, media_type)
    else:
        claims = _from_token(body, media_type, keys, algorithm, decryption)
        _check_addressee(claims, issuer, client_id)
    # OpenID Connect Core §5.3.2: or the claims may be somebody else's.
    if claims.get("sub") != subject:
        raise UserInfoInvalid("subject_differs")
    return {name: value for name, value in claims.items() if name not in PROTOCOL_CLAIMS}


def _from_json(body: bytes, media_type: str) -> Mapping[str, object]:
    if media_type != "application/json":
        raise UserInfoInvalid("not_json", "the answer is signed or not UserInfo")
    try:
        return parse_object(body, "not_json")
    except CompactRefused as error:
        raise UserInfoInvalid(error.rule) from error


def _from_token(
    body: bytes, media_type: str, keys: Keys, algorithm: str, decryption: Decryption | None
) -> Mapping[str, object]:
    if media_type != "application/jwt":
        raise UserInfoInvalid("not_signed")
    try:
        raw = body.decode("ascii")
        if decryption is not None:
            raw = decrypted(raw, decryption)
        return verify_compact(raw, keys=keys, algorithms=(algorithm,), types=USERINFO_TYPES).claims
    except UnicodeDecodeError as error:
        raise UserInfoInvalid("not_compact") from error
    except KeyNotPublished as error:
        raise UnknownUserInfoKey(error.rule) from error
    except CompactRefused as error:
        raise UserInfoInvalid(error.rule) from error


def _check_addressee(claims: Mapping[str, object], issuer: str, client_id: str) -> None:
    """A signed answer names issuer and audience (Core §5.3.2)."""
    if claims.get("iss") != issuer:
        raise UserInfoInvalid("issuer_wrong")
    if claims.get("aud") not in (client_id, [client_id]):
        raise UserInfoInvalid("audience_wrong")
