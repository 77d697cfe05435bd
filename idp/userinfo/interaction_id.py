"""`x-fapi-interaction-id`: names one request in the logs of both sides (FAPI 1.0 Baseline 6.2.1 rule 11)."""

import uuid
from collections.abc import Mapping
from typing import Final

from idp.protocol.client import Client

INTERACTION_ID: Final = "x-fapi-interaction-id"


def interaction_headers(client: Client, sent: str | None) -> Mapping[str, str]:
    """What was sent, if it is a UUID, else one of our own; nothing for a client whose profile knows no such header."""
    if not client.rules.echoes_interaction_id:
        return {}
    try:
        return {INTERACTION_ID: str(uuid.UUID(sent or ""))}
    except ValueError:
        return {INTERACTION_ID: str(uuid.uuid4())}
