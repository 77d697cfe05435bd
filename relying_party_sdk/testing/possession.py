"""Proof of possession (RFC 9449) as the fake provider checks it, with or without nonces of its own."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from relying_party_sdk.claims import number
from relying_party_sdk.compact import CompactRefused, parse_object, split_compact
from relying_party_sdk.dpop import ALGORITHM
from relying_party_sdk.signing import encoded


class ProofRefused(Exception):
    """`error` is the code of RFC 9449 §5 or §8."""

    def __init__(self, error: str = "invalid_dpop_proof") -> None:
        self.error = error
        super().__init__(error)


class Possession:
    """`nonce` is wanted in every proof while it is set, and changes with every good one."""

    def __init__(self, clock: Callable[[], int], *, nonces: bool) -> None:
        self._clock = clock
        self.nonce = secrets.token_urlsafe(12) if nonces else None
        self._used: set[str] = set()

    @property
    def headers(self) -> dict[str, str]:
        """What every answer carries."""
        return {"DPoP-Nonce": self.nonce} if self.nonce else {}

    def thumbprint(self, request: httpx2.Request, *, access_token: str | None = None) -> str | None:
        """Of the key a request was proved with, `None` without a proof; raises `ProofRefused`."""
        raw = request.headers.get("dpop")
        if raw is None:
            return None
        try:
            header, payload, signature = split_compact(raw)
            head, claims = parse_object(header, "header"), parse_object(payload, "claims")
            key = ECKey.import_key(json.loads(json.dumps(head["jwk"])))
            signed = raw.rpartition(".")[0].encode()
            if not JWSRegistry.algorithms[ALGORITHM].verify(signed, signature, key):
                raise ProofRefused
        except (CompactRefused, JoseError, KeyError, ValueError, TypeError) as error:
            raise ProofRefused from error
        wanted = encoded(hashlib.sha256(access_token.encode()).digest()) if access_token else None
        address = str(request.url.copy_with(query=None, fragment=None))
        said = (head.get("typ"), claims.get("htm"), claims.get("htu"), claims.get("ath"))
        if said != ("dpop+jwt", request.method, address, wanted) or key.is_private:
            raise ProofRefused
        jti, made_at = str(claims.get("jti")), number(claims, "iat") or 0
        if abs(self._clock() - made_at) > 60 or jti in self._used:
            raise ProofRefused
        if self.nonce is not None and claims.get("nonce") != self.nonce:
            raise ProofRefused("use_dpop_nonce")
        self._used.add(jti)
        self.nonce = secrets.token_urlsafe(12) if self.nonce else None
        return key.thumbprint()
