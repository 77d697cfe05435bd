"""Makes tampering with the log evident: seals finished stretches of it, away from the hot path.

Each seal holds the RFC 6962 root over its entries and the digest of the seal before, and is signed with a key
the database does not have. Many workers may try; the number is the primary key, so one succeeds.
"""

from idp.audit.entries import entries_between, entry_hash
from idp.audit.merkle import HASH_SIZE, TreeHash
from idp.audit.seal import LEAF_HINT, TYP, Seal, SealHead, Signer, seal_claims
from idp.storage.database import Database, IntegrityConflict

__all__ = ["Seal", "SealHead", "Signer", "newest_seal", "seal"]

# An entry carries the time of its decision and is committed later: after waiting for locks and connections, and
# by the clock of another host. Sealed too early, an honest late entry would look like an inserted one.
LAG_MS = 30_000
_AT_LEAST_MS = 5_000

_GENESIS = b"\x00" * HASH_SIZE


async def seal(database: Database, signer: Signer, now_ms: int, *, lag_ms: int = LAG_MS) -> Seal | None:
    """Seals what was recorded up to `lag_ms` ago; None when there is nothing to seal or somebody else was faster.

    Raises StorageUnavailable.
    """
    last = await newest_seal(database)
    from_ms, until_ms = (last.until_ms if last else 0), now_ms - lag_ms
    if until_ms - from_ms < _AT_LEAST_MS:
        return None
    tree, leaves = TreeHash(), bytearray()
    async for entry in entries_between(database, from_ms, until_ms):
        leaf = entry_hash(entry)
        tree.add(leaf)
        leaves += leaf[:LEAF_HINT]
    if not tree.size:
        return None
    number, previous, root = (last.number + 1 if last else 1), (last.digest() if last else _GENESIS), tree.root()
    made = Seal(
        number=number,
        until_ms=until_ms,
        entries=tree.size,
        root=root,
        leaves=bytes(leaves),
        previous=previous,
        signature=signer.sign(TYP, seal_claims(number, until_ms, tree.size, root, previous)),
        kid=signer.kid,
    )
    try:
        await database.commit(made.insert())
    except IntegrityConflict:
        return None
    return made


async def newest_seal(database: Database) -> Seal | None:
    """The last seal; its `head()` is what an operator keeps elsewhere. Raises StorageUnavailable."""
    row = await database.fetch_row("SELECT * FROM audit_seal ORDER BY number DESC LIMIT 1")
    return None if row is None else Seal.from_row(row)
