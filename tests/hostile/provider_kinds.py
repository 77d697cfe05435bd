"""Every kind that the provider takes, in one list."""

from typing import Final

from tests.hostile.proof_kinds import PROOF_KINDS
from tests.hostile.request_kinds import REQUEST_KINDS

PROVIDER_KINDS: Final = (*REQUEST_KINDS, *PROOF_KINDS)
