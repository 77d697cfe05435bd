"""Nonces that we give for DPoP proofs (RFC 9449 §8, §9): a proof that carries one was not made in advance.

Stateless: a nonce is a keyed hash of the window of time in which it was given, the same on every worker; those of this
window and of the one before it are ours. So one lives for two to four minutes and costs no row. Which of the two
endpoints gave it does not matter, nor to whom: it says when, and nothing else.
"""

import base64
import hmac
from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from idp.authorization_server.dpop import Proof
from idp.errors import OAuthError
from idp.services import Services
from idp.storage.vault import Vault, token_hash

WINDOW_SECONDS: Final = 120
HEADER: Final = "dpop-nonce"
_PURPOSE: Final = "dpop nonces"
_BYTES: Final = 18


class UseDpopNonce(OAuthError):
    """Come back with the nonce that this answer brings. Part of the protocol, and no event: nothing happened."""

    error = "use_dpop_nonce"

    def __init__(self, fresh: str) -> None:
        super().__init__("the DPoP proof needs the nonce of this answer")
        self.fresh = fresh


def fresh_nonce(vault: Vault, *, now: int) -> str:
    return _nonce(vault.derive(_PURPOSE), _window(now))


def check_nonce(vault: Vault, proof: Proof, *, required: bool, now: int) -> None:
    """Whoever must bring one does, and whoever brings one brings one of ours. Raises UseDpopNonce."""
    if proof.nonce is None and not required:
        return
    if proof.nonce is None or not _is_among(proof.nonce, _ours(vault, now)):
        raise UseDpopNonce(fresh_nonce(vault, now=now))


async def check_nonce_at_resource(services: Services, access_token: str, proof: Proof, *, now: int) -> None:
    """The same beside an access token: who must bring a nonce is told by the token's client. Raises UseDpopNonce.

    Looked up before the token is used, so that no claims are noted as given that were not; only for who brings none,
    and only where some service must.
    """
    required = False
    if proof.nonce is None and services.configuration.may_ask_for_nonces:
        row = await services.database.fetch_row(
            "SELECT g.client_id FROM short_lived t JOIN authorization_grant g ON g.id = t.grant_id "
            "WHERE t.key_hash = $1 AND t.kind = 'access_token'",
            token_hash("access_token", access_token),
        )
        client = await services.configuration.client(str(row["client_id"])) if row else None
        required = client is not None and client.dpop_nonce_required
    check_nonce(services.vault, proof, required=required, now=now)


def renew_nonce(response: Response, vault: Vault, proof: Proof | None, *, now: int) -> None:
    """The next nonce, to who used one that ends with this window: nobody who keeps asking is ever sent back (§8.2)."""
    if proof is None or proof.nonce is None:
        return
    fresh = fresh_nonce(vault, now=now)
    if proof.nonce != fresh:
        response.headers[HEADER] = fresh


def _ours(vault: Vault, now: int) -> Iterable[str]:
    """Under every master key: a rotation sends nobody back either."""
    for key in vault.derive_all(_PURPOSE):
        for window in (_window(now), _window(now) - 1):
            yield _nonce(key, window)


def _is_among(nonce: str, ours: Iterable[str]) -> bool:
    return any(hmac.compare_digest(nonce.encode(), own.encode()) for own in ours)


def _window(now: int) -> int:
    return now // WINDOW_SECONDS


def _nonce(key: bytes, window: int) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, str(window).encode(), "sha256")[:_BYTES]).decode()
