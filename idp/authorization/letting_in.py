"""What a person's history keeps of their yes to a polled request, and who is told of it.

Somebody else's device, let in by mistake, is never seen here, and cannot stand out as a new browser does: so of each
one the person is told, on the channels known before it asked. Who was asked from elsewhere was told of it then.
"""

from idp.authorization_server.polled_requests import PolledKind, PolledRequest
from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, record_login
from idp.identity.channels import channels_of_person
from idp.notices.notice import NoticeKind, notice_writes
from idp.protocol.client import Client
from idp.services import Services
from idp.sessions.session import SsoSession
from idp.storage.database import Write
from idp.web.i18n import Locale

_OUTCOMES = {
    PolledKind.DEVICE_CODE: LoginOutcome.DEVICE_LET_IN,
    PolledKind.CIBA: LoginOutcome.AGREED_ELSEWHERE,
}


async def letting_in(
    services: Services,
    client: Client,
    session: SsoSession,
    polled: PolledRequest,
    *,
    arrival: Arrival,
    locale: Locale,
    now: float,
) -> list[Write]:
    """For the commit of the yes: with it or not at all, each time anew.

    `arrival` and `locale` are of the browser in which it was said. Raises StorageUnavailable.
    """
    line = record_login(
        services.vault,
        person_id=session.person_id,
        client_id=client.client_id,
        source_id=session.source_id,
        level=session.level,
        outcome=_OUTCOMES[polled.kind],
        arrival=arrival,
        now=now,
        link_id=session.link_id,
        session_id=session.id,
    )
    if polled.kind is not PolledKind.DEVICE_CODE:
        return [line]
    channels = await channels_of_person(
        services.database, services.vault, session.person_id, known_before=polled.created_at
    )
    notices = notice_writes(
        services.vault,
        channels,
        NoticeKind.DEVICE_LET_IN,
        settings=services.settings,
        locale=locale,
        at=now,
        name=client.name_in(locale),
        person_id=session.person_id,
    )
    return [line, *notices]
