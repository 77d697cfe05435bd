"""The tree hash of RFC 6962 §2.1, leaf by leaf and without keeping the leaves. Knows bytes, not entries."""

import hashlib

HASH_SIZE = 32


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class TreeHash:
    """Takes leaf hashes in order; holds one hash for each complete subtree, never more than 64."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self._subtrees.append(leaf)
        self.size += 1
        # As many merges as the number of leaves has trailing zero bits: equal subtrees become one.
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self._subtrees.pop()
            self._subtrees.append(_node_hash(self._subtrees.pop(), right))

    def root(self) -> bytes:
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        root = self._subtrees[-1]
        for left in reversed(self._subtrees[:-1]):
            root = _node_hash(left, root)
        return root
