"""Text messages on their way out: the row written with a challenge, and who hands it to the gateway.

Retries and back-off are the outbox's; a decoy has nothing to send, and an expired code is not worth sending.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from idp.storage.database import Insert
from idp.storage.vault import Vault
from mobile_otp.gateways import GatewayRefused, SmsGateway

SMS: Final = "sms"


def sms_message(vault: Vault, *, to: str, text: str, decoy: bool, expires_at: int, now: int) -> Insert:
    """One row, alike for a message and for a decoy: sealed, of the same members and much the same length."""
    id = secrets.token_urlsafe(16)
    payload = {"to": to, "text": text, "decoy": decoy, "expires_at": expires_at}
    return Insert(
        "outbox",
        {
            "id": id,
            "kind": SMS,
            "payload_sealed": vault.seal(json.dumps(payload).encode(), row=f"outbox|payload_sealed|{id}"),
            "created_at": now,
            "next_attempt_at": now,
            "attempts": 0,
        },
    )
