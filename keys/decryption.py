"""Nested JWTs encrypted for us, opened: strict compact JWE in, the compact JWS inside out. Verifies no signature.

Everything is judged before anything is decrypted: length, form, header, the sizes of the parts. The header chooses
among algorithms the caller allows and keys of ours; it brings nothing else along (RFC 8725 §3.1, §3.2).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from keys.algorithms import DecryptionAlgorithm
from keys.decryption_key import DecryptionKey
from keys.encryption import ContentEncryption, KeyManagement
from keys.key_ring import KeyRing
from keys.private_part import CannotOpen
from keys.verify import MAX_TOKEN_CHARACTERS, InvalidToken, TokenFault, decoded, json_object

OPENED_BY: Final[Mapping[KeyManagement, DecryptionAlgorithm]] = MappingProxyType(
    {
        KeyManagement.RSA_OAEP_256: DecryptionAlgorithm.RSA_OAEP_256,
        KeyManagement.ECDH_ES: DecryptionAlgorithm.ECDH_ES,
        KeyManagement.ECDH_ES_A128KW: DecryptionAlgorithm.ECDH_ES,
        KeyManagement.ECDH_ES_A256KW: DecryptionAlgorithm.ECDH_ES,
    }
)
# `zip` is a bomb, `crit` an extension we do not have; `jwk`, `jku` and `x5…` bring keys, `p2c` work to do. What is not
# named here is refused. The claims that RFC 7519 §5.3 lets a header repeat are read by nobody.
_HEADERS: Final = frozenset({"alg", "enc", "kid", "epk", "apu", "apv", "typ", "cty", "iss", "sub", "aud"})
_INSIDE: Final = (None, "jwt", "oauth-authz-req+jwt")
# Bytes of initialization vector and tag (RFC 7518 §5).
_SIZES: Final[Mapping[ContentEncryption, tuple[int, int]]] = MappingProxyType(
    {
        ContentEncryption.A128GCM: (12, 16),
        ContentEncryption.A256GCM: (12, 16),
        ContentEncryption.A128CBC_HS256: (16, 16),
    }
)
_P256_BYTES: Final = 32


def open_token(
    token: str, ring: KeyRing, *, algs: Collection[KeyManagement], encs: Collection[ContentEncryption]
) -> str:
    """The signed token inside. Raises `InvalidToken`, for an inside that is no compact JWS as well."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise InvalidToken(TokenFault.TOO_LARGE)
    parts = token.split(".")
    if len(parts) != 5:
        raise InvalidToken(TokenFault.MALFORMED)
    header = json_object(decoded(parts[0]))
    alg, enc = _judged(header, algs, encs)
    _check_sizes(parts, alg, enc)
    key = _key_of(header, ring, alg)
    try:
        inside = key.private.decrypt(token, (alg.value, enc.value)).decode("ascii")
    except (CannotOpen, UnicodeError) as error:
        raise InvalidToken(TokenFault.CANNOT_OPEN) from error
    if inside.count(".") != 2:
        # Encrypted for us by anybody: only a signature says by whom.
        raise InvalidToken(TokenFault.NOT_SIGNED)
    return inside


def _judged(
    header: Mapping[str, object], algs: Collection[KeyManagement], encs: Collection[ContentEncryption]
) -> tuple[KeyManagement, ContentEncryption]:
    if set(header) - _HEADERS:
        raise InvalidToken(TokenFault.REFUSED_HEADER)
    cty = header.get("cty")
    if (cty.lower() if isinstance(cty, str) else cty) not in _INSIDE:
        raise InvalidToken(TokenFault.WRONG_TYPE)
    alg, enc = header.get("alg"), header.get("enc")
    if alg not in tuple(algs) or enc not in tuple(encs):
        raise InvalidToken(TokenFault.WRONG_ALGORITHM)
    management = KeyManagement(str(alg))
    agrees = OPENED_BY[management] is DecryptionAlgorithm.ECDH_ES
    if agrees != ("epk" in header) or (not agrees and {"apu", "apv"} & set(header)):
        raise InvalidToken(TokenFault.REFUSED_HEADER)
    if agrees:
        _check_ephemeral(header["epk"])
    for name in ("apu", "apv"):
        if not isinstance(header.get(name, ""), str):
            raise InvalidToken(TokenFault.REFUSED_HEADER)
    return management, ContentEncryption(str(enc))


def _check_ephemeral(epk: object) -> None:
    """A public point on the curve of our key (RFC 7518 §4.6.1.1); whether it lies on it, the library checks."""
    if not isinstance(epk, Mapping) or set(epk) - {"kty", "crv", "x", "y", "use", "alg", "kid", "key_ops"}:
        raise InvalidToken(TokenFault.REFUSED_HEADER)
    if epk.get("kty") != "EC" or epk.get("crv") != "P-256":
        raise InvalidToken(TokenFault.REFUSED_HEADER)
    for name in ("x", "y"):
        coordinate = epk.get(name)
        if not isinstance(coordinate, str) or len(decoded(coordinate)) != _P256_BYTES:
            raise InvalidToken(TokenFault.REFUSED_HEADER)


def _check_sizes(parts: list[str], alg: KeyManagement, enc: ContentEncryption) -> None:
    """Of two encryptions of one kind there is one size: nothing is left to a library's leniency."""
    is_direct = alg is KeyManagement.ECDH_ES
    if is_direct != (not parts[1]):
        raise InvalidToken(TokenFault.MALFORMED)
    if not is_direct:
        decoded(parts[1])
    iv, tag = _SIZES[enc]
    if len(decoded(parts[2])) != iv or len(decoded(parts[4])) != tag or not decoded(parts[3]):
        raise InvalidToken(TokenFault.MALFORMED)


def _key_of(header: Mapping[str, object], ring: KeyRing, alg: KeyManagement) -> DecryptionKey:
    """We publish several, so the header must name one (OpenID Connect Core 10.2)."""
    kid = header.get("kid")
    key = ring.decryption_key(kid) if isinstance(kid, str) else None
    if key is None:
        raise InvalidToken(TokenFault.UNKNOWN_KEY)
    if key.alg is not OPENED_BY[alg]:
        raise InvalidToken(TokenFault.WRONG_ALGORITHM)
    return key
