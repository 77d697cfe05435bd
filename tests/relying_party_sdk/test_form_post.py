"""The provider's answer as a form (Form Post Response Mode): one cookie crosses sites, and nothing else does."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from relying_party_sdk import ConfigurationError, RelyingParty
from relying_party_sdk.browser_exchange import BrowserAnswer, BrowserRequest
from relying_party_sdk.login_flow import LoginFlow
from relying_party_sdk.response_mode import ResponseMode, asked_response_mode
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import SECRET, DjangoSite, FlaskSite, Site, StarletteSite

CALLBACK = "/dang-nhap/ket-thuc"
REDIRECT_URI = f"https://thue.example{CALLBACK}"


@pytest.fixture
def posted(provider: FakeProvider) -> RelyingParty:
    return provider.relying_party(redirect_uri=REDIRECT_URI, response_mode="form_post")


@pytest.fixture(params=[StarletteSite, FlaskSite, DjangoSite], ids=["starlette", "flask", "django"])
def site(request: pytest.FixtureRequest, posted: RelyingParty) -> Site:
    built: Site = request.param(posted)
    return built


def started(flow: LoginFlow) -> BrowserAnswer:
    return flow.start(BrowserRequest("GET", "return_to=/ho-so", {}))


def posting(form: str, cookies: dict[str, str]) -> BrowserRequest:
    return BrowserRequest("POST", "", cookies, {}, form.encode())


def test_asks_for_a_form(posted: RelyingParty) -> None:
    asked = parse_qs(urlsplit(posted.begin_login().url).query)

    assert asked["response_mode"] == ["form_post"]


def test_the_login_cookie_alone_comes_along_with_a_form_of_another_site(
    posted: RelyingParty, provider: FakeProvider
) -> None:
    flow = LoginFlow(posted, session_secret=SECRET)
    begun = started(flow)
    (login,) = begun.cookies
    form = urlsplit(provider.authorize(begun.headers["Location"])).query

    finished = flow.finish(posting(form, {login.name: login.value}))

    assert login.header().endswith("HttpOnly; SameSite=None; Secure")
    gone, session = finished.cookies
    assert (gone.name, gone.max_age, gone.same_site) == (login.name, 0, "None")
    assert session.header().endswith("HttpOnly; SameSite=Lax; Secure")
    assert finished.headers["Location"] == "/ho-so"


def test_a_form_with_anothers_answer_logs_nobody_in(posted: RelyingParty, provider: FakeProvider) -> None:
    """Login CSRF: the attacker's own code and state, posted from the attacker's page in the citizen's browser."""
    flow = LoginFlow(posted, session_secret=SECRET)
    (own,) = started(flow).cookies
    attackers = urlsplit(provider.authorize(started(flow).headers["Location"])).query

    refused = flow.finish(posting(attackers, {own.name: own.value}))

    assert refused.status == 400
    assert "login_state_missing" in refused.body
    assert refused.cookies == ()


def test_a_form_may_bring_an_error(posted: RelyingParty, provider: FakeProvider) -> None:
    """The suite's module `oidcc-client-test-form-post-error`."""
    flow = LoginFlow(posted, session_secret=SECRET)
    begun = started(flow)
    (login,) = begun.cookies
    provider.fail_with(Fault.LOGIN_REQUIRED)
    form = urlsplit(provider.authorize(begun.headers["Location"])).query

    told = flow.finish(posting(form, {login.name: login.value}))

    assert (told.status, [cookie.max_age for cookie in told.cookies]) == (401, [0])
    assert "interaction_required" in told.body


def test_an_answer_in_the_address_is_not_taken_where_a_form_was_asked_for(
    posted: RelyingParty, provider: FakeProvider
) -> None:
    flow = LoginFlow(posted, session_secret=SECRET)
    begun = started(flow)
    (login,) = begun.cookies
    query = urlsplit(provider.authorize(begun.headers["Location"])).query

    refused = flow.finish(BrowserRequest("GET", query, {login.name: login.value}))

    assert (refused.status, refused.headers) == (405, {"Allow": "POST"})


def test_a_form_is_not_taken_where_an_address_was_asked_for(provider: FakeProvider) -> None:
    flow = LoginFlow(provider.relying_party(), session_secret=SECRET)

    assert flow.finish(posting("code=a&state=b", {})).headers == {"Allow": "GET"}


def test_every_framework_takes_the_form(site: Site, provider: FakeProvider) -> None:
    begun = site.get("/dang-nhap/bat-dau?return_to=/ho-so")
    cookie = begun.set_cookies[0].partition(";")[0]
    form = parse_qs(urlsplit(provider.authorize(begun.location)).query)

    finished = site.post(CALLBACK, {name: values[0] for name, values in form.items()}, {"Cookie": cookie})

    assert "SameSite=None" in begun.set_cookies[0]
    assert (finished.status, finished.location) == (303, "/ho-so")


def test_a_form_with_a_doubled_field_is_refused(posted: RelyingParty, provider: FakeProvider) -> None:
    flow = LoginFlow(posted, session_secret=SECRET)
    begun = started(flow)
    (login,) = begun.cookies
    form = urlsplit(provider.authorize(begun.headers["Location"])).query + "&" + urlencode({"code": "cua-ai-khac"})

    assert "callback_malformed" in flow.finish(posting(form, {login.name: login.value})).body


def test_a_service_on_plain_http_cannot_ask_for_a_form(provider: FakeProvider) -> None:
    with pytest.raises(ConfigurationError, match="form_post needs an https:// redirect_uri"):
        provider.relying_party(redirect_uri="http://localhost/dang-nhap/ket-thuc", response_mode="form_post")


def test_a_signed_answer_may_come_as_a_form(clock: HandClock) -> None:
    with FakeProvider(clock=clock, algorithm="ES256") as provider:
        party = provider.relying_party(
            redirect_uri=REDIRECT_URI, response_mode="form_post", authorization_signed_response_alg="ES256"
        )
        asked = parse_qs(urlsplit(party.begin_login().url).query)

    assert asked["response_mode"] == ["form_post.jwt"]


@pytest.mark.parametrize(
    ("mode", "signed", "value"),
    [
        (ResponseMode.QUERY, False, None),
        (ResponseMode.QUERY, True, "jwt"),
        (ResponseMode.FORM_POST, False, "form_post"),
        (ResponseMode.FORM_POST, True, "form_post.jwt"),
    ],
)
def test_names_the_mode(mode: ResponseMode, signed: bool, value: str | None) -> None:
    assert asked_response_mode(mode, signed=signed) == value


class Jar(dict[str, str]):
    """A browser's cookies at this service; a form of the provider carries those alone that say `SameSite=None`."""

    def __init__(self) -> None:
        super().__init__()
        self._cross_site: set[str] = set()

    def keep(self, answer: BrowserAnswer) -> BrowserAnswer:
        for cookie in answer.cookies:
            self[cookie.name] = cookie.value
            self._cross_site.discard(cookie.name)
            if cookie.cross_site:
                self._cross_site.add(cookie.name)
            if not cookie.max_age:
                del self[cookie.name]
        return answer

    @property
    def crossing(self) -> dict[str, str]:
        return {name: value for name, value in self.items() if name in self._cross_site}


INVITATION = urlencode({"iss": "https://dinhdanh.example"})


def log_in(flow: LoginFlow, provider: FakeProvider, jar: Jar, *, invited: bool = False) -> BrowserAnswer:
    begin, query = (flow.invited, INVITATION) if invited else (flow.start, "return_to=/ho-so")
    begun = jar.keep(begin(BrowserRequest("GET", query, dict(jar))))
    form = urlsplit(provider.authorize(begun.headers["Location"])).query
    return jar.keep(flow.finish(posting(form, jar.crossing)))


@pytest.mark.parametrize("invited", [False, True], ids=["start", "invited"])
def test_a_new_login_ends_the_session_before_it_wherever_its_cookie_was_copied_to(
    posted: RelyingParty, provider: FakeProvider, invited: bool
) -> None:
    flow, jar = LoginFlow(posted, session_secret=SECRET), Jar()
    log_in(flow, provider, jar)
    copied = dict(jar)

    log_in(flow, provider, jar, invited=invited)

    assert flow.session(copied) is None
    assert flow.session(jar) is not None


def test_a_login_that_is_begun_or_fails_ends_no_session(posted: RelyingParty, provider: FakeProvider) -> None:
    """Anybody can write a link that begins one."""
    flow, jar = LoginFlow(posted, session_secret=SECRET), Jar()
    log_in(flow, provider, jar)

    jar.keep(flow.start(BrowserRequest("GET", "", dict(jar))))
    assert flow.session(jar) is not None

    provider.fail_with(Fault.ACCESS_DENIED)
    assert log_in(flow, provider, jar).status == 403
    assert flow.session(jar) is not None


def test_a_login_in_another_browser_ends_no_session(posted: RelyingParty, provider: FakeProvider) -> None:
    flow, jar, elsewhere = LoginFlow(posted, session_secret=SECRET), Jar(), Jar()
    log_in(flow, provider, jar)

    log_in(flow, provider, elsewhere)

    assert flow.session(jar) is not None
    assert flow.session(elsewhere) is not None


def test_the_cookie_of_a_login_in_flight_does_not_show_the_session(
    posted: RelyingParty, provider: FakeProvider
) -> None:
    flow, jar = LoginFlow(posted, session_secret=SECRET), Jar()
    log_in(flow, provider, jar)
    session = flow.session(jar)

    begun = flow.start(BrowserRequest("GET", "", dict(jar)))

    state = posted.open_login(begun.cookies[-1].value)
    assert session is not None
    assert state.replaces == session.key
    assert session.key not in repr(state) + begun.headers["Location"] + begun.cookies[-1].value
    assert flow.session({next(iter(jar)): begun.cookies[-1].value}) is None
