"""A name in a certificate is one we can read, or it is none: whoever made the certificate wrote what they liked."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from idp.protocol.certificate_subjects import CertificateSubject, is_named_in
from tests.support.certificates import moment, named

_HOST = b"\x82\x11town-hall.example"
_SUBJECTS = [
    CertificateSubject("tls_client_auth_san_dns", "town-hall.example"),
    CertificateSubject("tls_client_auth_san_uri", "https://town-hall.example/"),
    CertificateSubject("tls_client_auth_san_ip", "192.0.2.1"),
    CertificateSubject("tls_client_auth_san_email", "a@town-hall.example"),
]


def _certificate(alternatives: bytes) -> x509.Certificate:
    key, name = ec.generate_private_key(ec.SECP256R1()), named(CN="town-hall")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    extension = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, alternatives)
    dated = builder.serial_number(7).not_valid_before(moment(days=-1)).not_valid_after(moment(days=1))
    return dated.add_extension(extension, critical=False).sign(key, hashes.SHA256())


def _sequence(body: bytes) -> bytes:
    return bytes([0x30, len(body)]) + body


@pytest.mark.parametrize("subject", _SUBJECTS)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xa3\x02\x30\x00", id="an X.400 address"),
        pytest.param(b"\xa5\x02\xa1\x00", id="an EDI party"),
        pytest.param(_HOST + b"\xa3\x02\x30\x00", id="an X.400 address after a good name"),
        pytest.param(b"\xa0\x02\x30\x00", id="another name, empty"),
        pytest.param(b"\x82\x02\xff\xfe", id="a host that is no text"),
        pytest.param(b"\x87\x03\x01\x02\x03", id="an address of three bytes"),
        pytest.param(b"\x88\x01\x80", id="an object identifier without an end"),
        pytest.param(b"\x89\x00", id="a kind there is none of"),
        pytest.param(b"\x82\x7f", id="a name without an end"),
        pytest.param(b"", id="no name"),
    ],
)
def test_what_cannot_be_read_is_no_name(subject: CertificateSubject, body: bytes) -> None:
    assert not is_named_in(_certificate(_sequence(body)), subject)


def test_what_can_be_read_is_one() -> None:
    assert is_named_in(_certificate(_sequence(_HOST)), _SUBJECTS[0])
