"""What a page of this step says and offers, as plain values."""

from dataclasses import dataclass

from idp.identity.cases.case import Case
from idp.identity.recognition.differences import differences
from idp.interactions.linking import Linking
from idp.protocol.client import in_locale
from idp.services import Services
from idp.web.i18n import Locale, text
from idp.web.views import SourceTile


@dataclass(frozen=True)
class Choices:
    """`leads_to`: addresses of other sites that a form choosing one of them may end at."""

    tiles: list[SourceTile]
    leads_to: list[str]


def sentences(case: Case | None, linking: Linking, locale: Locale) -> list[str]:
    """One a field: which it is, and in which manner it falls short; never what either side says."""
    if case is None or not case.evidence:
        return [_begun(text(locale, f"linking.field.{field}")) for field in linking.fields]
    return [
        _begun(text(locale, f"linking.manner.{manner}", truong=text(locale, f"linking.field.{field}")))
        for field, manner in differences(case.evidence.values())
    ]


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


async def sources_by_effort(services: Services, linking: Linking, locale: Locale) -> Choices:
    """A code to a phone before a password elsewhere; the source just used comes last, for it proves least."""
    usable = [source for source in await services.configuration.sources() if not source.configuration.disabled]
    usable.sort(
        key=lambda source: (
            source.configuration.id == linking.source_id,
            source.category is None,
            source.configuration.position,
        )
    )
    tiles = [
        SourceTile(
            id=source.configuration.id,
            label=in_locale(source.configuration.label, locale),
            hint=in_locale(source.configuration.hint, locale),
            available=not source.is_failing(),
        )
        for source in usable
    ]
    return Choices(tiles, [address for source in usable for address in source.leads_to()])
