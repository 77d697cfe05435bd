"""The key that seals the log: made from the master key, so that nobody with only the database has it.

Nothing of it is stored before its master key is to be given up; then what verifies its seals is, sealed with the next.

It is not one of the provider's signing keys: those retire and are forgotten, a seal is checked for as long as the
log is kept, with an older master key or with what was kept of it.
"""

from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from idp.audit.seal import TYP, Signer
from idp.audit.verification import VerifySignature
from idp.storage.database import Database, Insert
from idp.storage.vault import Vault
from keys.algorithms import SignatureAlgorithm
from keys.held_key import KeyState, thumbprint
from keys.key_ring import KeyRing
from keys.private_part import SoftwareKey
from keys.signer import KeySigner
from keys.signing_key import SigningKey
from keys.verify import InvalidToken, verify

_PURPOSE = "audit seals"


def seal_signer(vault: Vault) -> Signer:
    """Signs with the active master key's seal key."""
    return KeySigner(_key_from(vault.derive(_PURPOSE)))


def seal_verifier(vault: Vault, retired: Iterable[bytes] = ()) -> VerifySignature:
    """Accepts seals made under any configured master key, and under those whose seeds were kept (`retired`)."""
    ring = KeyRing(tuple(_key_from(seed) for seed in dict.fromkeys((*vault.derive_all(_PURPOSE), *retired))))

    def verify_signature(signature: str, kid: str) -> Mapping[str, object] | None:
        keys = KeyRing(tuple(key for key in ring.keys if key.kid == kid))
        try:
            return verify(signature, keys, typ=TYP, algorithms=[SignatureAlgorithm.EDDSA])
        except InvalidToken:
            return None

    return verify_signature


def seal_public_keys(vault: Vault, retired: Iterable[bytes] = ()) -> dict[str, list[dict[str, str]]]:
    """As a JWKS, for an auditor who checks seals without us."""
    seeds = dict.fromkeys((*vault.derive_all(_PURPOSE), *retired))
    return {"keys": [_key_from(seed).public_jwk() for seed in seeds]}


def keep_seal_keys(vault: Vault, *, now: int) -> list[Insert]:
    """What verifies the seals of older master keys once those are gone: sealed with the active one, so that nobody
    with only the database makes a seal, or a key that verifies one."""
    _, *older = vault.derive_all(_PURPOSE)
    kept = {_key_from(seed).kid: seed for seed in older}
    return [
        Insert(
            "retired_seal_key",
            {"id": kid, "seed_sealed": vault.seal(seed, row=_sealed_for(kid)), "retired_at": now},
            on_conflict_do_nothing=True,
        )
        for kid, seed in kept.items()
    ]


async def retired_seal_keys(database: Database, vault: Vault) -> list[bytes]:
    """Raises CannotUnseal."""
    rows = await database.fetch_all("SELECT id, seed_sealed FROM retired_seal_key ORDER BY retired_at, id")
    seeds = []
    for row in rows:
        sealed = row["seed_sealed"]
        assert isinstance(sealed, bytes)
        seeds.append(vault.unseal(sealed, row=_sealed_for(str(row["id"]))))
    return seeds


def _sealed_for(kid: str) -> str:
    return f"retired_seal_key|seed|{kid}"


def _key_from(seed: bytes) -> SigningKey:
    private = SoftwareKey(SignatureAlgorithm.EDDSA, Ed25519PrivateKey.from_private_bytes(seed))
    kid = thumbprint(private.public_jwk())
    return SigningKey(kid, SignatureAlgorithm.EDDSA, KeyState.RETIRED, created_at=0, private=private)
