"""Whom a service means by an ID token of ours that it gives back (Core 3.1.2.1), as we call them now."""

from idp.authorization_server.addressed_request import Addressed
from idp.authorization_server.id_token_hint import verified_hint
from idp.identity.merging.retired_subjects import successor_of
from idp.services import Services


async def hinted_subject(services: Services, addressed: Addressed, *, now: float) -> str | None:
    """None without a hint. A `sub` that a merge replaced within the year is followed: it is the same person.

    Raises InvalidRequest.
    """
    unverified_hint = addressed.request.id_token_hint
    if unverified_hint is None:
        return None
    hint = verified_hint(
        unverified_hint, services.configuration.key_ring, client=addressed.client, issuer=services.settings.issuer
    )
    sector = addressed.client.sector
    successor = await successor_of(services.database, sector=sector, sub=hint.sub, now=now)
    return hint.sub if successor is None else successor.sub
