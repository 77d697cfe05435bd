"""A client certificate that a reverse proxy took off a TLS connection and wrote into headers. Knows no client.

A header is only what somebody wrote. It is believed from a proxy that proves itself twice: by the address of the
connection it comes from, and by a secret that it shares with us. Everything else is a forgery or a mistake of
configuration, and worth the same.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import unquote_to_bytes

# The extension of an ASGI scope that names the other end of the connection.
PEER: Final = "motcua.peer"
SECRET_HEADER: Final = "x-client-cert-secret"
VERIFIED_HEADER: Final = "x-client-cert-verify"
_VERIFIED: Final = "SUCCESS"
# Large enough for RSA 4096 with many names; a chain does not belong here.
_LONGEST_CHARACTERS: Final = 16_384
_LARGEST_BYTES: Final = 8_192
_PEM_BEGIN, _PEM_END = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"


class CertificateFormat(StrEnum):
    """How the proxy writes it: nginx's `$ssl_client_escaped_cert`, or the structured field of RFC 9440."""

    NGINX = "nginx"
    RFC9440 = "rfc9440"

    @property
    def header(self) -> str:
        return "x-client-cert" if self is CertificateFormat.NGINX else "client-cert"


class NotBelieved(Exception):
    """There is a header, and it proves nothing. `reason` is a word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Forwarded:
    """`is_verified`: the proxy found a chain to an authority that it trusts. Nobody parsed the DER yet."""

    der: bytes = field(repr=False)
    is_verified: bool


def peer_of(scope: Mapping[str, Any]) -> str:
    """Whose connection it is. `client` may be somebody that a proxy spoke of (`X-Forwarded-For`)."""
    told = scope.get("extensions") or {}
    if PEER in told:
        return str(told[PEER]["host"])
    client = scope.get("client")
    return client[0] if client else ""


def is_among(peer: str, proxies: Iterable[str]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in _network(proxy) for proxy in proxies)


def read_forwarded(
    headers: Iterable[tuple[bytes, bytes]],
    *,
    peer: str,
    proxies: Iterable[str],
    secret: str,
    written_as: CertificateFormat,
) -> Forwarded | None:
    """None where the connection showed no certificate. Raises NotBelieved."""
    found: dict[str, list[str]] = {written_as.header: [], SECRET_HEADER: [], VERIFIED_HEADER: []}
    for name, value in headers:
        known = found.get(name.decode("latin-1"))
        if known is not None:
            known.append(value.decode("latin-1"))
    certificates = found[written_as.header]
    if not any(certificates):
        return None
    if not is_among(peer, proxies):
        raise NotBelieved("not_from_the_proxy")
    if len(found[SECRET_HEADER]) != 1 or not _is_same(found[SECRET_HEADER][0], secret):
        raise NotBelieved("not_the_proxy_secret")
    if len(certificates) != 1 or len(found[VERIFIED_HEADER]) > 1:
        # The proxy let the client's own header through beside its own.
        raise NotBelieved("twice")
    read = _from_nginx if written_as is CertificateFormat.NGINX else _from_structured_field
    try:
        der = read(certificates[0])
    except ValueError as error:
        raise NotBelieved("unreadable") from error
    return Forwarded(der=der, is_verified=found[VERIFIED_HEADER] == [_VERIFIED])


def _is_same(told: str, secret: str) -> bool:
    """Of hashes: what is compared says neither the secret's length nor where a guess went wrong."""
    told_hash, secret_hash = (hashlib.sha256(value.encode("utf-8")).digest() for value in (told, secret))
    return hmac.compare_digest(told_hash, secret_hash)


def _from_nginx(value: str) -> bytes:
    """One PEM block, percent-encoded; ends with the line that ends it. Raises ValueError."""
    if len(value) > _LONGEST_CHARACTERS or not value.isascii():
        raise ValueError("not one certificate")
    pem = unquote_to_bytes(value)
    if not pem.startswith(_PEM_BEGIN) or not pem.endswith(_PEM_END):
        raise ValueError("not one certificate")
    return _decoded(pem[len(_PEM_BEGIN) : -len(_PEM_END)].replace(b"\n", b""))


def _from_structured_field(value: str) -> bytes:
    """A byte sequence of RFC 8941 §3.3.5, without parameters (RFC 9440 §2.2). Raises ValueError."""
    if not 2 < len(value) <= _LONGEST_CHARACTERS or not value.startswith(":") or not value.endswith(":"):
        raise ValueError("not one certificate")
    return _decoded(value[1:-1].encode("latin-1"))


def _decoded(encoded: bytes) -> bytes:
    try:
        der = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not der or len(der) > _LARGEST_BYTES or base64.b64encode(der) != encoded:
        raise ValueError("not base64")
    return der


@cache
def _network(proxy: str) -> IPv4Network | IPv6Network:
    """Configuration, checked at the start; a handful for the life of a worker."""
    return ip_network(proxy)
