"""RFC 9101, OpenID Connect Core 6: what the client signed is the request, and nothing beside it is."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from idp.audit.events import AuthorizationRequestRefused
from idp.storage.database import Database
from tests.support.assertions import ClientKey, b64
from tests.support.http_server import served
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, running_provider
from tests.support.sources import NOW

_KEY = ClientKey()
_STRANGER = ClientKey()


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register(jwks=_KEY.jwks())


def _claims(party: RelyingPartyDriver, **changes: Any) -> dict[str, Any]:
    """A good request object's; a change to None drops one."""
    claims = {
        **party.authorization_parameters(),
        "iss": party.client_id,
        "aud": party.provider.issuer,
        "iat": NOW,
        "exp": NOW + 300,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


async def _ask(party: RelyingPartyDriver, browser: Browser, request: str, **beside: str) -> dict[str, str]:
    outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "response_type": "code", **beside}
    return answer_of(await browser.get("/authorize", **outer, request=request))


async def test_a_signed_request_is_answered_like_any_other(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    answer = await _ask(town_hall, browser, _KEY.sign(_claims(town_hall)))
    tokens = await town_hall.redeem(answer["code"])

    assert answer["state"] == town_hall.state
    assert tokens.status_code == 200


async def test_what_stands_beside_the_object_counts_for_nothing(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    beside = {"state": "another", "scope": "openid phone", "prompt": "login", "response_mode": "form_post"}

    answer = await _ask(town_hall, browser, _KEY.sign(_claims(town_hall)), **beside)
    tokens = (await town_hall.redeem(answer["code"])).json()

    assert answer["state"] == town_hall.state
    assert tokens["scope"] == "openid profile"


@pytest.mark.parametrize("typ", ["oauth-authz-req+jwt", "OAuth-AuthZ-REQ+jWt", "jwt", "JWT"])
async def test_the_kind_of_token_is_a_media_type_in_any_case(
    provider: Provider, town_hall: RelyingPartyDriver, typ: str
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    assert "code" in await _ask(town_hall, browser, _KEY.sign(_claims(town_hall), typ=typ))


async def test_numbers_and_claims_are_json_inside(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    inside = _claims(town_hall, max_age=600, claims={"id_token": {"name": None}})

    answer = await _ask(town_hall, browser, _KEY.sign(inside))

    assert "code" in answer


async def test_the_redirect_uri_outside_is_not_looked_at_when_the_object_is_good(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    answer = await browser.get(
        "/authorize",
        client_id=town_hall.client_id,
        redirect_uri="https://attacker.example/",
        request=_KEY.sign(_claims(town_hall)),
    )

    assert answer.headers["location"].startswith(town_hall.redirect_uri)


async def test_a_bad_object_and_a_foreign_redirect_uri_end_on_a_page(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    answer = await provider.browser().get(
        "/authorize",
        client_id=town_hall.client_id,
        redirect_uri="https://attacker.example/",
        request=_STRANGER.sign(_claims(town_hall)),
    )

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_an_unregistered_redirect_uri_inside_ends_on_a_page(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    signed = _KEY.sign(_claims(town_hall, redirect_uri="https://attacker.example/"))

    answer = await provider.browser().get(
        "/authorize", client_id=town_hall.client_id, redirect_uri=town_hall.redirect_uri, request=signed
    )

    assert answer.status_code == 400


_UNSIGNED = b64(b'{"alg":"none"}')

_BENT: list[Any] = [
    pytest.param({}, {"by": _STRANGER}, id="a stranger's signature"),
    pytest.param({}, {"alg": "HS256"}, id="HS256"),
    pytest.param({}, {"alg": "ES384"}, id="an algorithm that is not taken"),
    pytest.param({}, {"kid": "another"}, id="an unknown key"),
    pytest.param({}, {"jwk": _STRANGER.key.as_dict(private=False)}, id="its own key"),
    pytest.param({}, {"crit": ["exp"]}, id="crit"),
    pytest.param({}, {"zip": "DEF"}, id="zip"),
    pytest.param({}, {"typ": "logout+jwt"}, id="another kind of token"),
    pytest.param({"client_id": "library"}, {}, id="another client_id"),
    pytest.param({"iss": "library"}, {}, id="another issuer"),
    pytest.param({"sub": "town-hall"}, {}, id="one that would be an assertion as well"),
    pytest.param({"aud": "https://other.example"}, {}, id="another audience"),
    pytest.param({"aud": ["https://other.example"]}, {}, id="a list of another audience"),
    pytest.param({"aud": 7}, {}, id="an audience that is a number"),
    pytest.param({"exp": NOW - 10}, {}, id="expired"),
    pytest.param({"exp": "tomorrow"}, {}, id="an end that is no number"),
    pytest.param({"exp": True}, {}, id="an end that is true"),
    pytest.param({"exp": NOW + 3601}, {}, id="an end too far"),
    pytest.param({"nbf": NOW + 11}, {}, id="not valid yet"),
    pytest.param({"iat": NOW + 61}, {}, id="made in the future"),
    pytest.param({"request": "e30."}, {}, id="a request in a request"),
    pytest.param({"request_uri": "https://town-hall.example/"}, {}, id="a request_uri in a request"),
    pytest.param({"prompt": ["none"]}, {}, id="a list as a parameter"),
    pytest.param({"prompt": True}, {}, id="a flag as a parameter"),
]


@pytest.mark.parametrize(("changes", "header"), _BENT)
async def test_a_bent_object_is_refused_with_its_own_error(
    provider: Provider, town_hall: RelyingPartyDriver, changes: dict[str, Any], header: dict[str, Any]
) -> None:
    key = header.get("by", _KEY)
    signed = key.sign(_claims(town_hall, **changes), **{k: v for k, v in header.items() if k != "by"})

    answer = await _ask(town_hall, provider.browser(), signed, state="outside")

    assert (answer["error"], answer["state"]) == ("invalid_request_object", "outside")
    assert await provider.count_of(AuthorizationRequestRefused) == 1


@pytest.mark.parametrize(
    "unverified",
    [
        pytest.param("e30.", id="half of one"),
        pytest.param("a.b.c.d.e", id="an encrypted one"),
        pytest.param(f"{_UNSIGNED}.{b64(b'{}')}.", id="alg none"),
        pytest.param("x" * 20_000, id="an endless one"),
        pytest.param("ký.tự.lạ", id="other letters"),
    ],
)
async def test_what_is_no_signed_object_is_refused(
    provider: Provider, town_hall: RelyingPartyDriver, unverified: str
) -> None:
    answer = await _ask(town_hall, provider.browser(), unverified)

    assert answer["error"] == "invalid_request_object"


async def test_clocks_may_differ_by_ten_seconds(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    ahead = await _ask(town_hall, browser, _KEY.sign(_claims(town_hall, iat=NOW + 10, nbf=NOW + 10)))
    behind = await _ask(town_hall, browser, _KEY.sign(_claims(town_hall, iat=NOW - 300, exp=NOW - 9)))

    assert "code" in ahead
    assert "code" in behind


async def test_a_client_held_to_one_algorithm_is_held_to_it(provider: Provider) -> None:
    party = await provider.register(jwks=_KEY.jwks(), request_object_signing_alg="PS256")

    answer = await _ask(party, provider.browser(), _KEY.sign(_claims(party)))

    assert answer["error"] == "invalid_request_object"


async def test_a_client_without_keys_has_no_signed_requests(provider: Provider) -> None:
    party = await provider.register()

    answer = await _ask(party, provider.browser(), _KEY.sign(_claims(party)))

    assert answer["error"] == "invalid_request_object"


async def test_a_client_that_must_sign_is_refused_unsigned_on_every_path(provider: Provider) -> None:
    party = await provider.register(jwks=_KEY.jwks(), require_signed_request_object=True)
    browser = await provider.logged_in_browser(consenting_to=party)

    in_the_browser = answer_of(await party.authorize(browser))
    pushed = await party.post("/par", **party.authorization_parameters())
    signed = await _ask(party, browser, _KEY.sign(_claims(party)))

    assert in_the_browser["error"] == pushed.json()["error"] == "invalid_request"
    assert "code" in signed


async def test_a_signed_request_is_pushed_and_then_used_once(provider: Provider) -> None:
    party = await provider.register(jwks=_KEY.jwks(), require_signed_request_object=True)
    browser = await provider.logged_in_browser(consenting_to=party)

    pushed = await party.post("/par", request=_KEY.sign(_claims(party)), client_id=party.client_id)
    reference = {"client_id": party.client_id, "request_uri": pushed.json()["request_uri"]}
    first = await browser.get("/authorize", **reference)
    second = await browser.get("/authorize", **reference)

    assert "code" in answer_of(first)
    assert second.status_code == 400


async def test_a_bad_object_is_refused_when_pushed(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    pushed = await town_hall.post("/par", request=_STRANGER.sign(_claims(town_hall)))

    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request_object")


async def test_both_ways_at_once_are_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    answer = await _ask(
        town_hall, provider.browser(), _KEY.sign(_claims(town_hall)), request_uri="https://town-hall.example/r"
    )

    assert answer["error"] == "invalid_request"


async def test_by_reference_is_refused_where_it_is_off(provider: Provider) -> None:
    party = await provider.register(jwks=_KEY.jwks(), request_uris=["https://town-hall.example/r"])

    answer = answer_of(await party.authorize(provider.browser(), request_uri="https://town-hall.example/r"))

    assert answer["error"] == "request_uri_not_supported"


class _Shelf:
    """Where a client leaves its request object."""

    def __init__(self) -> None:
        self.content = ""
        self.status = 200
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await PlainTextResponse(self.content, status_code=self.status)(Request(scope).scope, receive, send)


@pytest.fixture
def shelf() -> Iterator[tuple[str, _Shelf]]:
    there = _Shelf()
    with served(there) as address:
        yield address, there


@pytest.fixture
async def fetching(database: Database, shelf: tuple[str, _Shelf]) -> AsyncIterator[Provider]:
    allowed = (urlsplit(shelf[0]).netloc,)
    async with running_provider(database, request_uri_by_reference=True, outbound_allow_list=allowed) as running:
        yield running


async def test_a_registered_address_is_asked_for_the_request(fetching: Provider, shelf: tuple[str, _Shelf]) -> None:
    address, there = shelf
    party = await fetching.register(jwks=_KEY.jwks(), request_uris=[f"{address}/r#hash"])
    there.content = _KEY.sign(_claims(party))
    browser = await fetching.logged_in_browser(consenting_to=party)

    answer = await browser.get("/authorize", client_id=party.client_id, request_uri=f"{address}/r#hash")

    assert "code" in answer_of(answer)
    assert there.asked == 1


async def test_an_address_that_is_not_registered_is_never_asked(fetching: Provider, shelf: tuple[str, _Shelf]) -> None:
    address, there = shelf
    party = await fetching.register(jwks=_KEY.jwks(), request_uris=[f"{address}/r"])

    for bent in (f"{address}/other", f"{address}/r?x=1", f"{address}/r#hash", "http://127.0.0.1:1/r", "file:///r"):
        answer = answer_of(await party.authorize(fetching.browser(), request_uri=bent))
        assert answer["error"] == "invalid_request_uri", bent

    assert there.asked == 0


@pytest.mark.parametrize(
    ("content", "status", "error"),
    [
        pytest.param("not a token", 200, "invalid_request_object", id="no token"),
        pytest.param("", 404, "invalid_request_uri", id="nothing there"),
        pytest.param("", 302, "invalid_request_uri", id="a redirect"),
        pytest.param("x" * 70_000, 200, "invalid_request_uri", id="an endless one"),
        pytest.param("tiếng Việt", 200, "invalid_request_uri", id="other letters"),
    ],
)
async def test_what_the_address_gives_is_not_trusted(
    fetching: Provider, shelf: tuple[str, _Shelf], content: str, status: int, error: str
) -> None:
    address, there = shelf
    there.content, there.status = content, status
    party = await fetching.register(jwks=_KEY.jwks(), request_uris=[f"{address}/r"])

    answer = answer_of(await party.authorize(fetching.browser(), request_uri=f"{address}/r"))

    assert answer["error"] == error


async def test_discovery_says_what_is_taken(fetching: Provider) -> None:
    document = json.loads((await fetching.http.get("/.well-known/openid-configuration")).content)

    assert document["request_parameter_supported"] is True
    assert document["request_uri_parameter_supported"] is document["require_request_uri_registration"] is True
    assert "none" not in document["request_object_signing_alg_values_supported"]
