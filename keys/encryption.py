"""JWE for one recipient, under the recipient's public key. Does not know who the recipient is.

Encryption never replaces a signature: tokens are signed first, then encrypted as a nested JWT. No compression
(its length tells on the content), no passwords (PBES2), no RSA1_5 (RFC 8725 §3.2).
"""

import json
from collections.abc import Mapping
from enum import StrEnum

from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from keys.public_jwk import check_public_jwk

_ECDH_CURVES = frozenset({"P-256", "P-384", "P-521", "X25519"})
_PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")


class KeyManagement(StrEnum):
    """JWE `alg` (RFC 7518 §4)."""

    ECDH_ES = "ECDH-ES"
    ECDH_ES_A128KW = "ECDH-ES+A128KW"
    ECDH_ES_A256KW = "ECDH-ES+A256KW"
    RSA_OAEP_256 = "RSA-OAEP-256"


class ContentEncryption(StrEnum):
    """JWE `enc` (RFC 7518 §5)."""

    A256GCM = "A256GCM"
    A128GCM = "A128GCM"
    A128CBC_HS256 = "A128CBC-HS256"


class UnusableRecipientKey(ValueError):
    """The recipient's JWKS holds no public key that can be used with the registered algorithm."""


def encryption_key(jwks: Mapping[str, object], alg: KeyManagement) -> Mapping[str, object]:
    """A key in a recipient's JWKS that fits `alg` and is not reserved for signatures; one made for it comes first."""
    listed = jwks.get("keys")
    fitting = [
        jwk
        for jwk in (listed if isinstance(listed, list) else [])
        if isinstance(jwk, Mapping)
        and jwk.get("use", "enc") == "enc"
        and jwk.get("alg", alg) == alg
        and _fits(jwk, alg)
    ]
    for jwk in sorted(fitting, key=lambda jwk: "use" not in jwk):
        return jwk
    raise UnusableRecipientKey(f"no key for {alg}")


def check_recipient(recipient: Mapping[str, object], alg: KeyManagement) -> None:
    """Whether there can be an encryption for this key at all. Raises `UnusableRecipientKey`."""
    _imported(recipient, alg)


def encrypt_token(
    signed_token: str, recipient: Mapping[str, object], *, alg: KeyManagement, enc: ContentEncryption
) -> str:
    """A nested JWT: `signed_token`, a compact JWS, inside a compact JWE with cty JWT (RFC 7519 §5.2)."""
    return encrypt(signed_token.encode("ascii"), recipient, alg=alg, enc=enc, cty="JWT")


def encrypt(
    plaintext: bytes,
    recipient: Mapping[str, object],
    *,
    alg: KeyManagement,
    enc: ContentEncryption,
    cty: str | None = None,
) -> str:
    """A compact JWE. Only the public members of `recipient` are read. Raises `UnusableRecipientKey`."""
    header = {"alg": alg.value, "enc": enc.value}
    kid = recipient.get("kid")
    if isinstance(kid, str):
        header["kid"] = kid
    if cty is not None:
        header["cty"] = cty
    key = _imported(recipient, alg)
    try:
        sealed = JWE(plaintext, protected=json.dumps(header), algs=[alg.value, enc.value])
        sealed.add_recipient(key)
        return str(sealed.serialize(compact=True))
    except (JWException, ValueError) as error:
        raise UnusableRecipientKey(f"the key cannot be used with {alg}") from error


def _imported(recipient: Mapping[str, object], alg: KeyManagement) -> JWK:
    if not _fits(recipient, alg):
        raise UnusableRecipientKey(f"the key is not one for {alg}")
    try:
        check_public_jwk(recipient)
        return JWK(**{name: recipient[name] for name in _PUBLIC_MEMBERS if name in recipient})
    except (JWException, ValueError, TypeError) as error:
        raise UnusableRecipientKey("the key is damaged, too short or too long") from error


def _fits(jwk: Mapping[str, object], alg: KeyManagement) -> bool:
    if alg is KeyManagement.RSA_OAEP_256:
        return jwk.get("kty") == "RSA"
    return jwk.get("kty") in ("EC", "OKP") and jwk.get("crv") in _ECDH_CURVES
