"""A provider for a service's own tests: real tokens, real checks, no network. Not for production."""

from relying_party_sdk.identity import Identity
from relying_party_sdk.testing.fake_provider import FakeProvider
from relying_party_sdk.testing.faults import Fault

__all__ = ["FakeProvider", "Fault", "Identity"]
