"""Whom a request is for. A service can only ask who logged in to it before: by the `sub` that it was given.

No telephone number, tax code or name is taken as a hint. A stranger who types one at a service reaches nobody; and the
answer to a hint that names nobody is the same as to one that does, in what it says and in what it costs.
"""

from dataclasses import dataclass
from typing import Final

from idp.authorization_server.id_token_hint import verified_hint
from idp.authorization_server.request_blocks import blocked
from idp.backchannel_authentication.request import Asked
from idp.identity.merging.retired_subjects import successor_of
from idp.services import Services
from idp.storage.vault import token_hash

# No person has an id that begins so: their requests are kept, shown to nobody, and run out.
_NOBODY: Final = "nobody:"


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """`sub` is what the service said, followed through a merge. `person_id` is nobody's where it names no one who may
    be asked: unknown, closed, locked, or somebody who wants no requests of this service.

    `also`: every id that the earlier requests of this service for this sub may have; a new one ends them, whether or
    not there is anybody."""

    sub: str
    person_id: str
    also: tuple[str, ...]

    @property
    def is_nobody(self) -> bool:
        return is_nobody(self.person_id)


def is_nobody(person_id: str) -> bool:
    return person_id.startswith(_NOBODY)


def nobody_of(sub: str) -> str:
    return _NOBODY + token_hash("nobody", sub).hex()[:32]


async def addressee_of(services: Services, asked: Asked, *, now: float) -> Addressee:
    """Raises InvalidRequest for a hint that is no ID token of ours."""
    sector, hinted = asked.client.sector, _hinted(services, asked)
    successor = await successor_of(services.database, sector=sector, sub=hinted, now=now)
    sub = hinted if successor is None else successor.sub
    row = await services.database.fetch_row(
        "SELECT p.id, CASE WHEN p.status = 'active' "
        f"AND NOT {blocked(client='CAST($3 AS TEXT)', person='p.id')} THEN 1 ELSE 0 END AS may_be_asked "
        "FROM subject_identifier i JOIN person p ON p.id = i.person_id WHERE i.sub = $1 AND i.sector = $2",
        sub,
        sector,
        asked.client.client_id,
    )
    nobody = nobody_of(sub)
    known = nobody if row is None else str(row["id"])
    may_be_asked = row is not None and row["may_be_asked"] == 1
    return Addressee(sub=sub, person_id=known if may_be_asked else nobody, also=(nobody, known))


def _hinted(services: Services, asked: Asked) -> str:
    unverified = asked.parameters.get("id_token_hint")
    if unverified is None:
        return asked.parameters["login_hint"]
    ring, issuer = services.configuration.key_ring, services.settings.issuer
    return verified_hint(unverified, ring, client=asked.client, issuer=issuer).sub
