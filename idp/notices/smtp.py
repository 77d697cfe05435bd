"""The mail server: one connection a letter, TLS verified, and every header made by the standard library.

Answers become two words only: refused for good, or to be tried again. What the server says is not passed on, because
it likes to repeat the address.
"""

import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Final
from urllib.parse import urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
)

from idp.notices.outbox_email import MailRefused, MailUnavailable
from idp.settings import Settings
from idp.web.checked_sockets import NotConnected, connect_checked
from idp.web.i18n import VIET_NAM
from idp.web.outgoing_addresses import AddressRefused

_SECONDS_A_COMMAND: Final = 10.0
_SECONDS_TO_PART: Final = 1.0
_PERMANENT: Final = 500


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """`scheme` is `smtps` (TLS from the start), `smtp+starttls` (TLS before anything is said) or `smtp` (none)."""

    scheme: str
    host: str
    port: int
    mail_from: str
    sender_name: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(settings: Settings) -> MailServer | None:
    """None where no e-mail is configured."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    parts = urlsplit(settings.smtp_url)
    assert parts.hostname is not None and parts.port is not None  # noqa: PT018 (checked by the settings)
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port,
        mail_from=settings.mail_from,
        sender_name=settings.provider_name_vi,
        user=settings.smtp_user,
        password=None if settings.smtp_password is None else settings.smtp_password.get_secret_value(),
    )


class SmtpTransport:
    """`allow_list`: the `host:port` pairs that may be reached although they are not public."""

    def __init__(
        self, server: MailServer, *, allow_list: Iterable[str], tls_context: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._allow_list = tuple(allow_list)
        self._tls = tls_context or ssl.create_default_context()

    async def send(self, to: str, subject: str, body: str, *, message_id: str, now: float) -> None:
        letter = letter_bytes(self._server, to, subject, body, message_id=message_id, now=now)
        client = await self._connected()
        try:
            await client.sendmail(self._server.mail_from, [to], letter)
            # The letter is taken by now: whatever happens while parting must not send it again.
            with suppress(SMTPException):
                await client.quit(timeout=_SECONDS_TO_PART)
        except SMTPRecipientsRefused as error:
            codes = [recipient.code for recipient in error.recipients]
            raise _refusal(min(codes, default=0)) from None
        except SMTPDataError as error:
            raise _refusal(error.code) from None
        except (SMTPException, OSError):
            raise MailUnavailable("the mail server ended the conversation") from None
        finally:
            client.close()

    async def check(self) -> None:
        """As far as a letter goes before anybody is named: reached, verified, logged in. Raises MailUnavailable."""
        client = await self._connected()
        try:
            with suppress(SMTPException):
                await client.quit(timeout=_SECONDS_TO_PART)
        finally:
            client.close()

    async def _connected(self) -> SMTP:
        """Logged in where credentials are configured: a wrong password is put right by an operator, so it waits."""
        server = self._server
        try:
            connected = await connect_checked(server.host, server.port, allow_list=self._allow_list)
        except (NotConnected, AddressRefused) as error:
            raise MailUnavailable("the mail server was not reached") from error
        # From here on the socket is the client's to close, whatever happens.
        client = SMTP(
            hostname=server.host,
            sock=connected,
            username=server.user,
            password=server.password,
            use_tls=server.scheme == "smtps",
            start_tls=server.scheme == "smtp+starttls",
            tls_context=None if server.scheme == "smtp" else self._tls,
            local_hostname=server.mail_from.rpartition("@")[2],
            timeout=_SECONDS_A_COMMAND,
        )
        try:
            await client.connect()
        except (SMTPException, OSError):
            raise MailUnavailable("the mail server did not take us in") from None
        return client


def letter_bytes(server: MailServer, to: str, subject: str, body: str, *, message_id: str, now: float) -> bytes:
    """The letter as it travels (RFC 5322), marked as sent by a program (RFC 3834 §5).

    Raises ValueError where a header would be split.
    """
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"] = Address(display_name=server.sender_name, addr_spec=server.mail_from)
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = subject
    letter["Date"] = datetime.fromtimestamp(now, VIET_NAM)
    letter["Message-ID"] = f"<{message_id}@{server.mail_from.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(body, charset="utf-8", cte="quoted-printable")
    return letter.as_bytes()


def _refusal(code: int) -> MailRefused | MailUnavailable:
    if code >= _PERMANENT:
        return MailRefused("the mail server refused the letter for good")
    return MailUnavailable("the mail server asks us to come again")
