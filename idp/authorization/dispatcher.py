"""`next_step`: the one place that knows the order of a login. Pure; every path asks it, so no path forgets a rule."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from idp.authorization.situation import Situation
from idp.errors import ConsentRequired, InteractionRequired, LoginRequired, UnmetAuthenticationRequirements
from idp.interactions.interaction import Interaction
from idp.interactions.linking import FRESH_FIRST_END_SECONDS, Linking
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.built_in_clients import BUILT_IN
from idp.protocol.claims import claims_about_the_person, is_essential, requested_values
from idp.protocol.client import Client
from idp.protocol.factors import Factor, reached_for
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.reach import APP
from idp.protocol.required_level import is_sure_enough
from idp.sessions.session import SsoSession

_STILL_FRESH_SECONDS: Final = 300


class Step(StrEnum):
    AUTHENTICATE = "authenticate"
    LINK = "link"
    SECOND_FACTOR = "second_factor"
    CONSENT = "consent"
    RESPOND = "respond"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What this interaction itself has done; an older session never counts as done here."""

    started_at: int
    authenticated_session_id: str | None = None
    consented_in: str | None = None
    factors: tuple[Factor, ...] = ()
    linking: Linking | None = None

    @classmethod
    def of(cls, interaction: Interaction) -> Self:
        return cls(
            started_at=interaction.started_at,
            authenticated_session_id=interaction.session_id,
            consented_in=interaction.consented_in,
            factors=interaction.factors,
            linking=interaction.linking,
        )


def of_this_login(situation: Situation, client: Client, progress: Progress) -> Situation:
    """A session as this very interaction logged in to it. Another tab may have lifted it meanwhile, for another
    service: what was done there counts there (RFC 9470 §4)."""
    session = situation.session
    if session is None or progress.authenticated_session_id != session.id or not progress.factors:
        return situation
    reached = reached_for(progress.factors, client.allowed_sources)
    own = replace(session, level=reached.level, amr=reached.amr, auth_time=reached.auth_time)
    return replace(situation, session=own)


def next_step(
    request: AuthorizationRequest, client: Client, situation: Situation, progress: Progress, *, now: int
) -> Step:
    """Raises an OAuthError when the service must be told that it cannot have what it asks for."""
    session = situation.session
    if session is None:
        return Step.AUTHENTICATE
    if is_to_be_linked(session, request, progress, now=now):
        return Step.LINK
    if not may_reuse(session, request, client, progress, now=now):
        if progress.authenticated_session_id == session.id and not is_sure_enough(
            session.level, session.amr, request, client
        ):
            return _raising_step(request, situation)
        return Step.AUTHENTICATE
    if not is_expected_person(situation, request):
        # The person at the screen is not the one the service means (Core 3.1.2.1, id_token_hint).
        raise LoginRequired("another person is logged in than the one expected")
    if not is_covered(request, client, situation, progress):
        return Step.CONSENT
    return Step.RESPOND


def silent_step(
    request: AuthorizationRequest, client: Client, situation: Situation, progress: Progress, *, now: int
) -> Step:
    """`prompt=none`: what would need a page is an error instead (Core 3.1.2.6)."""
    step = next_step(request, client, situation, progress, now=now)
    if step in (Step.AUTHENTICATE, Step.SECOND_FACTOR):
        raise LoginRequired("nobody is logged in, or not well enough")
    if step is Step.LINK:
        raise InteractionRequired("a source cannot be added in silence")
    if step is Step.CONSENT:
        raise ConsentRequired("the person has not been asked for this yet")
    return step


def may_reuse(
    session: SsoSession, request: AuthorizationRequest, client: Client, progress: Progress, *, now: int
) -> bool:
    """Whether this session satisfies this request: the right level, recent enough, of an allowed source."""
    if not is_sure_enough(session.level, session.amr, request, client):
        return False
    if request.motcua_linking is not None and progress.linking is None:
        # A proof at one end is a fresh login of this very interaction, never an open session.
        return False
    if client.allowed_sources is not None and session.source_id not in client.allowed_sources:
        return False
    max_age = request.max_age if request.max_age is not None else client.default_max_age
    age = now - session.auth_time
    if progress.authenticated_session_id == session.id:
        # Done in this very interaction; but who then leaves a page open for long is asked again.
        return max_age is None or age <= max(max_age, _STILL_FRESH_SECONDS)
    if request.prompts & {"login", "select_account"} or session.level is LevelOfAssurance.HIGH:
        # A login at high assurance counts for the service it was made for, and for no other.
        return False
    # Zero asks for a login now, whatever the clock's resolution (Core 3.1.2.1).
    return max_age is None or (max_age > 0 and age <= max_age)


def is_expected_person(situation: Situation, request: AuthorizationRequest) -> bool:
    """Whether the session is of the person the service named; `expected_sub` comes from a verified hint."""
    expected = expected_sub(request)
    return expected is None or situation.sub == expected


def expected_sub(request: AuthorizationRequest) -> str | None:
    """The `sub` that the request insists on: by a verified hint or by the claims parameter (Core 5.5.1)."""
    return request.expected_sub or next(iter(requested_values(request.claims, "sub")), None)


def is_covered(request: AuthorizationRequest, client: Client, situation: Situation, progress: Progress) -> bool:
    """Whether the person has been asked, or told, all that this request would release.

    Our own portals learn nothing but the `sub` that we gave them: there is nobody else to tell of.
    """
    if client.client_id in BUILT_IN:
        return True
    # Any program on the device can say that it is a native one: the person looks each time (RFC 8252 §8.6).
    is_anybody = client.is_public and client.is_native
    # What a service asks to be allowed is asked anew each time, however often the same was allowed before; and what
    # one person answered says nothing about another who logged in in this browser since.
    asks_anew = "consent" in request.prompts or is_anybody or request.authorization_details is not None
    if asks_anew and (situation.session is None or progress.consented_in != situation.session.id):
        return False
    consent = situation.consent
    if consent is None:
        return False
    if "offline_access" in granted_scope(request, client).split() and "offline_access" not in consent.scope:
        return False
    if set(request.resource or ()) - consent.resources:
        return False
    return consent.offered >= set(claims_about_the_person(request.scopes, request.claims))


def granted_scope(request: AuthorizationRequest, client: Client) -> str:
    """The known scopes the client is registered for; offline access only where it may refresh (Core 11)."""
    return " ".join(
        scope
        for scope in dict.fromkeys(request.scopes)
        if scope in client.scope and (scope != "offline_access" or "refresh_token" in client.grant_types)
    )


def is_to_be_linked(session: SsoSession, request: AuthorizationRequest, progress: Progress, *, now: int) -> bool:
    """Whether this login still has to say whose record it is; only about whom it authenticated itself."""
    if progress.authenticated_session_id != session.id:
        return False
    linking = progress.linking
    if linking is not None:
        return linking.is_pending and linking.person_id == session.person_id
    return request.motcua_linking is not None and now - session.auth_time <= FRESH_FIRST_END_SECONDS


def _raising_step(request: AuthorizationRequest, situation: Situation) -> Step:
    """This login is real and not enough. Another factor may lift it; an essential level that none can is told.

    A voluntary `acr` is no reason to send the person back with an error: they choose again (Core 5.5.1.1).
    """
    if APP in situation.ways_up:
        return Step.SECOND_FACTOR
    if is_essential(request.claims, "acr") and not situation.ways_up:
        raise UnmetAuthenticationRequirements("the level of assurance asked for was not reached")
    return Step.AUTHENTICATE
