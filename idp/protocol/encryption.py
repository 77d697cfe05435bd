"""What is encrypted for a service, and how: its registration's members and the key that fits them (RFC 7516).

Members are those of OpenID Connect Registration 2 and JARM 3. What is encrypted was signed before: anybody can encrypt.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.protocol.client_members import CONTENT_ENCRYPTION, KEY_MANAGEMENT
from idp.protocol.profiles import SETTINGS, Profile, profile_of

ID_TOKEN: Final = ("id_token_encrypted_response_alg", "id_token_encrypted_response_enc")
USERINFO: Final = ("userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc")
AUTHORIZATION: Final = ("authorization_encrypted_response_alg", "authorization_encrypted_response_enc")
# For resource servers: RFC 9701 §6, and ours in its likeness.
INTROSPECTION: Final = ("introspection_encrypted_response_alg", "introspection_encrypted_response_enc")
ACCESS_TOKEN: Final = ("access_token_encrypted_response_alg", "access_token_encrypted_response_enc")
REQUEST_OBJECT: Final = ("request_object_encryption_alg", "request_object_encryption_enc")
_ANSWERS: Final = (ID_TOKEN, USERINFO, AUTHORIZATION, INTROSPECTION, ACCESS_TOKEN)
# Where signing is a choice: what is encrypted must be signed.
_SIGNED_AS: Final = {
    USERINFO[0]: "userinfo_signed_response_alg",
    INTROSPECTION[0]: "introspection_signed_response_alg",
    ACCESS_TOKEN[0]: "access_token_signed_response_alg",
}
# OpenID Connect Registration 2.
_DEFAULT_ENC: Final = "A128CBC-HS256"
_AGREEMENT_CURVES: Final = frozenset({"P-256"})


@dataclass(frozen=True)
class Encryption:
    """JWE `alg` and `enc`."""

    alg: str
    enc: str


def encryption_of(metadata: Mapping[str, Any], members: tuple[str, str]) -> Encryption | None:
    """None where the registration asks for none."""
    alg, enc = (metadata.get(name) for name in members)
    return None if alg is None else Encryption(str(alg), str(enc or _DEFAULT_ENC))


def verifies(key: Mapping[str, Any]) -> bool:
    """Whether a client's key may verify what the client signed: not one it keeps for what is encrypted for it."""
    return key.get("use", "sig") == "sig" and key.get("alg") not in KEY_MANAGEMENT


def encrypts(key: Mapping[str, Any], alg: str) -> bool:
    """Whether a client's key is one to encrypt for with `alg`."""
    if key.get("use", "enc") != "enc" or key.get("alg", alg) != alg:
        return False
    if alg == "RSA-OAEP-256":
        return key.get("kty") == "RSA"
    return key.get("kty") == "EC" and key.get("crv") in _AGREEMENT_CURVES


def check_encryption(metadata: Mapping[str, Any]) -> list[str]:
    faults = []
    for alg_name, enc_name in (*_ANSWERS, REQUEST_OBJECT):
        for name, choices in ((alg_name, KEY_MANAGEMENT), (enc_name, CONTENT_ENCRYPTION)):
            if metadata.get(name) is not None and metadata[name] not in choices:
                faults.append(f"{name}: must be one of {', '.join(choices)}")
        if metadata.get(enc_name) is not None and metadata.get(alg_name) is None:
            faults.append(f"{enc_name}: is of no use without {alg_name}")
    faults += [
        f"{signing}: missing; what is encrypted must be signed"
        for encrypting, signing in _SIGNED_AS.items()
        if metadata.get(encrypting) is not None and metadata.get(signing) is None
    ]
    profile = SETTINGS[profile_of(metadata) or Profile.OPENID]
    signs_answers = metadata.get("authorization_signed_response_alg") or profile.answer_alg
    if metadata.get(AUTHORIZATION[0]) is not None and not signs_answers:
        faults.append("authorization_signed_response_alg: missing; what is encrypted must be signed")
    return faults + _missing_keys(metadata)


def _missing_keys(metadata: Mapping[str, Any]) -> list[str]:
    """Keys that are published can come later; those registered here are all there are."""
    if metadata.get("jwks_uri") is not None:
        return []
    wanted = dict.fromkeys(str(metadata[alg]) for alg, _ in _ANSWERS if metadata.get(alg) in KEY_MANAGEMENT)
    keys = list(_listed(metadata.get("jwks")))
    return [
        f"jwks: holds no key to encrypt with {alg} for" for alg in wanted if not any(encrypts(key, alg) for key in keys)
    ]


def _listed(jwks: object) -> Iterable[Mapping[str, Any]]:
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    return (key for key in listed if isinstance(key, Mapping)) if isinstance(listed, list) else ()
