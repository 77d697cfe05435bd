"""Text messages on their way out: the row written with a challenge, and who hands it to the gateway.

Retries and back-off are the outbox's; a decoy has nothing to send, and an expired code is not worth sending.
"""

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any, Final

from idp.settings import Settings
from idp.storage.database import Insert
from idp.storage.outbox import enqueue
from idp.storage.vault import Vault
from idp.web.guarded_http import GuardedHttp
from idp.web.guarded_transport import guarded_client
from mobile_otp.gateways import GatewayRefused, GatewayUnavailable, SmsGateway
from mobile_otp.http_gateway import HttpSmsGateway

SMS: Final = "sms"


def sms_message(
    vault: Vault, *, to: str, text: str, decoy: bool, expires_at: int, now: int, id: str | None = None
) -> Insert:
    """One row, alike for a message and for a decoy: sealed, of the same members and much the same length.

    `id`: of what may be written only once; it is kept as it was written first."""
    payload = {"to": to, "text": text, "decoy": decoy, "expires_at": expires_at}
    row = enqueue(SMS, json.dumps(payload).encode(), id=id or secrets.token_urlsafe(16), now=now, vault=vault)
    return replace(row, on_conflict_do_nothing=id is not None)


@dataclass(frozen=True)
class _Message:
    to: str = field(repr=False)
    text: str = field(repr=False)
    decoy: bool
    expires_at: int

    @classmethod
    def from_payload(cls, payload: bytes) -> "_Message":
        stored: dict[str, Any] = json.loads(payload)
        return cls(stored["to"], stored["text"], stored["decoy"], stored["expires_at"])


class SmsDelivery:
    """Hands due messages to the gateway. `gateway` is None where none is configured: then messages wait."""

    def __init__(self, gateway: SmsGateway | None) -> None:
        self._gateway = gateway

    async def deliver(self, payload: bytes, *, message_id: str, now: float) -> str:
        """What became of the message, in a word: `sent`, `decoy`, `expired`, `refused`.

        Raises GatewayUnavailable, and then the outbox tries again with the same `message_id`.
        """
        message = _Message.from_payload(payload)
        if message.decoy:
            return "decoy"
        if message.expires_at <= now:
            return "expired"
        if self._gateway is None:
            raise GatewayUnavailable("no gateway is configured")
        try:
            await self._gateway.send(message.to, message.text, idempotency_key=message_id)
        except GatewayRefused:
            return "refused"
        return "sent"


def sms_gateway(http: GuardedHttp, settings: Settings) -> SmsGateway | None:
    """The gateway of the settings, reached through the guarded client; None where none is configured."""
    if settings.sms_gateway_url is None or settings.sms_gateway_token is None:
        return None
    return HttpSmsGateway(
        guarded_client(http), settings.sms_gateway_url, credential=settings.sms_gateway_token.get_secret_value()
    )
