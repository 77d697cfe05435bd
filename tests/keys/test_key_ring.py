import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys.algorithms import SignatureAlgorithm
from keys.held_key import KeyState
from keys.key_ring import BrokenKeyRing, KeyRing, NoSuchKey, OwnKey, RingChange
from keys.public_key import UnusableKey
from keys.signing_key import SigningKey
from keys.verify import InvalidToken, TokenFault, verify

ES256, EDDSA = SignatureAlgorithm.ES256, SignatureAlgorithm.EDDSA
KEEP = 1000


def states(ring: KeyRing, alg: SignatureAlgorithm = ES256) -> list[KeyState]:
    return [key.state for key in ring.keys if key.alg is alg]


def key_in(ring: KeyRing, state: KeyState) -> OwnKey:
    return next(key for key in ring.keys if key.state is state)


def test_ensure_makes_an_active_and_a_waiting_key_for_each_algorithm() -> None:
    change = KeyRing().ensure([ES256, EDDSA, ES256], 5)

    assert states(change.ring) == [KeyState.ACTIVE, KeyState.NEXT]
    assert states(change.ring, EDDSA) == [KeyState.ACTIVE, KeyState.NEXT]
    assert change.changed == change.ring.keys
    assert key_in(change.ring, KeyState.ACTIVE).activated_at == 5


def test_ensure_leaves_a_complete_ring_alone(small_ring: KeyRing) -> None:
    assert small_ring.ensure([ES256], 9) == RingChange(small_ring)


def test_ensure_promotes_a_waiting_key_rather_than_an_unpublished_one() -> None:
    waiting = SigningKey.generate(ES256, now=0)

    ring = KeyRing((waiting,)).ensure([ES256], 9).ring

    assert key_in(ring, KeyState.ACTIVE).kid == waiting.kid


def test_rotation_moves_every_key_one_state_on(small_ring: KeyRing) -> None:
    active, waiting = key_in(small_ring, KeyState.ACTIVE), key_in(small_ring, KeyState.NEXT)

    change = small_ring.rotate(ES256, now=50)

    retired, promoted, new = change.changed
    assert (retired.kid, retired.state, retired.retired_at) == (active.kid, KeyState.RETIRED, 50)
    assert (promoted.kid, promoted.state, promoted.activated_at) == (waiting.kid, KeyState.ACTIVE, 50)
    assert (new.state, new.created_at) == (KeyState.NEXT, 50)
    assert {key.kid for key in change.ring.keys} == {active.kid, waiting.kid, new.kid}
    assert change.ring.signer(ES256).kid == waiting.kid


def test_rotation_leaves_the_old_ring_and_the_other_algorithms_as_they_were() -> None:
    before = KeyRing().ensure([ES256, EDDSA], 0).ring
    keys = before.keys

    after = before.rotate(ES256, now=1).ring

    assert before.keys == keys
    assert [key for key in after.keys if key.alg is EDDSA] == [key for key in keys if key.alg is EDDSA]


def test_rotation_without_a_waiting_key_is_refused(small_ring: KeyRing) -> None:
    with pytest.raises(NoSuchKey):
        KeyRing((key_in(small_ring, KeyState.ACTIVE),)).rotate(ES256, now=1)


def test_retiring_the_active_key_hands_over_to_the_waiting_one(small_ring: KeyRing) -> None:
    active, waiting = key_in(small_ring, KeyState.ACTIVE), key_in(small_ring, KeyState.NEXT)

    ring = small_ring.retire(active.kid, now=3).ring

    assert ring.signer(ES256).kid == waiting.kid
    assert sorted(states(ring)) == [KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED]


def test_retiring_the_waiting_key_replaces_it(small_ring: KeyRing) -> None:
    waiting = key_in(small_ring, KeyState.NEXT)

    ring = small_ring.retire(waiting.kid, now=3).ring

    assert key_in(ring, KeyState.RETIRED).kid == waiting.kid
    assert ring.signer(ES256).kid == small_ring.signer(ES256).kid
    assert sorted(states(ring)) == [KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED]


def test_retiring_twice_changes_nothing(small_ring: KeyRing) -> None:
    ring = small_ring.retire(key_in(small_ring, KeyState.ACTIVE).kid, now=3).ring

    assert ring.retire(key_in(ring, KeyState.RETIRED).kid, now=4) == RingChange(ring)


def test_a_withdrawn_key_is_gone_at_once_and_its_tokens_with_it(small_ring: KeyRing) -> None:
    token = small_ring.signer(ES256).sign("JWT", {})
    active, waiting = key_in(small_ring, KeyState.ACTIVE), key_in(small_ring, KeyState.NEXT)

    change = small_ring.withdraw(active.kid, now=3)

    assert change.removed == (active,)
    assert change.ring.signer(ES256).kid == waiting.kid
    assert sorted(states(change.ring)) == [KeyState.ACTIVE, KeyState.NEXT]
    assert active.kid not in json.dumps(change.ring.jwks())
    with pytest.raises(InvalidToken) as caught:
        verify(token, change.ring, typ="JWT", algorithms=[ES256])
    assert caught.value.reason is TokenFault.UNKNOWN_KEY


def test_after_withdrawing_both_keys_a_fresh_one_signs(small_ring: KeyRing) -> None:
    suspect = {key.kid for key in small_ring.keys}

    ring = small_ring
    for kid in (key_in(small_ring, KeyState.NEXT).kid, key_in(small_ring, KeyState.ACTIVE).kid):
        ring = ring.withdraw(kid, now=3).ring

    assert suspect.isdisjoint(key.kid for key in ring.keys)
    assert sorted(states(ring)) == [KeyState.ACTIVE, KeyState.NEXT]


def test_withdrawing_a_retired_key_touches_nothing_else(small_ring: KeyRing) -> None:
    rotated = small_ring.rotate(ES256, now=3).ring
    retired = key_in(rotated, KeyState.RETIRED)

    change = rotated.withdraw(retired.kid, now=4)

    assert change.changed == ()
    assert change.removed == (retired,)
    assert change.ring.keys == tuple(key for key in rotated.keys if key is not retired)


@pytest.mark.parametrize("move", ["retire", "withdraw"])
def test_an_unknown_kid_is_refused(small_ring: KeyRing, move: str) -> None:
    with pytest.raises(NoSuchKey):
        getattr(small_ring, move)("unknown", now=1)


@pytest.mark.parametrize(("now", "kept"), [(50 + KEEP, True), (51 + KEEP, False)])
def test_a_retired_key_is_kept_for_exactly_its_time(small_ring: KeyRing, now: int, kept: bool) -> None:
    rotated = small_ring.rotate(ES256, now=50).ring
    retired = key_in(rotated, KeyState.RETIRED)

    change = rotated.prune(now, KEEP)

    assert (retired in change.ring.keys) is kept
    assert change.removed == (() if kept else (retired,))


def test_contradicting_keys_make_no_ring(small_ring: KeyRing) -> None:
    active, waiting = key_in(small_ring, KeyState.ACTIVE), key_in(small_ring, KeyState.NEXT)

    for keys in (
        (active, replace(waiting, state=KeyState.ACTIVE)),
        (waiting, replace(active, state=KeyState.NEXT)),
        (active, replace(active, state=KeyState.RETIRED)),
    ):
        with pytest.raises(BrokenKeyRing):
            KeyRing(keys)


def test_the_ring_knows_no_verification_key_it_does_not_hold(small_ring: KeyRing) -> None:
    with pytest.raises(UnusableKey):
        small_ring.verification_key("unknown")


@dataclass
class History:
    """A ring through a life of moves, with a token from every moment of it."""

    ring: KeyRing
    now: int = 0
    tokens: list[tuple[str, str]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)

    def sign(self) -> None:
        signer = self.ring.signer(EDDSA)
        self.tokens.append((signer.kid, signer.sign("JWT", {"at": self.now})))

    def move(self, name: str, pick: int) -> None:
        kid = self.ring.keys[pick % len(self.ring.keys)].kid
        if name == "rotate":
            self.ring = self.ring.rotate(EDDSA, now=self.now).ring
        elif name == "retire":
            self.ring = self.ring.retire(kid, now=self.now).ring
        elif name == "withdraw":
            self.ring = self.ring.withdraw(kid, now=self.now).ring
            self.withdrawn.add(kid)
        else:
            self.ring = self.ring.prune(self.now, KEEP).ring


MOVES = st.lists(
    st.tuples(st.sampled_from(["rotate", "retire", "withdraw", "prune"]), st.integers(0, 9), st.integers(0, KEEP)),
    max_size=12,
)


@given(MOVES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_one_key_signs_and_tokens_live_until_their_key_is_pruned_or_withdrawn(
    moves: list[tuple[str, int, int]],
) -> None:
    history = History(KeyRing().ensure([EDDSA], 0).ring)
    history.sign()
    retired_at: dict[str, int] = {}

    for name, pick, seconds in moves:
        history.now += seconds
        history.move(name, pick)
        history.sign()
        retired_at |= {key.kid: key.retired_at for key in history.ring.keys if key.retired_at is not None}

        assert states(history.ring, EDDSA).count(KeyState.ACTIVE) == 1
        assert states(history.ring, EDDSA).count(KeyState.NEXT) == 1
        assert all(set(jwk) == {"kty", "crv", "x", "kid", "use", "alg"} for jwk in history.ring.jwks()["keys"])

    for kid, token in history.tokens:
        expired = kid in retired_at and retired_at[kid] + KEEP < history.now
        if kid in history.withdrawn:
            with pytest.raises(InvalidToken):
                verify(token, history.ring, typ="JWT", algorithms=[EDDSA])
        elif not expired:
            verify(token, history.ring, typ="JWT", algorithms=[EDDSA])
            verify(token, history.ring.jwks(), typ="JWT", algorithms=[EDDSA])
