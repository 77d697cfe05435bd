"""`/me/identifiers`: what the sources say of the person, numbers masked, and which source says it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.parsing import parse_identifier
from idp.identity.links import LinkStatus, LinkView, links_of
from idp.identity.pivot import PivotIdentity
from idp.portals.citizen.here import Here
from idp.portals.visitors import Visitor
from idp.services import Services

_HIDDEN = frozenset({LinkStatus.REMOVED, LinkStatus.SUPERSEDED, LinkStatus.MISMATCH})


@dataclass(frozen=True)
class Known:
    """One number and the sources it came from."""

    label: str
    masked: str = field(repr=False)
    sources: str


async def identifiers(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    links = await links_of(services.database, services.vault, visitor.person_id)
    return here.page("portals/citizen/identifiers", known=await known_identifiers(here, links))


async def known_identifiers(here: Here, links: Iterable[LinkView]) -> list[Known]:
    """Each number once; two sources that say the same are named together."""
    found: dict[tuple[IdentifierKind, str], list[str]] = {}
    for link in links:
        if link.status in _HIDDEN:
            continue
        label = await here.source_label(link.source_id)
        for kind, number in _numbers(link.identity):
            masked = _masked(kind, number, here)
            said_by = found.setdefault((kind, masked), [])
            if label not in said_by:
                said_by.append(label)
    ordered = sorted(found.items(), key=lambda one: list(IdentifierKind).index(one[0][0]))
    return [
        Known(here.say(f"citizen.identifier.{kind.value}"), masked, ", ".join(said_by))
        for (kind, masked), said_by in ordered
    ]


def _numbers(identity: PivotIdentity) -> list[tuple[IdentifierKind, str]]:
    numbers = {
        IdentifierKind.TAX_CODE: identity.tax_code,
        IdentifierKind.SOCIAL_INSURANCE_NUMBER: identity.social_insurance_number,
        IdentifierKind.PERSONAL_ID: identity.personal_id,
        IdentifierKind.MOBILE_NUMBER: identity.phone_number,
    }
    return [(kind, number) for kind, number in numbers.items() if number]


def _masked(kind: IdentifierKind, number: str, here: Here) -> str:
    today = datetime.fromtimestamp(here.now, UTC).date()
    try:
        return parse_identifier(kind, number, today=today, allow_sandbox=here.services.settings.is_sandbox).masked
    except InvalidIdentifier:
        # A register may hold what we would not accept: its owner still sees that there is something.
        return f"*** {number[-3:]}"
