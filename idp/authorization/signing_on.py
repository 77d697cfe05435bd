"""Where a session of theirs opened another service, a person's history says so: nobody typed anything there. Pure."""

from collections.abc import Mapping

from idp.authorization.situation import Situation
from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, record_login
from idp.interactions.interaction import Interaction
from idp.protocol.built_in_clients import BUILT_IN
from idp.protocol.client import Client
from idp.storage.database import Write
from idp.storage.vault import Vault


def signing_on(
    vault: Vault,
    client: Client,
    situation: Situation,
    headers: Mapping[str, str],
    *,
    host: str | None,
    interaction: Interaction | None,
    now: float,
) -> list[Write]:
    """Once for a service and session: later codes are no news, and a login of this interaction has its own line."""
    session = situation.session
    if session is None or situation.grant is not None or client.client_id in BUILT_IN:
        return []
    if interaction is not None and interaction.session_id == session.id:
        return []
    line = record_login(
        vault,
        person_id=session.person_id,
        client_id=client.client_id,
        source_id=session.source_id,
        level=session.level,
        outcome=LoginOutcome.SIGNED_ON,
        arrival=Arrival.of(headers, host),
        now=now,
        link_id=session.link_id,
        session_id=session.id,
    )
    return [line]
