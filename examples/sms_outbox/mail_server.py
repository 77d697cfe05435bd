"""A real SMTP server on loopback that keeps what it takes: the provider's letters go through every step of the way."""

import asyncio
import socket
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from aiosmtpd.smtp import SMTP, Envelope, Session

from examples.sms_outbox.messages import Outbox

_LARGEST_LETTER = 64 * 1024


class LetterBox:
    """Takes letters for anybody, as long as they are plain text."""

    def __init__(self, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        letter = message_from_bytes(content if isinstance(content, bytes) else b"", _class=EmailMessage, policy=modern)
        if letter.get_content_type() != "text/plain":
            return "554 plain text only"
        for receiver in envelope.rcpt_tos:
            handed_over = {
                "to": receiver.lower(),
                "subject": str(letter["Subject"]),
                "text": letter.get_content().replace("\r\n", "\n"),
                "idempotency_key": f"{letter['Message-ID']} {receiver.lower()}",
            }
            self._outbox.take(handed_over, now=self._clock())
        return "250 taken"


async def mail_server(outbox: Outbox, listener: socket.socket, *, clock: Callable[[], float]) -> asyncio.Server:
    """Serves on a listening socket until it is closed."""
    loop, box = asyncio.get_running_loop(), LetterBox(outbox, clock)

    def conversation() -> SMTP:
        return SMTP(box, data_size_limit=_LARGEST_LETTER, hostname="sandbox", ident="sandbox", loop=loop)

    return await loop.create_server(conversation, sock=listener)
