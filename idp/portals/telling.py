"""From what happened to a person to the messages that tell them, on the channels known before."""

from collections.abc import Sequence

from idp.identity.protection.happenings import Happening, TellHappening
from idp.identity.protection.source_blocks import EVERY_NEW_SOURCE
from idp.notices.notice import NoticeKind, notice_writes
from idp.protocol.client import in_locale
from idp.services import Services
from idp.storage.database import Write
from idp.web.i18n import Locale


async def telling(services: Services, locale: Locale, *, every_source: str = "") -> TellHappening:
    """For one request. `locale` is the language of whoever acts: the channels tell us of none.

    `every_source`: how all sources at once are called, where that can be what happened.
    """
    labels = {EVERY_NEW_SOURCE: every_source} | {
        source.configuration.id: in_locale(source.configuration.label, locale)
        for source in await services.configuration.sources()
    }

    def tell(happening: Happening) -> Sequence[Write]:
        return notice_writes(
            services.vault,
            happening.channels,
            NoticeKind(happening.kind),
            settings=services.settings,
            locale=locale,
            at=happening.now,
            name=labels.get(happening.source_id or "", ""),
            person_id=happening.person_id,
        )

    return tell
