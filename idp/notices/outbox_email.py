"""E-mails on their way out: the row written with what it tells of, and who hands it to the mail server.

Plain text only. Retries and back-off are the outbox's; an expired message is not worth sending.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from idp.storage.database import Insert
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault

EMAIL: Final = "email"


class MailRefused(Exception):
    """The mail server refused this message for good: another try would meet the same answer."""


class MailUnavailable(Exception):
    """The mail server was not reached, was too slow, or asks us to come again. Holds no address."""


class MailTransport(Protocol):
    async def send(self, to: str, subject: str, body: str, *, message_id: str, now: float) -> None:
        """Raises MailRefused, MailUnavailable."""


def email_message(vault: Vault, *, to: str, subject: str, body: str, expires_at: int, now: int) -> Insert:
    payload = {"to": to, "subject": subject, "body": body, "expires_at": expires_at}
    return enqueue(EMAIL, json.dumps(payload).encode(), id=secrets.token_urlsafe(16), now=now, vault=vault)


@dataclass(frozen=True)
class _Letter:
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    expires_at: int

    @classmethod
    def from_payload(cls, payload: bytes) -> "_Letter":
        stored: dict[str, Any] = json.loads(payload)
        return cls(stored["to"], stored["subject"], stored["body"], stored["expires_at"])


class EmailDelivery:
    """Hands due e-mails to the mail server. `transport` is None where none is configured: then they wait."""

    def __init__(self, transport: MailTransport | None) -> None:
        self._transport = transport

    async def deliver(self, payload: bytes, *, message_id: str, now: float) -> str:
        """What became of the message, in a word: `sent`, `expired`, `refused`.

        Raises MailUnavailable, and then the outbox tries again with the same `message_id`.
        """
        letter = _Letter.from_payload(payload)
        if letter.expires_at <= now:
            return "expired"
        if self._transport is None:
            raise MailUnavailable("no mail server is configured")
        try:
            await self._transport.send(letter.to, letter.subject, letter.body, message_id=message_id, now=now)
        except MailRefused:
            return "refused"
        return "sent"
