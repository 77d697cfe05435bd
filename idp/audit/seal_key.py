"""The key that seals the log: made from the master key, never stored, so that nobody with only the database has it.

It is not one of the provider's signing keys: those retire and are forgotten, a seal is checked for as long as the
log is kept. While older master keys are configured, what they sealed verifies too.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.audit.seal import TYP, Signer
from idp.audit.verification import VerifySignature
from idp.storage.vault import Vault
from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing
from keys.private_part import SoftwareKey
from keys.signer import KeySigner
from keys.signing_key import KeyState, SigningKey, thumbprint
from keys.verify import InvalidToken, verify

_PURPOSE = "audit seals"


def seal_signer(vault: Vault) -> Signer:
    """Signs with the active master key's seal key."""
    return KeySigner(_key_from(vault.derive(_PURPOSE)))


def seal_verifier(vault: Vault) -> VerifySignature:
    """Accepts seals made under any configured master key."""
    ring = KeyRing(tuple(_key_from(seed) for seed in vault.derive_all(_PURPOSE)))

    def verify_signature(signature: str, kid: str) -> Mapping[str, object] | None:
        keys = KeyRing(tuple(key for key in ring.keys if key.kid == kid))
        try:
            return verify(signature, keys, typ=TYP, algorithms=[SignatureAlgorithm.EDDSA])
        except InvalidToken:
            return None

    return verify_signature


def seal_public_keys(vault: Vault) -> dict[str, list[dict[str, str]]]:
    """As a JWKS, for an auditor who checks seals without us."""
    return {"keys": [_key_from(seed).public_jwk() for seed in vault.derive_all(_PURPOSE)]}


def _key_from(seed: bytes) -> SigningKey:
    private = SoftwareKey(SignatureAlgorithm.EDDSA, Ed25519PrivateKey.from_private_bytes(seed))
    kid = thumbprint(private.public_jwk())
    return SigningKey(kid, SignatureAlgorithm.EDDSA, KeyState.RETIRED, created_at=0, private=private)
