"""The contract with whoever sends a text to a phone. Does not know what the text says.

Sending is a side effect that leaves the house: callers send from an outbox, after the commit, and repeat
with the same idempotency key when a gateway was unavailable.
"""

from typing import Protocol


class GatewayRefused(Exception):
    """The gateway will never send this message. Holds a status, never a number or a text."""


class GatewayUnavailable(Exception):
    """The gateway did not answer, or asked to come back later: try again with the same idempotency key."""


class SmsGateway(Protocol):
    async def send(self, to: str, text: str, *, idempotency_key: str) -> str:
        """Hand over one message for `to` (E.164); the provider's message id, "" where it gives none.

        Acceptance is not delivery. Raises `GatewayRefused` or `GatewayUnavailable`.
        """
        ...
