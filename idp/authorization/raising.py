"""A login that is real and not sure enough: which further factor would make it so. Pure but for one look-up."""

from dataclasses import replace
from typing import Final

from idp.authorization.situation import Situation
from idp.identity.authenticators import enrolled
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client
from idp.protocol.factors import TOTP_SOURCE, Factor, FactorCategory, adding, combined
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.required_level import is_sure_enough
from idp.storage.database import Database

_METHODS: Final = {FactorCategory.KNOWLEDGE: "pwd", FactorCategory.POSSESSION: "otp"}


def second_factor_lifts(
    request: AuthorizationRequest, client: Client, factors: tuple[Factor, ...], *, now: int
) -> bool:
    """Whether a code of the person's app, on top of what was done here, is what the request asks for."""
    if not factors or any(factor.source_id == TOTP_SOURCE for factor in factors):
        return False
    return _lifts("otp", request, client, factors, now=now)


def may_still_be_lifted(
    request: AuthorizationRequest, client: Client, factors: tuple[Factor, ...], *, now: int
) -> bool:
    """Whether any further factor could do: two kinds make a login substantial, nothing here makes it high."""
    done = {category for factor in factors for category in factor.categories}
    missing = [method for category, method in _METHODS.items() if category not in done]
    return bool(factors) and any(_lifts(method, request, client, factors, now=now) for method in missing)


async def with_second_factor(
    database: Database,
    situation: Situation,
    request: AuthorizationRequest,
    client: Client,
    factors: tuple[Factor, ...],
    *,
    now: int,
) -> Situation:
    """Asked only where it would help, so that an ordinary login pays nothing for it. Raises StorageUnavailable."""
    session = situation.session
    if session is None or is_sure_enough(session.level, session.amr, request, client):
        return situation
    if not second_factor_lifts(request, client, factors, now=now):
        return situation
    found = await enrolled(database, person_id=session.person_id)
    return replace(situation, has_second_factor=bool(found))


def _lifts(
    method: str, request: AuthorizationRequest, client: Client, factors: tuple[Factor, ...], *, now: int
) -> bool:
    further = replace(factors[-1], source_id="", amr=(method,), level=LevelOfAssurance.LOW, at=now)
    reached = combined(adding(factors, further))
    return is_sure_enough(reached.level, reached.amr, request, client)
