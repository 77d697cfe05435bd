"""Whom a request is for. A service can only ask who logged in to it before: by the `sub` that it was given.

No telephone number, tax code or name is taken as a hint. A stranger who types one at a service reaches nobody; and the
answer to a hint that names nobody is the same as to one that does, in what it says and in what it costs.
"""

from dataclasses import dataclass
from typing import Final

from idp.authorization_server.id_token_hint import verified_hint
from idp.backchannel_authentication.request import Asked
from idp.identity.merging.retired_subjects import successor_of
from idp.services import Services

# No person has this id: their requests are kept, shown to nobody, and run out.
NOBODY: Final = "nobody"


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """`sub` is what the service said, followed through a merge. `person_id` is NOBODY where it names no one who may
    be asked: unknown, closed, locked, or somebody who wants no requests of this service."""

    sub: str
    person_id: str


async def addressee_of(services: Services, asked: Asked, *, now: float) -> Addressee:
    """Raises InvalidRequest for a hint that is no ID token of ours."""
    sector, hinted = asked.client.sector, _hinted(services, asked)
    successor = await successor_of(services.database, sector=sector, sub=hinted, now=now)
    sub = hinted if successor is None else successor.sub
    row = await services.database.fetch_row(
        "SELECT p.id FROM subject_identifier i JOIN person p ON p.id = i.person_id AND p.status = 'active' "
        "WHERE i.sub = $1 AND i.sector = $2 AND NOT EXISTS (SELECT 1 FROM request_block b "
        "WHERE b.client_id = $3 AND b.person_id IN "
        "(SELECT q.id FROM person q WHERE q.id = p.id OR q.merged_into = p.id))",
        sub,
        sector,
        asked.client.client_id,
    )
    return Addressee(sub=sub, person_id=NOBODY if row is None else str(row["id"]))


def _hinted(services: Services, asked: Asked) -> str:
    unverified = asked.parameters.get("id_token_hint")
    if unverified is None:
        return asked.parameters["login_hint"]
    ring, issuer = services.configuration.key_ring, services.settings.issuer
    return verified_hint(unverified, ring, client=asked.client, issuer=issuer).sub
