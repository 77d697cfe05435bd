"""Who holds a private key and signs with it.

`PrivatePart` is the seam: the rest of the package never sees the secret, only this contract. `SoftwareKey`
keeps it in the process. A PKCS#11 token fits behind the same two methods: `sign` calls C_Sign (for ECDSA the
token already answers with r and s side by side) and `public_jwk` reads the public object; such a part cannot
be sealed, because it never leaves the token.
"""

from typing import Protocol, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwcrypto.jwk import JWK

from keys.algorithms import KeyDoesNotFit, PrivateKey, SignatureAlgorithm, generate_private_key, sign_with


class PrivatePart(Protocol):
    """Signs for one key with one algorithm."""

    def sign(self, message: bytes) -> bytes:
        """The raw JWS signature over `message` (RFC 7518 §3: ECDSA as r and s, not DER)."""
        ...

    def public_jwk(self) -> dict[str, str]:
        """The public half: the members that RFC 7638 hashes, nothing more."""
        ...


class SoftwareKey:
    """A private key in this process's memory, imported once."""

    __slots__ = ("_key", "sign")

    def __init__(self, alg: SignatureAlgorithm, key: PrivateKey) -> None:
        self._key = key
        self.sign = sign_with(alg, key)

    @classmethod
    def generate(cls, alg: SignatureAlgorithm) -> Self:
        return cls(alg, generate_private_key(alg))

    @classmethod
    def from_pkcs8(cls, alg: SignatureAlgorithm, der: bytes) -> Self:
        """For bytes known to be ours. Raises `KeyDoesNotFit` for anything that is not a private key for `alg`."""
        try:
            # Proving that two numbers are prime takes tens of milliseconds a key, at every start of every worker,
            # and nothing can have changed them: they come out of an authenticated seal.
            key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyDoesNotFit("not an unencrypted PKCS#8 private key") from error
        sign_with(alg, key)
        return cls(alg, key)  # type: ignore[arg-type]  # sign_with has just refused every other type

    def pkcs8(self) -> bytes:
        """The secret itself, in DER; only `sealing` has a reason to ask."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public_jwk(self) -> dict[str, str]:
        exported = JWK.from_pyca(self._key.public_key()).export_public(as_dict=True)
        return {name: exported[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in exported}

    def __repr__(self) -> str:
        return "SoftwareKey(…)"

    def __reduce__(self) -> str:
        raise TypeError("a private key is sealed, never pickled")
