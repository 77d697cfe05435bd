"""Who holds a private key and signs or decrypts with it.

`PrivatePart` and `OpeningPart` are the seam: the rest of the package never sees the secret, only these contracts.
`SoftwareKey` and `SoftwareDecryption` keep it in the process. A PKCS#11 token fits behind the same methods: `sign`
calls C_Sign (for ECDSA the token already answers with r and s side by side) and `public_jwk` reads the public object;
such a part cannot be sealed, because it never leaves the token.
"""

from collections.abc import Sequence
from typing import Protocol, Self

from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwcrypto.common import JWException
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK

from keys.algorithms import (
    RSA_BITS,
    DecryptionAlgorithm,
    KeyDoesNotFit,
    PrivateKey,
    SignatureAlgorithm,
    generate_private_key,
    sign_with,
)


class PrivatePart(Protocol):
    """Signs for one key with one algorithm."""

    def sign(self, message: bytes) -> bytes:
        """The raw JWS signature over `message` (RFC 7518 §3: ECDSA as r and s, not DER)."""
        ...

    def public_jwk(self) -> dict[str, str]:
        """The public half: the members that RFC 7638 hashes, nothing more."""
        ...


class CannotOpen(Exception):
    """Not encrypted for this key, or changed. Never says which."""


class OpeningPart(Protocol):
    """Opens what was encrypted for one key."""

    def decrypt(self, token: str, algorithms: Sequence[str]) -> bytes:
        """The plaintext of a compact JWE whose header was judged; `algorithms` are its alg and enc.

        Raises `CannotOpen`.
        """
        ...

    def public_jwk(self) -> dict[str, str]: ...


class SoftwarePart:
    """A private key in this process's memory, imported once."""

    __slots__ = ("_key",)

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def pkcs8(self) -> bytes:
        """The secret itself, in DER; only `sealing` has a reason to ask."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public_jwk(self) -> dict[str, str]:
        exported = JWK.from_pyca(self._key.public_key()).export_public(as_dict=True)
        return {name: exported[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in exported}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> str:
        raise TypeError("a private key is sealed, never pickled")


class SoftwareKey(SoftwarePart):
    __slots__ = ("sign",)

    def __init__(self, alg: SignatureAlgorithm, key: PrivateKey) -> None:
        super().__init__(key)
        self.sign = sign_with(alg, key)

    @classmethod
    def generate(cls, alg: SignatureAlgorithm) -> Self:
        return cls(alg, generate_private_key(alg))

    @classmethod
    def from_pkcs8(cls, alg: SignatureAlgorithm, der: bytes) -> Self:
        """For bytes known to be ours. Raises `KeyDoesNotFit` for anything that is not a private key for `alg`."""
        key = _loaded(der)
        sign_with(alg, key)
        return cls(alg, key)  # type: ignore[arg-type]  # sign_with has just refused every other type


class SoftwareDecryption(SoftwarePart):
    __slots__ = ("_jwk",)

    def __init__(self, alg: DecryptionAlgorithm, key: PrivateKey) -> None:
        fits = (
            isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS
            if alg is DecryptionAlgorithm.RSA_OAEP_256
            else isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1"
        )
        if not fits:
            raise KeyDoesNotFit(f"the key is not one for {alg}")
        super().__init__(key)
        self._jwk = JWK.from_pyca(key)

    @classmethod
    def generate(cls, alg: DecryptionAlgorithm) -> Self:
        return cls(alg, generate_private_key(alg))

    @classmethod
    def from_pkcs8(cls, alg: DecryptionAlgorithm, der: bytes) -> Self:
        """For bytes known to be ours. Raises `KeyDoesNotFit`."""
        return cls(alg, _loaded(der))  # type: ignore[arg-type]  # the constructor refuses every other type

    def decrypt(self, token: str, algorithms: Sequence[str]) -> bytes:
        envelope = JWE(algs=list(algorithms))
        try:
            envelope.deserialize(token, self._jwk)
        except (JWException, InvalidKey, ValueError, TypeError, KeyError) as error:
            raise CannotOpen from error
        payload = envelope.payload
        assert isinstance(payload, bytes)
        return payload


def _loaded(der: bytes) -> object:
    try:
        # Proving that two numbers are prime takes tens of milliseconds a key, at every start of every worker,
        # and nothing can have changed them: they come out of an authenticated seal.
        return load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyDoesNotFit("not an unencrypted PKCS#8 private key") from error
