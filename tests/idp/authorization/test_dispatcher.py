"""`next_step`: what a request, a session and what this interaction has done so far add up to."""

from dataclasses import replace
from typing import Any

import pytest

from idp.authorization.dispatcher import Progress, Step, granted_scope, next_step, of_this_login, silent_step
from idp.authorization.situation import NOBODY, GivenConsent, Situation
from idp.errors import (
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from idp.interactions.linking import FRESH_FIRST_END_SECONDS, Doubt, Linking, LinkingState
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.factors import Factor, FactorCategory
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.reach import APP, Way
from idp.sessions.session import SsoSession
from tests.support.clients import REGISTERED_URI, client

_NOW = 1_800_000_000
_ALL = frozenset({"name", "family_name", "middle_name", "given_name", "gender", "birthdate", "phone_number"})


def request(**overrides: Any) -> AuthorizationRequest:
    values = {"client_id": "town-hall", "redirect_uri": REGISTERED_URI, "scope": "openid profile", **overrides}
    return AuthorizationRequest(**values)


def situation(*, consented: bool = True, sub: str | None = "sub", **session: Any) -> Situation:
    values: dict[str, Any] = {
        "id": "sid",
        "person_id": "p",
        "link_id": "l",
        "source_id": "tax",
        "level": LevelOfAssurance.SUBSTANTIAL,
        "amr": ("pwd",),
        "identity_level": "substantial",
        "auth_time": _NOW - 100,
        "created_at": _NOW - 100,
        "last_seen_at": _NOW,
        "expires_at": _NOW + 1000,
        "claims": {},
        **session,
    }
    given = GivenConsent(scope=frozenset({"openid", "profile"}), offered=_ALL, released=_ALL) if consented else None
    return Situation(session=SsoSession(**values), consent=given, sub=sub)


_FRESH = Progress(started_at=_NOW, authenticated_session_id="sid")
_STARTED = Progress(started_at=_NOW)


@pytest.mark.parametrize(
    ("asked", "found", "progress", "registered", "step"),
    [
        pytest.param({}, NOBODY, _STARTED, {}, Step.AUTHENTICATE, id="nobody is logged in"),
        pytest.param({}, situation(), _STARTED, {}, Step.RESPOND, id="a session and consent are enough"),
        pytest.param({}, situation(consented=False), _STARTED, {}, Step.CONSENT, id="nobody was asked yet"),
        pytest.param({"prompt": "login"}, situation(), _STARTED, {}, Step.AUTHENTICATE, id="prompt login"),
        pytest.param({"prompt": "login"}, situation(), _FRESH, {}, Step.RESPOND, id="prompt login, done here"),
        pytest.param(
            {"prompt": "login"},
            situation(),
            Progress(started_at=_NOW, authenticated_session_id="another"),
            {},
            Step.AUTHENTICATE,
            id="prompt login, done as somebody else",
        ),
        pytest.param({"prompt": "consent"}, situation(), _STARTED, {}, Step.CONSENT, id="prompt consent"),
        pytest.param(
            {"prompt": "consent"},
            situation(),
            Progress(started_at=_NOW, consented_in="sid"),
            {},
            Step.RESPOND,
            id="prompt consent, done here",
        ),
        pytest.param({"max_age": 100}, situation(), _STARTED, {}, Step.RESPOND, id="just recent enough"),
        pytest.param({"max_age": 99}, situation(), _STARTED, {}, Step.AUTHENTICATE, id="a second too old"),
        pytest.param({"max_age": 0}, situation(auth_time=_NOW), _STARTED, {}, Step.AUTHENTICATE, id="max_age zero"),
        pytest.param({"max_age": 0}, situation(auth_time=_NOW), _FRESH, {}, Step.RESPOND, id="max_age zero, done here"),
        pytest.param(
            {}, situation(), _STARTED, {"default_max_age": 99}, Step.AUTHENTICATE, id="the client's own limit"
        ),
        pytest.param(
            {"max_age": 500},
            situation(),
            _STARTED,
            {"default_max_age": 99},
            Step.RESPOND,
            id="the request's goes first",
        ),
        pytest.param({"acr_values": "eidas3"}, situation(), _STARTED, {}, Step.AUTHENTICATE, id="too low a session"),
        pytest.param(
            {"acr_values": "eidas3 eidas2"}, situation(), _STARTED, {}, Step.RESPOND, id="the lower one will do"
        ),
        pytest.param(
            {},
            situation(),
            _STARTED,
            {"minimum_level": LevelOfAssurance.HIGH},
            Step.AUTHENTICATE,
            id="below the client's minimum",
        ),
        pytest.param(
            {},
            situation(),
            _FRESH,
            {"allowed_sources": frozenset({"other"})},
            Step.AUTHENTICATE,
            id="of another source",
        ),
        pytest.param(
            {"scope": "openid profile offline_access"},
            situation(),
            _STARTED,
            {},
            Step.CONSENT,
            id="offline access was never asked",
        ),
    ],
)
def test_leads_to(
    asked: dict[str, Any], found: Situation, progress: Progress, registered: dict[str, Any], step: Step
) -> None:
    assert next_step(request(**asked), client(**registered), found, progress, now=_NOW) is step


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param(NOBODY, LoginRequired, id="nobody"),
        pytest.param(situation(level=LevelOfAssurance.LOW), LoginRequired, id="too low"),
        pytest.param(situation(consented=False), ConsentRequired, id="never asked"),
    ],
)
def test_silence_is_an_error_where_a_page_would_be_needed(found: Situation, error: type[OAuthError]) -> None:
    with pytest.raises(error):
        silent_step(request(acr_values="eidas2"), client(), found, _STARTED, now=_NOW)


@pytest.mark.parametrize("sub", ["another", None])
def test_another_person_than_the_one_expected_is_told_to_the_service(sub: str | None) -> None:
    with pytest.raises(LoginRequired):
        next_step(request(expected_sub="sub-1"), client(), situation(sub=sub), _FRESH, now=_NOW)


def test_a_login_that_misses_an_essential_level_ends_with_its_own_error() -> None:
    claims = {"id_token": {"acr": {"essential": True, "value": "eidas3"}}}

    with pytest.raises(UnmetAuthenticationRequirements):
        next_step(request(claims=claims), client(), situation(), _FRESH, now=_NOW)


@pytest.mark.parametrize(
    ("scope", "registered", "granted"),
    [
        ("openid profile unknown", {}, "openid profile"),
        ("openid openid profile", {}, "openid profile"),
        ("openid offline_access", {}, "openid offline_access"),
        ("openid offline_access", {"grant_types": frozenset({"authorization_code"})}, "openid"),
        ("openid email", {}, "openid"),
    ],
)
def test_only_what_is_known_and_registered_is_granted(scope: str, registered: dict[str, Any], granted: str) -> None:
    assert granted_scope(request(scope=scope), client(**registered)) == granted


def factor(source: str = "tax", *amr: str, level: LevelOfAssurance = LevelOfAssurance.SUBSTANTIAL) -> Factor:
    return Factor(source_id=source, link_id="l", person_id="p", amr=amr or ("pwd",), level=level, at=_NOW)


def linking(state: LinkingState = LinkingState.WAITING, **changes: Any) -> Linking:
    values: dict[str, Any] = {"doubt": Doubt.PROVE, "person_id": "p", "link_id": "l", "source_id": "tax", **changes}
    return Linking(state=state, proved_at=_NOW, **values)


def progress(*factors: Factor, **changes: Any) -> Progress:
    return Progress(**{"started_at": _NOW, "authenticated_session_id": "sid", "factors": factors, **changes})


_TWO = {"acr_values": "nd69-02"}
_ESSENTIALLY_TWO = {"claims": {"id_token": {"acr": {"essential": True, "value": "nd69-02"}}}}
_SOURCE = Way("social-insurance", LevelOfAssurance.SUBSTANTIAL, FactorCategory.POSSESSION)
_MOBILE = factor("mobile", "otp", "sms", level=LevelOfAssurance.LOW)


@pytest.mark.parametrize(
    ("asked", "found", "done", "step"),
    [
        pytest.param(_TWO, situation(), progress(factor()), Step.AUTHENTICATE, id="no app: another source may do"),
        pytest.param(
            _TWO,
            replace(situation(), ways_up=(APP,)),
            progress(factor()),
            Step.SECOND_FACTOR,
            id="a password, and an app",
        ),
        pytest.param(
            _TWO,
            situation(),
            progress(_MOBILE),
            Step.AUTHENTICATE,
            id="no app that would add anything",
        ),
        pytest.param(
            _TWO,
            situation(amr=("pwd", "otp", "mfa")),
            progress(factor(), factor("totp", "otp")),
            Step.RESPOND,
            id="done with two kinds",
        ),
        pytest.param(
            _TWO,
            situation(amr=("pwd",)),
            _STARTED,
            Step.AUTHENTICATE,
            id="an older session is no first factor",
        ),
        pytest.param(
            {"acr_values": "nd69-01 nd69-02"}, situation(), progress(factor()), Step.RESPOND, id="one factor will do"
        ),
        pytest.param(
            {"acr_values": "eidas2"},
            replace(situation(level=LevelOfAssurance.LOW), ways_up=(APP,)),
            progress(factor(level=LevelOfAssurance.LOW)),
            Step.SECOND_FACTOR,
            id="two kinds of low steps are substantial",
        ),
        pytest.param(
            {"acr_values": "eidas3"},
            situation(),
            progress(factor()),
            Step.AUTHENTICATE,
            id="no app makes a login high",
        ),
        pytest.param({}, situation(), progress(linking=linking()), Step.LINK, id="a doubt comes before all else"),
        pytest.param(
            {}, situation(consented=False), progress(linking=linking()), Step.LINK, id="a doubt comes before consent"
        ),
        pytest.param(
            {}, situation(), progress(linking=linking(LinkingState.ELSEWHERE)), Step.LINK, id="waiting elsewhere"
        ),
        pytest.param(
            {}, situation(), progress(linking=linking(LinkingState.OVER)), Step.RESPOND, id="the doubt was answered"
        ),
        pytest.param(
            {},
            situation(),
            progress(linking=linking(person_id="another")),
            Step.RESPOND,
            id="a doubt about somebody who is not here any more",
        ),
        pytest.param(
            {}, situation(), Progress(started_at=_NOW, linking=linking()), Step.RESPOND, id="a doubt of no login here"
        ),
        pytest.param({"motcua_linking": "add"}, situation(), _STARTED, Step.AUTHENTICATE, id="adding begins anew"),
        pytest.param(
            {"motcua_linking": "add"}, situation(), progress(factor()), Step.LINK, id="adding, first end done"
        ),
        pytest.param(
            {"motcua_linking": "add"},
            situation(auth_time=_NOW - FRESH_FIRST_END_SECONDS - 1),
            progress(factor()),
            Step.AUTHENTICATE,
            id="adding, the first end went stale",
        ),
        pytest.param(
            {"motcua_linking": "add"},
            situation(),
            progress(factor(), linking=linking(LinkingState.OVER, doubt=Doubt.ADD)),
            Step.RESPOND,
            id="added",
        ),
    ],
)
def test_goes_on_with(asked: dict[str, Any], found: Situation, done: Progress, step: Step) -> None:
    assert next_step(request(**asked), client(), found, done, now=_NOW) is step


@pytest.mark.parametrize(
    ("left", "ends"),
    [
        pytest.param((), True, id="nothing is left"),
        pytest.param((_SOURCE,), False, id="a second source may still lift it"),
    ],
)
def test_an_essential_level_ends_the_login_only_when_nothing_is_left(left: tuple[Way, ...], ends: bool) -> None:
    def step() -> Step:
        found = replace(situation(), ways_up=left)
        return next_step(request(**_ESSENTIALLY_TWO), client(), found, progress(factor()), now=_NOW)

    if not ends:
        assert step() is Step.AUTHENTICATE
        return
    with pytest.raises(UnmetAuthenticationRequirements):
        step()


def test_nothing_is_added_in_silence() -> None:
    with pytest.raises(InteractionRequired):
        silent_step(request(motcua_linking="add"), client(), situation(), progress(factor()), now=_NOW)


def step_at(source_id: str, level: LevelOfAssurance, *amr: str, at: int = _NOW) -> Factor:
    return Factor(source_id=source_id, link_id="l", person_id="p", amr=amr, level=level, at=at)


def test_what_another_tab_reached_in_the_session_counts_for_no_login_but_its_own() -> None:
    lifted = situation(level=LevelOfAssurance.HIGH, amr=("face", "mfa"), auth_time=_NOW)
    own = step_at("mobile", LevelOfAssurance.LOW, "sms", at=_NOW - 60)
    progress = Progress(started_at=_NOW - 90, authenticated_session_id="sid", factors=(own,))

    seen = of_this_login(lifted, client(), progress).session

    assert seen is not None
    assert (seen.level, seen.amr, seen.auth_time) == (LevelOfAssurance.LOW, ("sms",), _NOW - 60)
    assert of_this_login(lifted, client(), _STARTED) == lifted


def test_a_proof_at_a_source_the_service_does_not_take_lifts_nothing_there() -> None:
    both = (step_at("mobile", LevelOfAssurance.LOW, "sms"), step_at("tax", LevelOfAssurance.SUBSTANTIAL, "pwd"))
    progress = Progress(started_at=_NOW, authenticated_session_id="sid", factors=both)
    session = situation(source_id="mobile")

    narrow = of_this_login(session, client(allowed_sources=frozenset({"mobile"})), progress).session
    wide = of_this_login(session, client(), progress).session

    assert narrow is not None
    assert wide is not None
    assert (narrow.level, narrow.amr) == (LevelOfAssurance.LOW, ("sms",))
    assert (wide.level, wide.amr) == (LevelOfAssurance.SUBSTANTIAL, ("sms", "pwd", "mfa"))
