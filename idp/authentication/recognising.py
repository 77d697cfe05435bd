"""Whom a source's answer leads to, in the words of this step: a person and what is left to settle, or a refusal.

Tells the channels known before of a new link, and writes a refused attempt into its owner's history.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from idp.audit.events import PersonRefused
from idp.audit.log import audit_entry
from idp.authentication.contract import AuthenticationResult
from idp.errors import (
    AccountLockedRefused,
    CitizenError,
    DeceasedRefused,
    LinkDisputedRefused,
    LinkFrozenRefused,
    MinorRefused,
    PersonBlocked,
    SourceAnswerRefused,
    SourceBlockedRefused,
    StorageUnavailable,
)
from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, record_login
from idp.identity.attributes.birth import parse_birth_date
from idp.identity.decision_table import Decision
from idp.identity.links import LinkStatus
from idp.identity.person_state import person_state
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.recognising import (
    IdentityChanged,
    LinkNotUsable,
    PersonNotActive,
    Recognised,
    RecognitionContended,
    SourceBlocked,
    Tell,
    Told,
    recognise,
)
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Doubt, Linking
from idp.notices.notice import NoticeKind, notice_writes
from idp.protocol.client import Client, in_locale
from idp.services import Services
from idp.storage.database import Write
from idp.web.i18n import Locale, format_date, format_time

_DOUBTS: Final = {Decision.PROVE: Doubt.PROVE, Decision.REVIEW: Doubt.REVIEW}


async def recognised_person(
    services: Services,
    interaction: Interaction,
    client: Client,
    result: AuthenticationResult,
    *,
    arrival: Arrival,
    locale: Locale,
    now: float,
    adding_to: str | None = None,
) -> Recognised:
    """Raises CitizenError for who may not come in, once that is in the log and in the history it concerns."""
    try:
        check_admission(result.identity, client, minimum_age=services.settings.minimum_age, now=now)
        tell = await _telling(services, result.source_id, locale)
        return await recognise(services.database, services.vault, result, now=now, tell=tell, adding_to=adding_to)
    except (PersonNotActive, LinkNotUsable, SourceBlocked) as error:
        refusal = await _refusal(services, error, await source_label(services, result.source_id, locale))
        link_id = error.link_id if isinstance(error, LinkNotUsable) else None
        attempt = record_login(
            services.vault,
            person_id=error.person_id,
            client_id=client.client_id,
            source_id=result.source_id,
            level=result.level,
            outcome=LoginOutcome.REFUSED,
            arrival=arrival,
            now=now,
            link_id=link_id,
        )
        await _note(services, interaction, result, refusal, attempt, person_id=error.person_id, now=now)
        raise refusal from error
    except IdentityChanged as error:
        label = await source_label(services, result.source_id, locale)
        changed = SourceAnswerRefused(private_detail="identity_changed", details={"nguon": label})
        await _note(services, interaction, result, changed, now=now)
        raise changed from error
    except RecognitionContended as error:
        raise StorageUnavailable(retry_after=5) from error
    except CitizenError as error:
        await _note(services, interaction, result, error, now=now)
        raise


def check_admission(identity: PivotIdentity, client: Client | None, *, minimum_age: int, now: float) -> None:
    """Raises DeceasedRefused, MinorRefused. A service may ask for a higher age, never for a lower one."""
    if identity.deceased:
        raise DeceasedRefused
    least = max(minimum_age, (client.minimum_age or 0) if client else 0)
    age = parse_birth_date(identity.birthdate).age_on(datetime.fromtimestamp(now, UTC).date())
    if age is not None and age < least:
        raise MinorRefused(details={"tuoi": least})


def left_to_settle(interaction: Interaction, recognised: Recognised, source_id: str, *, now: int) -> Linking | None:
    """What this login still has to ask: told or asked once, when the link is new, or because the person came for it."""
    told = Linking(
        doubt=Doubt.TOLERATED,
        person_id=recognised.person_id,
        link_id=recognised.link_id,
        source_id=source_id,
        proved_at=now,
    )
    if recognised.tolerated and recognised.is_new_link:
        return replace(told, fields=recognised.tolerated)
    if recognised.case_id is None or not (recognised.is_new_link or _came_for(interaction, recognised.case_id)):
        return None
    doubt = next((doubt for decision, doubt in _DOUBTS.items() if decision == recognised.decision), Doubt.PROVE)
    return replace(told, doubt=doubt, case_id=recognised.case_id, fields=recognised.differing)


async def source_label(services: Services, source_id: str, locale: Locale) -> str:
    source = await services.configuration.source(source_id)
    return in_locale(source.configuration.label, locale) if source else source_id


def _came_for(interaction: Interaction, case_id: str) -> bool:
    """From the citizen's space, or because the first end of a proof had to be made anew."""
    begun = interaction.linking
    return interaction.request.motcua_linking == case_id or (begun is not None and begun.case_id == case_id)


async def _telling(services: Services, source_id: str, locale: Locale) -> Tell:
    label = await source_label(services, source_id, locale)

    def tell(told: Told) -> Sequence[Write]:
        return notice_writes(
            services.vault,
            told.channels,
            NoticeKind.SOURCE_LINKED,
            settings=services.settings,
            locale=locale,
            at=told.now,
            name=label,
            person_id=told.person_id,
        )

    return tell


async def _refusal(
    services: Services, error: PersonNotActive | LinkNotUsable | SourceBlocked, label: str
) -> CitizenError:
    if isinstance(error, SourceBlocked):
        return SourceBlockedRefused(details={"nguon": label})
    if isinstance(error, LinkNotUsable):
        kind = LinkFrozenRefused if error.status is LinkStatus.FROZEN else LinkDisputedRefused
        return kind(details={"nguon": label}, private_detail=error.status.value)
    state = await person_state(services.database, error.person_id)
    if error.status != "locked" or state is None or not state.stamp:
        return PersonBlocked(private_detail=error.status)
    since = datetime.fromtimestamp(state.stamp, UTC)
    return AccountLockedRefused(details={"gio": format_time(since), "ngay": format_date(since)})


async def _note(
    services: Services,
    interaction: Interaction,
    result: AuthenticationResult,
    refusal: CitizenError,
    *writes: Write,
    person_id: str | None = None,
    now: float,
) -> None:
    event = PersonRefused(
        client_id=interaction.request.client_id,
        source_id=result.source_id,
        interaction_id=interaction.id,
        person_id=person_id,
        reason=refusal.message_key,
    )
    await services.database.commit(*writes, audit_entry(event, now_ms=int(now * 1000)))
