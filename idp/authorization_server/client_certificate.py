"""Mutual TLS (RFC 8705): which certificate a request came with, and whether it is the one its client registered.

TLS ends at a reverse proxy; `idp.web.forwarded_certificate` tells when that is believed. Chains are the proxy's
business: it says whether it found one. Dates are ours, and so is everything about the client.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import Key, KeySet, OctKey
from starlette.requests import Request

from idp.authorization_server.sender_constraint import SenderConstraint
from idp.errors import InvalidClient
from idp.protocol.certificate_subjects import is_named_in
from idp.protocol.client import Client
from idp.settings import ClientCertificates, Settings
from idp.web.forwarded_certificate import CertificateFormat, NotBelieved, peer_of, read_forwarded


@dataclass(frozen=True)
class ClientCertificate:
    """Of the connection a request came over: whoever sent it holds the certificate's key."""

    certificate: x509.Certificate
    der: bytes
    is_verified: bool

    @property
    def sender(self) -> SenderConstraint:
        return SenderConstraint.of_certificate(self.der)


@dataclass(frozen=True)
class Disbelieved:
    """A header that proves nothing: a forgery, a proxy that is not set up, a certificate out of its dates."""

    reason: str


class UnknownCertificate(InvalidClient):
    """None of those we know its client by; one that publishes them may have newer ones."""


def presented_certificate(settings: Settings, request: Request, *, now: int) -> ClientCertificate | Disbelieved | None:
    """None where there is none, and where certificates are off: then the headers mean nothing."""
    if settings.client_certificates is ClientCertificates.OFF or settings.client_certificate_secret is None:
        return None
    try:
        return _presented(settings, settings.client_certificate_secret.get_secret_value(), request, now=now)
    except NotBelieved as error:
        return Disbelieved(error.reason)


def _presented(settings: Settings, secret: str, request: Request, *, now: int) -> ClientCertificate | None:
    """Raises NotBelieved."""
    forwarded = read_forwarded(
        request.scope["headers"],
        peer=peer_of(request.scope),
        proxies=settings.trusted_proxies,
        secret=secret,
        written_as=CertificateFormat(settings.client_certificates.value),
    )
    if forwarded is None:
        return None
    try:
        certificate = x509.load_der_x509_certificate(forwarded.der)
        check_dates(certificate, now)
    except ValueError as error:
        raise NotBelieved("not_a_certificate") from error
    return ClientCertificate(certificate, forwarded.der, forwarded.is_verified)


def check_dates(certificate: x509.Certificate, now: int) -> None:
    """Raises NotBelieved. The proxy looks as well; one that was told not to would let an old key in."""
    moment = datetime.fromtimestamp(now, UTC)
    if moment < certificate.not_valid_before_utc:
        raise NotBelieved("not_valid_yet")
    if moment > certificate.not_valid_after_utc:
        raise NotBelieved("expired")


def check_registered_names(client: Client, presented: ClientCertificate, keys: KeySet | None) -> None:
    """tls_client_auth (§2.1): by an authority that the proxy trusts, to the name that is registered."""
    if not presented.is_verified:
        raise InvalidClient("client authentication failed", private_detail="certificate_chain")
    if client.certificate_subject is None or not is_named_in(presented.certificate, client.certificate_subject):
        raise InvalidClient("client authentication failed", private_detail="certificate_subject")


def check_registered_certificate(client: Client, presented: ClientCertificate, keys: KeySet | None) -> None:
    """self_signed_tls_client_auth (§2.2): the very certificate that is among the client's keys."""
    if keys is None:
        raise InvalidClient("client authentication failed", private_detail="client_keys")
    encoded = base64.b64encode(presented.der).decode()
    for key in keys.keys:
        chain = key.as_dict(private=False).get("x5c")
        if isinstance(chain, list) and chain[:1] == [encoded] and _is_key_of(presented, key):
            return
    raise UnknownCertificate("client authentication failed", private_detail="certificate_unknown")


CERTIFICATE_CHECKS: Final[Mapping[str, Callable[[Client, ClientCertificate, KeySet | None], None]]] = {
    "tls_client_auth": check_registered_names,
    "self_signed_tls_client_auth": check_registered_certificate,
}


def _is_key_of(presented: ClientCertificate, key: Key) -> bool:
    """The key that lists a certificate is that certificate's own (RFC 7517 §4.7)."""
    if isinstance(key, OctKey):
        return False
    own = presented.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return own == key.as_pem(private=False)
