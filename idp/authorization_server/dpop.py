"""Proof of possession (RFC 9449): the caller holds a key, and a token bound to it is worth nothing without it.

Pure but for the row that remembers a proof as used; where that row is written, a second use meets its key.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from idp.authorization_server.sender_constraint import SenderConstraint
from idp.errors import OAuthError
from idp.protocol.encryption import verifies
from idp.protocol.metadata_types import key_fault
from idp.storage.database import Database, Insert
from idp.storage.vault import token_hash
from idp.web.strict_json import parse_json
from keys.algorithms import SignatureAlgorithm
from keys.public_key import UnusableKey, from_jwk

# By the names a proof may use; RFC 9864 calls EdDSA on this curve Ed25519.
ALGORITHMS: Final = {
    "ES256": SignatureAlgorithm.ES256,
    "PS256": SignatureAlgorithm.PS256,
    "EdDSA": SignatureAlgorithm.EDDSA,
    "Ed25519": SignatureAlgorithm.EDDSA,
}
OLDEST_SECONDS: Final = 60
CLOCK_TOLERANCE_SECONDS: Final = 10
_LONGEST_CHARACTERS: Final = 8_192
_KIND: Final = "dpop_proof"
_FORBIDDEN_HEADERS: Final = frozenset({"jku", "x5u", "x5c", "crit", "zip", "b64"})
_REQUIRED: Final = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class InvalidDpopProof(OAuthError):
    """RFC 9449 §5."""

    error = "invalid_dpop_proof"


class ProofReplayed(InvalidDpopProof):
    """It was there before: the request gains nothing, and there is nothing left to use up."""


@dataclass(frozen=True)
class Proof:
    """`jkt` is the thumbprint of the key (RFC 7638); `expires_at` is when the proof is too old anyway.

    Whether `nonce` is one of ours is for `dpop_nonce` to say.
    """

    jkt: str
    jti: str
    expires_at: int
    nonce: str | None = None

    @property
    def sender(self) -> SenderConstraint:
        return SenderConstraint.of_key(self.jkt)

    def remembered(self) -> Insert:
        return Insert(
            "short_lived",
            {
                "key_hash": self._key_hash(),
                "kind": _KIND,
                "grant_id": None,
                "payload": b"",
                "version": 0,
                "expires_at": self.expires_at,
                "consumed_at": None,
            },
        )

    async def is_used(self, database: Database) -> bool:
        found = await database.fetch_row("SELECT kind FROM short_lived WHERE key_hash = $1", self._key_hash())
        return found is not None

    def _key_hash(self) -> bytes:
        return token_hash(_KIND, f"{self.jkt}\x00{self.jti}")


def jkt_of(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def read_proof(
    headers: Sequence[str], *, method: str, url: str, now: int, access_token: str | None = None
) -> Proof | None:
    """The proof of a request, None where it brings none. Raises InvalidDpopProof.

    With `access_token`, the proof must have been made for that very token (§4.3 rule 12).
    """
    if not headers:
        return None
    if len(headers) > 1:
        raise InvalidDpopProof("send one DPoP proof")
    header, claims = _verified(headers[0])
    shown = _Shown(claims, method, url, access_token, now)
    for rule in PROOF_RULES:
        rule(shown)
    expires_at = int(claims["iat"]) + OLDEST_SECONDS + CLOCK_TOLERANCE_SECONDS
    return Proof(_thumbprint(header["jwk"]), claims["jti"], expires_at, claims.get("nonce"))


@dataclass(frozen=True)
class _Shown:
    claims: Mapping[str, Any]
    method: str
    url: str
    access_token: str | None
    now: int


def check_method_and_address(shown: _Shown) -> None:
    """Made for this request (§4.3 rules 8 and 9); query and fragment do not count, nor how a host is spelled."""
    if shown.claims.get("htm") != shown.method:
        raise InvalidDpopProof("htm is another method")
    htu = shown.claims.get("htu")
    if not isinstance(htu, str) or _address(htu) != _address(shown.url):
        raise InvalidDpopProof("htu is another address")


def check_age(shown: _Shown) -> None:
    """Made just now (§11.1)."""
    made_at = shown.claims.get("iat")
    if isinstance(made_at, bool) or not isinstance(made_at, int | float):
        raise InvalidDpopProof("iat is missing")
    if not shown.now - OLDEST_SECONDS <= made_at <= shown.now + CLOCK_TOLERANCE_SECONDS:
        raise InvalidDpopProof("iat is not now")


def check_jti(shown: _Shown) -> None:
    """A name of its own, so that it can be remembered (§11.1)."""
    jti = shown.claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 256 or not jti.isprintable():
        raise InvalidDpopProof("jti is missing")


def check_nonce_is_text(shown: _Shown) -> None:
    """Of what a nonce may consist (§8.1)."""
    nonce = shown.claims.get("nonce", "none")
    if not isinstance(nonce, str) or not 1 <= len(nonce) <= 256 or not (nonce.isascii() and nonce.isprintable()):
        raise InvalidDpopProof("nonce is no nonce")


def check_access_token_hash(shown: _Shown) -> None:
    """Beside a token, a proof names it (§4.3 rule 12)."""
    if shown.access_token is None:
        return
    digest = hashlib.sha256(shown.access_token.encode()).digest()
    if shown.claims.get("ath") != jkt_of(digest):
        raise InvalidDpopProof("ath is not the hash of the access token")


PROOF_RULES: tuple[Callable[[_Shown], None], ...] = (
    check_method_and_address,
    check_age,
    check_jti,
    check_nonce_is_text,
    check_access_token_hash,
)


def _verified(unverified: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims; the key in the header proves itself and nothing else (§4.3 rules 2 to 7)."""
    if len(unverified) > _LONGEST_CHARACTERS or unverified.count(".") != 2:
        raise InvalidDpopProof("the DPoP proof is not a compact JWS")
    signed, _, signature = unverified.rpartition(".")
    try:
        header, claims = (_json_object(part) for part in signed.split("."))
        algorithm = ALGORITHMS.get(str(header.get("alg")))
        if str(header.get("typ")).lower() != "dpop+jwt" or algorithm is None:
            raise InvalidDpopProof("typ or alg of the DPoP proof is not accepted")
        if _FORBIDDEN_HEADERS & set(header) or not _is_for_signatures(header.get("jwk")):
            raise InvalidDpopProof("the header of the DPoP proof is not accepted")
        key = from_jwk({**header["jwk"], "kid": "of the proof", "alg": algorithm.value, "use": "sig"})
        genuine = key.verify(_decoded(signature), signed.encode("ascii"))
    except (UnusableKey, ValueError) as error:
        raise InvalidDpopProof("the DPoP proof cannot be verified") from error
    if not genuine:
        raise InvalidDpopProof("the DPoP proof cannot be verified")
    return header, claims


def _is_for_signatures(jwk: object) -> bool:
    return isinstance(jwk, Mapping) and key_fault(jwk) is None and verifies(jwk)


def _thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: of the members a key of this type must have, in order, without spaces."""
    required = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    return jkt_of(hashlib.sha256(json.dumps(required, separators=(",", ":")).encode()).digest())


def _json_object(encoded: str) -> Mapping[str, Any]:
    parsed = parse_json(_decoded(encoded))
    if not isinstance(parsed, dict):
        raise ValueError("not an object")
    return parsed


def _decoded(encoded: str) -> bytes:
    """One encoding per value: base64url, no padding, no stray bits. Raises ValueError."""
    data = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    if jkt_of(data) != encoded:
        raise ValueError("not base64url")
    return data


def _address(url: str) -> tuple[str, str, int, str] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    if parts.username is not None or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"
