"""Rings of real keys. RSA keys are slow to make, so one ring serves every test: rings are values."""

import pytest

from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing

NOW = 1_800_000_000


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    """An active and a waiting key for every algorithm."""
    return KeyRing().ensure(list(SignatureAlgorithm), NOW).ring


@pytest.fixture(scope="session")
def small_ring() -> KeyRing:
    return KeyRing().ensure([SignatureAlgorithm.ES256], NOW).ring
