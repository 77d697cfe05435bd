"""The rows of the page: every claim the service would receive, with its value, source and reason. Pure."""

from collections.abc import Iterable, Mapping

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.claims import claims_about_the_person, requested_claims
from idp.protocol.client import Client
from idp.web.i18n import Locale, text
from idp.web.views import ClaimRow

# Parts of the name are shown as the one name they are parts of; flags go with what they qualify.
_SHOWN_AS = {
    "family_name": "name",
    "middle_name": "name",
    "given_name": "name",
    "phone_number_verified": "phone_number",
    "email_verified": "email",
}


def shown_claims(request: AuthorizationRequest) -> tuple[str, ...]:
    """One name a row, in the order of the scopes."""
    wanted = claims_about_the_person(request.scopes, request.claims)
    return tuple(dict.fromkeys(_SHOWN_AS.get(claim, claim) for claim in wanted))


def offered_claims(request: AuthorizationRequest) -> frozenset[str]:
    """Every claim that the page's rows stand for."""
    return frozenset(claims_about_the_person(request.scopes, request.claims))


def is_optional(claim: str, request: AuthorizationRequest, client: Client) -> bool:
    """Optional by registration, or asked for by name as voluntary only (Core 5.5.1)."""
    if claim in client.optional_claims:
        return True
    if claim in requested_claims(request.scopes, None):
        return False
    members = [(request.claims or {}).get(member, {}) for member in ("userinfo", "id_token")]
    asked = [member[claim] for member in members if claim in member]
    return not any(isinstance(wanted, Mapping) and wanted.get("essential") is True for wanted in asked)


def rows_for(
    request: AuthorizationRequest,
    client: Client,
    known: Mapping[str, str],
    *,
    source_label: str,
    locale: Locale,
) -> list[ClaimRow]:
    """What is not known is said to be unknown, so that nobody is asked to agree to a surprise."""
    return [
        ClaimRow(
            claim=claim,
            label=text(locale, f"claim.{claim}"),
            value=_readable(claim, known.get(claim), locale),
            # What a source does not know, it does not provide.
            source_label=source_label if claim in known else "",
            optional=is_optional(claim, request, client),
        )
        for claim in shown_claims(request)
        # Nobody is asked to tick a box behind which there is nothing.
        if claim in known or not is_optional(claim, request, client)
    ]


def released_claims(request: AuthorizationRequest, client: Client, ticked: Iterable[str]) -> frozenset[str]:
    """The claims let through: every one that is not optional, and the optional ones that were ticked."""
    chosen = set(ticked)
    return frozenset(
        claim
        for claim in offered_claims(request)
        if not is_optional(_SHOWN_AS.get(claim, claim), request, client) or _SHOWN_AS.get(claim, claim) in chosen
    )


def _readable(claim: str, value: str | None, locale: Locale) -> str:
    if value is None:
        return text(locale, "claim.unknown")
    if claim == "gender":
        return text(locale, f"claim.gender.{value}")
    if claim == "birthdate" and len(value) == 10:
        year, month, day = value.split("-")
        return f"{day}/{month}/{year}"
    if claim == "phone_number" and value.startswith("+84"):
        national = f"0{value[3:]}"
        return f"{national[:3]} {national[3:6]} {national[6:]}"
    return value
