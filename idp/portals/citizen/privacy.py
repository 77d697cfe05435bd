"""`/me/privacy`: which services know what, since when, and on what ground; the receipts; the withdrawal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.citizen_events import ReceiptGiven
from idp.audit.log import audit_entry
from idp.errors import PageNotFound
from idp.portals.citizen.confirmation import Question, ask
from idp.portals.citizen.consents import Consent, consent_of, consents_of, withdraw_consent
from idp.portals.citizen.here import Here, moment
from idp.portals.citizen.receipts import MEDIA_TYPE, TYP, receipt
from idp.portals.guard import read_own_form
from idp.portals.visitors import Visitor
from idp.protocol.client import LegalBasis, in_locale
from idp.services import Services

_PLACE: Final = "/me/privacy"
_SIGNED_WITH: Final = "ES256"
# The parts of a name are the name; what only says that another claim was checked is nothing to read about.
_SAID_AS: Final = {"family_name": "name", "middle_name": "name", "given_name": "name"}
_SAID: Final = ("name", "birthdate", "gender", "birthplace", "vn_personal_id", "phone_number", "email", "address")


@dataclass(frozen=True, kw_only=True)
class Given:
    """One consent, or one notice where a law allows the sharing, as it is shown."""

    service: str
    organisation: str
    purpose: str
    citation: str
    by_law: bool
    claims: Sequence[str]
    withheld: Sequence[str]
    allowed: Sequence[str]
    places: Sequence[str]
    since: datetime
    until: datetime | None
    text_version: str
    text_hash: str
    language: str
    receipt: str
    download: str
    withdraw: str


async def privacy(services: Services, request: Request, visitor: Visitor) -> Response:
    here = Here.of(services, request, visitor)
    shown = [await _given(here, consent) for consent in await consents_of(services.database, visitor.person_id)]
    return here.page(
        "portals/citizen/privacy",
        in_force=[one for one in shown if one.until is None],
        ended=[one for one in shown if one.until is not None],
    )


async def receipt_page(services: Services, request: Request, visitor: Visitor) -> Response:
    """For reading and for paper."""
    here = Here.of(services, request, visitor)
    consent = await _own(here)
    return here.page("portals/citizen/receipt", given=await _given(here, consent), record=consent.id, back=_PLACE)


async def receipt_token(services: Services, request: Request, visitor: Visitor) -> Response:
    """For keeping: anyone can check the signature with our published keys."""
    here = Here.of(services, request, visitor)
    consent = await _own(here)
    signed = services.sign(
        _SIGNED_WITH,
        TYP,
        receipt(
            consent,
            await services.configuration.client(consent.client_id),
            issuer=services.settings.issuer,
            sub=visitor.sub,
            locale=here.locale,
            now=int(here.now),
        ),
    )
    event = ReceiptGiven(client_id=consent.client_id, person_id=visitor.person_id, consent_id=consent.id)
    await services.database.commit(audit_entry(event, now_ms=int(here.now * 1000)))
    return Response(
        signed,
        media_type=MEDIA_TYPE,
        headers={"content-disposition": 'attachment; filename="consent-receipt.jwt"'},
    )


async def withdraw(services: Services, request: Request, visitor: Visitor) -> Response:
    """Never more effort than consenting was: one page, one button, no fresh login."""
    here = Here.of(services, request, visitor)
    consent = await _own(here)
    if not consent.may_be_withdrawn:
        return here.go(_PLACE)
    if request.method == "GET":
        return ask(here, await _withdrawing(here, consent), action=request.url.path)
    await read_own_form(services, request, visitor)
    client = await services.configuration.client(consent.client_id)
    await withdraw_consent(
        services.database, services.vault, client, consent=consent, person_id=visitor.person_id, now=here.now
    )
    services.outbox_poke()
    return here.go(_PLACE, done="withdrawn")


async def _withdrawing(here: Here, consent: Consent) -> Question:
    service = await here.service_name(consent.client_id)
    return Question(
        title=here.say("citizen.withdraw.title", dich_vu=service),
        body=here.say("citizen.withdraw.body", dich_vu=service),
        consequences=[here.say(f"citizen.withdraw.{part}", dich_vu=service) for part in ("tokens", "kept", "again")],
        button=here.say("citizen.withdraw.button"),
        back=_PLACE,
    )


async def _own(here: Here) -> Consent:
    """Raises PageNotFound for somebody else's, as for one that never was."""
    consent = await consent_of(
        here.services.database,
        person_id=here.visitor.person_id,
        consent_id=here.request.path_params["consent_id"],
    )
    if consent is None:
        raise PageNotFound
    return consent


async def _given(here: Here, consent: Consent) -> Given:
    client = await here.services.configuration.client(consent.client_id)
    by_law, place = consent.legal_basis is LegalBasis.LAW, f"{_PLACE}/{consent.id}"
    return Given(
        service=await here.service_name(consent.client_id),
        organisation=client.organisation_in(here.locale) if client else "",
        purpose=in_locale(client.purpose, here.locale) if client else "",
        citation=in_locale(client.legal_citation, here.locale) if client and by_law else "",
        by_law=by_law,
        claims=_in_words(here, consent.released),
        withheld=_in_words(here, set(consent.offered) - set(consent.released)),
        allowed=_types_in_words(here, consent),
        places=_places_in_words(here, consent),
        since=moment(consent.granted_at),
        until=None if consent.withdrawn_at is None else moment(consent.withdrawn_at),
        text_version=consent.text_version,
        text_hash=consent.text_hash.hex(),
        language=here.say(f"citizen.language.{consent.locale}"),
        receipt=f"{place}/receipt",
        download=f"{place}/receipt.jwt",
        withdraw=f"{place}/withdraw" if consent.may_be_withdrawn else "",
    )


def _types_in_words(here: Here, consent: Consent) -> list[str]:
    """What was allowed that once (RFC 9396); a type that is gone since keeps its technical name."""
    known = here.services.configuration.resource_servers.detail_types
    return [
        in_locale(known[detail["type"]].name, here.locale) if detail["type"] in known else detail["type"]
        for detail in consent.details
    ]


def _places_in_words(here: Here, consent: Consent) -> list[str]:
    """The data providers that the service may go to in this person's name (RFC 8707)."""
    servers = here.services.configuration.resource_servers
    known = (servers.by_resource.get(resource) for resource in consent.resources)
    return [server.name_in(here.locale) for server in known if server is not None]


def _in_words(here: Here, claims: Iterable[str]) -> list[str]:
    meant = {_SAID_AS.get(claim, claim) for claim in claims}
    return [here.say(f"claim.{claim}") for claim in _SAID if claim in meant]
