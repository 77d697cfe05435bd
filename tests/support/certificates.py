"""Certificates of services, made in the test: by an authority or by themselves, for any name and any time."""

import base64
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from tests.support.sources import NOW

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def escaped(self) -> str:
        """As nginx writes `$ssl_client_escaped_cert`."""
        return quote(self.pem.decode(), safe="")

    @property
    def structured(self) -> str:
        """As RFC 9440 writes it."""
        return f":{base64.b64encode(self.der).decode()}:"

    def jwk(self, *, of: "Held | None" = None) -> dict[str, object]:
        """The public key, with its certificate in `x5c`; `of` lists it beside another's key."""
        pem = (of or self).key_pem
        return {
            **ECKey.import_key(pem, {"kid": "of-the-certificate"}).as_dict(private=False),
            "x5c": [base64.b64encode(self.der).decode()],
        }


@dataclass(frozen=True)
class Authority:
    held: Held

    def issue(
        self,
        name: x509.Name,
        *,
        names: Sequence[x509.GeneralName] = (),
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Held:
        return _made(name, self.held, names=names, start=start, end=end)


@functools.cache
def authority(name: str = "Services CA") -> Authority:
    return Authority(_made(named(CN=name), None, is_authority=True))


def self_signed(name: x509.Name) -> Held:
    return _made(name, None)


_OIDS = {
    "CN": x509.NameOID.COMMON_NAME,
    "O": x509.NameOID.ORGANIZATION_NAME,
    "OU": x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": x509.NameOID.COUNTRY_NAME,
}


def named(**attributes: str) -> x509.Name:
    """In the order of the certificate: the country first, as most do."""
    return x509.Name([x509.NameAttribute(_OIDS[name], value) for name, value in attributes.items()])


def moment(*, days: float) -> datetime:
    """Before or after the moment at which the tests' clock stands."""
    return datetime.fromtimestamp(NOW, UTC) + days * _DAY


def _made(
    name: x509.Name,
    issuer: Held | None,
    *,
    names: Sequence[x509.GeneralName] = (),
    start: datetime | None = None,
    end: datetime | None = None,
    is_authority: bool = False,
) -> Held:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Valid by the tests' clock, and by that of whoever else looks at it.
        .not_valid_before(start or min(moment(days=-1), datetime.now(UTC) - _DAY))
        .not_valid_after(end or max(moment(days=1), datetime.now(UTC) + _DAY))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Held(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)
