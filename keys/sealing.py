"""Private keys at rest: AES-256-GCM, bound to the name and algorithm of the key they belong to.

Format, version 1: one byte 0x01, a 12-byte nonce, then the encrypted PKCS#8 with its 16-byte tag. A row moved
to another kid or relabelled with another algorithm does not open. Does not know where the sealing key comes
from.
"""

import secrets
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.algorithms import DecryptionAlgorithm, KeyAlgorithm, KeyDoesNotFit, SignatureAlgorithm
from keys.decryption_key import DecryptionKey
from keys.held_key import thumbprint
from keys.private_part import SoftwareDecryption, SoftwareKey, SoftwarePart
from keys.signing_key import SigningKey

_VERSION = b"\x01"
_NONCE_BYTES = 12
_SEALING_KEY_BYTES = 32

Part = TypeVar("Part", bound=SoftwarePart)


class CannotUnseal(Exception):
    """The sealed key does not open: wrong sealing key, damaged, of another version, or of another row."""


class CannotSeal(Exception):
    """The private part lives outside this process and cannot be exported."""


def seal_private(key: SigningKey | DecryptionKey, *, sealing_key: bytes) -> bytes:
    """The private part as ciphertext, new each time; raises `CannotSeal` for a key held elsewhere."""
    if not isinstance(key.private, SoftwarePart):
        raise CannotSeal("the private part of this key is not ours to export")
    cipher = _cipher(sealing_key)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + cipher.encrypt(nonce, key.private.pkcs8(), _binding(key.kid, key.alg))


def unseal_private(sealed: bytes, *, kid: str, alg: SignatureAlgorithm, sealing_key: bytes) -> SoftwareKey:
    """The private part for `SigningKey(private=…)`. Raises `CannotUnseal`."""
    pkcs8 = _opened(sealed, kid, alg, sealing_key)
    try:
        return _named(SoftwareKey.from_pkcs8(alg, pkcs8), kid)
    except KeyDoesNotFit as error:
        raise CannotUnseal("the sealed key is not one for its algorithm") from error


def unseal_decryption(sealed: bytes, *, kid: str, alg: DecryptionAlgorithm, sealing_key: bytes) -> SoftwareDecryption:
    """The private part for `DecryptionKey(private=…)`. Raises `CannotUnseal`."""
    pkcs8 = _opened(sealed, kid, alg, sealing_key)
    try:
        return _named(SoftwareDecryption.from_pkcs8(alg, pkcs8), kid)
    except KeyDoesNotFit as error:
        raise CannotUnseal("the sealed key is not one for its algorithm") from error


def _opened(sealed: bytes, kid: str, alg: KeyAlgorithm, sealing_key: bytes) -> bytes:
    cipher = _cipher(sealing_key)
    if sealed[:1] != _VERSION:
        raise CannotUnseal("unknown format version")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, ciphertext, _binding(kid, alg))
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal("wrong sealing key, or the sealed key was altered") from error


def _named(private: Part, kid: str) -> Part:
    if thumbprint(private.public_jwk()) != kid:
        raise CannotUnseal("the sealed key is not the one its kid names")
    return private


def _cipher(sealing_key: bytes) -> AESGCM:
    if len(sealing_key) != _SEALING_KEY_BYTES:
        raise ValueError(f"a sealing key has {_SEALING_KEY_BYTES} bytes")
    return AESGCM(sealing_key)


def _binding(kid: str, alg: KeyAlgorithm) -> bytes:
    purpose = "decryption key" if isinstance(alg, DecryptionAlgorithm) else "signing key"
    return f"{purpose}|{_VERSION.hex()}|{alg.value}|{kid}".encode()
