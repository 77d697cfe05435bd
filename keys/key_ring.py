"""All keys of the provider, and the moves between their states.

A ring is a value: every move returns a new ring together with the keys that changed, for the caller to
store in one transaction. Per algorithm there is at most one key in use (active) and one that waits (next);
any number of retired keys still verify what they signed, or open what was encrypted for them. Does not know
how long tokens live or where keys are kept.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from keys.algorithms import DecryptionAlgorithm, KeyAlgorithm, SignatureAlgorithm
from keys.decryption_key import DecryptionKey
from keys.held_key import KeyState
from keys.public_key import UnusableKey, VerificationKey, from_jwk
from keys.signer import KeySigner, Signer
from keys.signing_key import SigningKey

OwnKey = SigningKey | DecryptionKey
GenerateKey = Callable[[KeyAlgorithm, int], OwnKey]


class BrokenKeyRing(ValueError):
    """The keys contradict one another: two active or two waiting keys of an algorithm, or one kid twice."""


class NoSuchKey(LookupError):
    """The ring has no key of this kid, or none in the state the move needs."""


class RingChange(NamedTuple):
    """A move's outcome: the new ring, the keys to insert or update, and those to delete."""

    ring: "KeyRing"
    changed: tuple[OwnKey, ...] = ()
    removed: tuple[OwnKey, ...] = ()


def generate_in_software(alg: KeyAlgorithm, now: int) -> OwnKey:
    if isinstance(alg, DecryptionAlgorithm):
        return DecryptionKey.generate(alg, now=now)
    return SigningKey.generate(alg, now=now)


@dataclass(frozen=True)
class KeyRing:
    keys: tuple[OwnKey, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(self.keys))
        if len({key.kid for key in self.keys}) != len(self.keys):
            raise BrokenKeyRing("a kid appears twice")
        singles = [(key.alg, key.state) for key in self.keys if key.state is not KeyState.RETIRED]
        if len(set(singles)) != len(singles):
            raise BrokenKeyRing("an algorithm has two active or two waiting keys")

    def signer(self, alg: SignatureAlgorithm) -> Signer:
        """The signer of the active key; the same object on every call. Raises `NoSuchKey`."""
        try:
            return self._signers[alg]
        except KeyError:
            raise NoSuchKey(f"no active key for {alg}") from None

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The public JWKS (RFC 7517 §5): waiting, active, and retired keys that were not pruned yet; of those that
        decrypt, the active ones."""
        return {"keys": [key.public_jwk() for key in self.keys if key.is_published]}

    def verification_key(self, kid: str) -> VerificationKey:
        """The public key of this kid, imported once; raises `UnusableKey` for one that is not in the ring."""
        try:
            return self._verification_keys[kid]
        except KeyError:
            raise UnusableKey("no key of this kid in the ring") from None

    def decryption_key(self, kid: str) -> DecryptionKey | None:
        """In whatever state: a retired one opens what was encrypted before it was known to be."""
        return self._decryption_keys.get(kid)

    def ensure(
        self, algs: Iterable[KeyAlgorithm], now: int, *, generate: GenerateKey = generate_in_software
    ) -> RingChange:
        """Every algorithm has an active and a waiting key; what is there already stays."""
        changed: list[OwnKey] = []
        for alg in dict.fromkeys(algs):
            if self._find(alg, KeyState.ACTIVE) is None:
                waiting = self._find(alg, KeyState.NEXT) or generate(alg, now)
                changed.append(_activated(waiting, now))
                changed.append(generate(alg, now))
            elif self._find(alg, KeyState.NEXT) is None:
                changed.append(generate(alg, now))
        return RingChange(KeyRing(_merged(self.keys, changed)), tuple(changed))

    def rotate(self, alg: KeyAlgorithm, *, now: int, generate: GenerateKey = generate_in_software) -> RingChange:
        """Planned rotation: next → active, active → retired, and a new next. Raises `NoSuchKey`."""
        active, waiting = self._find(alg, KeyState.ACTIVE), self._find(alg, KeyState.NEXT)
        if active is None or waiting is None:
            raise NoSuchKey(f"{alg} needs an active and a waiting key to rotate")
        changed = (
            replace(active, state=KeyState.RETIRED, retired_at=now),
            _activated(waiting, now),
            generate(alg, now),
        )
        return RingChange(KeyRing(_merged(self.keys, changed)), changed)

    def retire(self, kid: str, *, now: int, generate: GenerateKey = generate_in_software) -> RingChange:
        """This key signs no more; what it signed still verifies. Retiring a retired key changes nothing."""
        key = self._by_kid(kid)
        if key.state is KeyState.RETIRED:
            return RingChange(self)
        if key.state is KeyState.ACTIVE:
            return self.rotate(key.alg, now=now, generate=generate)
        changed = (replace(key, state=KeyState.RETIRED, retired_at=now), generate(key.alg, now))
        return RingChange(KeyRing(_merged(self.keys, changed)), changed)

    def withdraw(self, kid: str, *, now: int, generate: GenerateKey = generate_in_software) -> RingChange:
        """Emergency: this key is no longer trusted. It leaves the ring and the JWKS at once.

        Tokens it signed stop verifying. The waiting key, which relying parties already know, takes over;
        where that one is suspect too, withdraw it first.
        """
        key = self._by_kid(kid)
        rest = KeyRing(tuple(other for other in self.keys if other.kid != kid))
        if key.state is KeyState.RETIRED:
            return RingChange(rest, removed=(key,))
        healed = rest.ensure([key.alg], now, generate=generate)
        return RingChange(healed.ring, healed.changed, (key,))

    def prune(self, now: int, keep_retired_for: int) -> RingChange:
        """Forget keys retired over `keep_retired_for` seconds ago (the life of the longest-lived token)."""
        removed = tuple(
            key for key in self.keys if key.retired_at is not None and key.retired_at + keep_retired_for < now
        )
        return RingChange(KeyRing(tuple(key for key in self.keys if key not in removed)), removed=removed)

    def _find(self, alg: KeyAlgorithm, state: KeyState) -> OwnKey | None:
        return next((key for key in self.keys if key.alg is alg and key.state is state), None)

    def _by_kid(self, kid: str) -> OwnKey:
        for key in self.keys:
            if key.kid == kid:
                return key
        raise NoSuchKey("no key of this kid")

    @cached_property
    def _signers(self) -> dict[SignatureAlgorithm, Signer]:
        active = [key for key in self.keys if key.state is KeyState.ACTIVE]
        return {key.alg: KeySigner(key) for key in active if isinstance(key, SigningKey)}

    @cached_property
    def _verification_keys(self) -> dict[str, VerificationKey]:
        return {key.kid: from_jwk(key.public_jwk()) for key in self.keys if isinstance(key, SigningKey)}

    @cached_property
    def _decryption_keys(self) -> dict[str, DecryptionKey]:
        return {key.kid: key for key in self.keys if isinstance(key, DecryptionKey)}


def _activated(key: OwnKey, now: int) -> OwnKey:
    return replace(key, state=KeyState.ACTIVE, activated_at=now)


def _merged(keys: tuple[OwnKey, ...], changed: Iterable[OwnKey]) -> tuple[OwnKey, ...]:
    """`keys` with the changed ones in their old places and the new ones behind."""
    by_kid = {key.kid: key for key in keys}
    by_kid.update((key.kid, key) for key in changed)
    return tuple(by_kid.values())
