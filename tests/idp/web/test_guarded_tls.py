"""The guarded client over TLS: connecting to a checked address changes nothing about whose name is checked."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.responses import JSONResponse

from idp.web.guarded_http import GuardedHttp, TargetUnavailable
from tests.support.http_server import served


def write_certificate(path: Path, name: str) -> None:
    """A key and a certificate of its own for one host name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "register.pem"
    write_certificate(path, "register.example")
    return path


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[str]:
    with served(JSONResponse({"status": "ok"}), certificate=certificate) as url:
        yield url.rpartition(":")[2]


async def resolver(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def client(host: str, port: str, *, trusting: Path | None) -> GuardedHttp:
    context = ssl.create_default_context(cafile=trusting) if trusting else None
    return GuardedHttp(clock=lambda: 0.0, allow_list=(f"{host}:{port}",), resolver=resolver, ssl_context=context)


async def test_reaches_the_host_whose_certificate_is_trusted(port: str, certificate: Path) -> None:
    http = client("register.example", port, trusting=certificate)

    assert await http.get_json(f"https://register.example:{port}/") == {"status": "ok"}
    await http.aclose()


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        pytest.param("other.example", True, id="certificate of another name"),
        pytest.param("register.example", False, id="certificate nobody vouches for"),
    ],
)
async def test_refuses_a_host_that_does_not_prove_its_name(
    port: str, certificate: Path, host: str, trusted: bool
) -> None:
    http = client(host, port, trusting=certificate if trusted else None)

    with pytest.raises(TargetUnavailable, match="not_reached"):
        await http.get_json(f"https://{host}:{port}/")
    await http.aclose()
