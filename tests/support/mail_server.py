"""A mail server on loopback that takes letters, or answers as it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "motcua", "mat-khau-thu-nghiem"


@dataclass
class PostOffice:
    """`letters` are those taken; `logins` the names that logged in. An answer of None is the usual one."""

    port: int = 0
    answer_to_receiver: str | None = None
    answer_to_letter: str | None = None
    drops_after_letter: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer_to_receiver is not None:
            return self.answer_to_receiver
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer_to_letter is not None:
            return self.answer_to_letter
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=modern))
        return "250 taken"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.drops_after_letter:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "221 bye"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if known:
            self.logins.append(USER)
        return AuthResult(success=known, handled=False)


@asynccontextmanager
async def post_office(*, tls: ssl.SSLContext | None = None, from_the_start: bool = False) -> AsyncIterator[PostOffice]:
    """With `tls`: offered as STARTTLS and then required, or spoken from the start."""
    office, loop = PostOffice(), asyncio.get_running_loop()
    starttls = None if from_the_start else tls
    conversations: list[SMTP] = []

    def conversation() -> SMTP:
        office.connections += 1
        conversations.append(
            SMTP(
                office,
                hostname="post.example",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=office.authenticate,
                auth_require_tls=not from_the_start,
                loop=loop,
            )
        )
        return conversations[-1]

    server = await loop.create_server(conversation, "127.0.0.1", 0, ssl=tls if from_the_start else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        for one in conversations:
            if isinstance(one.transport, asyncio.Transport):
                one.transport.abort()
        # What was aborted is closed at the loop's next turns.
        for _ in range(3):
            await asyncio.sleep(0)


@cache
def certificate(host: str) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.example")])
    alternative: x509.GeneralName = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


def serving_tls(folder: Path, *, host: str = "127.0.0.1") -> ssl.SSLContext:
    path = folder / "post.pem"
    path.write_bytes(b"".join(certificate(host)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting(host: str = "127.0.0.1") -> ssl.SSLContext:
    return ssl.create_default_context(cadata=certificate(host)[0].decode())
