"""Certificates of the suite's services, to which their tokens are bound (RFC 8705): made once, signed by themselves."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from examples.runner.private_files import write_private

_FILE = "suite-certificates.json"
_NAMES = ("mtls", "mtls2")


def load_or_make_certificates(var: Path) -> dict[str, dict[str, str]]:
    """By the names that the suite's configuration has for them: `cert` and `key` in PEM."""
    path = var / _FILE
    if not path.exists():
        write_private(path, json.dumps({name: _made(name) for name in _NAMES}))
    made: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return made


def _made(name: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"suite {name}")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return {
        "cert": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    }
