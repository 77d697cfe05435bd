"""The messages and letters, newest first, in bounded memory; one for each idempotency key."""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from examples.pages import BadRequest

LONGEST_TEXT = 1600
FIELDS = ("to", "text", "idempotency_key")


@dataclass(frozen=True, kw_only=True)
class Message:
    id: str
    to: str
    text: str
    sent_at: datetime
    subject: str | None = None
    """Of a letter; an SMS has none."""

    @property
    def is_letter(self) -> bool:
        return self.subject is not None

    @property
    def paragraphs(self) -> list[str]:
        return [paragraph for paragraph in self.text.split("\n\n") if paragraph.strip()]

    @property
    def code(self) -> str | None:
        """The one-time code in the text, if it holds one."""
        found = None if self.is_letter else re.search(r"(?<!\d)\d{6}(?!\d)", self.text)
        return found.group() if found else None

    def to_json(self) -> dict[str, str | None]:
        sent_at = self.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self.is_letter:
            return {"to": self.to, "subject": self.subject, "text": self.text, "sent_at": sent_at}
        return {"to": self.to, "text": self.text, "code": self.code, "sent_at": sent_at}


class Outbox:
    def __init__(self, *, capacity: int = 500) -> None:
        self._capacity = capacity
        self._messages: OrderedDict[str, Message] = OrderedDict()

    def take(self, handed_over: Mapping[str, str], *, now: float) -> Message:
        """Keep a message; a second one with the same idempotency key is the first one again."""
        key = handed_over["idempotency_key"]
        known = self._messages.get(key)
        if known is not None:
            return known
        message = Message(
            id=key,
            to=handed_over["to"],
            text=handed_over["text"],
            sent_at=datetime.fromtimestamp(now, tz=UTC),
            subject=handed_over.get("subject"),
        )
        self._messages[key] = message
        while len(self._messages) > self._capacity:
            self._messages.popitem(last=False)
        return message

    def newest_first(self, to: str | None = None) -> list[Message]:
        return [message for message in reversed(self._messages.values()) if to in (None, message.to)]


def parse_message(body: bytes) -> Mapping[str, str]:
    """What the gateway was handed. Raises BadRequest, which never repeats what was sent."""
    try:
        handed_over: Any = json.loads(body)
    except ValueError as error:
        raise BadRequest("the body must be JSON") from error
    if not isinstance(handed_over, dict) or any(not isinstance(handed_over.get(name), str) for name in FIELDS):
        raise BadRequest("the body must hold to, text and idempotency_key")
    if not re.fullmatch(r"\+[1-9]\d{6,14}", handed_over["to"]):
        raise BadRequest("to must be a number in E.164")
    if not 1 <= len(handed_over["text"]) <= LONGEST_TEXT or not 1 <= len(handed_over["idempotency_key"]) <= 128:
        raise BadRequest("text or idempotency_key is empty or too long")
    return {name: handed_over[name] for name in FIELDS}


def parse_receiver(value: str | None) -> str | None:
    """The mailbox or the number to filter by, as people type it into an address: a plus may have become a space."""
    if value and "@" in value:
        return value.strip().lower()
    digits = re.sub(r"[^\d+]", "", value or "")
    if not digits:
        return None
    if digits.startswith("0"):
        return "+84" + digits[1:]
    return digits if digits.startswith("+") else "+" + digits
