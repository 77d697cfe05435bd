"""What the conformance suite's relying-party modules try, without the suite: each lie on its own, and its refusal.

The names are those of the suite's modules, and each must end as `tests/conformance` expects it to end there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from relying_party_sdk import Identity, LoginError, LogoutTokenInvalid, RelyingParty
from relying_party_sdk.errors import TokenInvalid
from relying_party_sdk.testing import FakeProvider, Fault
from relying_party_sdk.testing.fake_provider import CLIENT_SECRET, REDIRECT_URI
from relying_party_sdk.testing.signing import Signer, part
from tests.conformance.relying_party_journeys import JOURNEYS, WELCOME
from tests.relying_party_sdk.conftest import HandClock

Claims = dict[str, object]
PREFIX = "oidcc-client-test-"


@pytest.fixture
def provider(clock: HandClock) -> FakeProvider:
    """As the suite's: RS256."""
    return FakeProvider(algorithm="RS256", clock=clock)


class LyingProvider:
    """The fake provider, whose ID tokens and keys are changed on their way to the service."""

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.id_token: Callable[[str], str] = lambda raw: raw
        self.more_keys: tuple[dict[str, object], ...] = ()
        self.nameless_keys = False

    def party(self) -> RelyingParty:
        return RelyingParty(
            self.provider.issuer,
            self.provider.endpoints.client_id,
            REDIRECT_URI,
            client_secret=CLIENT_SECRET,
            id_token_signed_response_alg="RS256",
            http=httpx2.Client(transport=httpx2.MockTransport(self._answer)),
            clock=self.provider.clock,
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = self.provider.endpoints.answer(request)
        if answer.status_code != 200:
            return answer
        if request.url.path == "/token":
            told = answer.json()
            return httpx2.Response(200, json=told | {"id_token": self.id_token(told["id_token"])})
        if request.url.path == "/jwks.json":
            keys = [*answer.json()["keys"], *self.more_keys]
            unnamed = [{name: value for name, value in key.items() if name != "kid"} for key in keys]
            return httpx2.Response(200, json={"keys": unnamed if self.nameless_keys else keys})
        return answer


def log_in(party: RelyingParty, provider: FakeProvider) -> Identity:
    login = party.begin_login()
    return party.finish_login(parse_qsl(urlsplit(provider.authorize(login.url)).query), login.sealed_state)


def ending(act: Callable[[], object]) -> str:
    """How it ended, in the words of `Journey.ends`."""
    try:
        act()
    except TokenInvalid as error:
        return f"{error.code}: {error.rule}"
    except LoginError as error:
        return error.code
    return WELCOME


def claims_of(raw: str) -> Claims:
    payload = raw.split(".")[1]
    read: Claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def changed(provider: FakeProvider, **changes: object) -> Callable[[str], str]:
    """The token signed again with changed claims; `None` leaves one out."""

    def lie(raw: str) -> str:
        claims = {name: value for name, value in (claims_of(raw) | changes).items() if value is not None}
        return provider.endpoints.signer.sign(claims)

    return lie


def unsigned(raw: str) -> str:
    """As the suite writes `alg: none`: with no signature at all."""
    return f"{part({'alg': 'none'})}.{raw.split('.')[1]}."


LIES: dict[str, dict[str, object]] = {
    "invalid-iss": {"iss": "https://dinhdanh.exampleINVALID"},
    "missing-sub": {"sub": None},
    "invalid-aud": {"aud": "dich-vu-thuINVALID"},
    "missing-iat": {"iat": None},
    "nonce-invalid": {"nonce": "khong-phai-cua-ban"},
}


@pytest.mark.parametrize("module", LIES)
def test_a_lie_in_the_id_token(module: str, provider: FakeProvider) -> None:
    lying = LyingProvider(provider)
    lying.id_token = changed(provider, **LIES[module])

    assert ending(lambda: log_in(lying.party(), provider)) == JOURNEYS[PREFIX + module].ends
    assert "/userinfo" not in provider.endpoints.requests


def test_idtoken_sig_none(provider: FakeProvider) -> None:
    lying = LyingProvider(provider)
    lying.id_token = unsigned

    assert ending(lambda: log_in(lying.party(), provider)) == JOURNEYS[f"{PREFIX}idtoken-sig-none"].ends


def test_invalid_sig_rs256(provider: FakeProvider) -> None:
    lying = LyingProvider(provider)
    kid = provider.endpoints.signer.kid
    lying.id_token = lambda raw: Signer("RS256", kid=kid).sign(claims_of(raw))

    assert ending(lambda: log_in(lying.party(), provider)) == JOURNEYS[f"{PREFIX}invalid-sig-rs256"].ends


@pytest.mark.parametrize("several", [False, True], ids=["kid-absent-single-jwks", "kid-absent-multiple-jwks"])
def test_kid_absent(provider: FakeProvider, several: bool) -> None:
    lying = LyingProvider(provider)
    lying.nameless_keys = True
    lying.id_token = lambda raw: provider.endpoints.signer.sign(claims_of(raw), kid=None)
    if several:
        lying.more_keys = (Signer("RS256", kid="khoa-2").public_jwk(),)
    module = f"{PREFIX}kid-absent-{'multiple' if several else 'single'}-jwks"

    assert ending(lambda: log_in(lying.party(), provider)) == JOURNEYS[module].ends


def test_userinfo_invalid_sub(provider: FakeProvider) -> None:
    provider.fail_with(Fault.WRONG_SUBJECT)
    party = LyingProvider(provider).party()

    assert ending(lambda: log_in(party, provider)) == JOURNEYS[f"{PREFIX}userinfo-invalid-sub"].ends


@pytest.mark.parametrize(
    ("module", "lie"),
    [("invalid-issuer", {"iss": "https://dinhdanh.exampleINVALID"}), ("invalid-sub", {"sub": "nguoi-khac"})],
)
def test_a_lie_in_a_refreshed_id_token(provider: FakeProvider, module: str, lie: dict[str, object]) -> None:
    lying = LyingProvider(provider)
    party = lying.party()
    identity = log_in(party, provider)
    asked = provider.endpoints.requests.count("/userinfo")
    lying.id_token = changed(provider, **lie)

    assert ending(lambda: party.refresh(identity)) == JOURNEYS[f"{PREFIX}refresh-token-{module}"].ends
    assert provider.endpoints.requests.count("/userinfo") == asked


def test_discovery_issuer_mismatch(provider: FakeProvider) -> None:
    party = RelyingParty(
        f"{provider.issuer}/",
        "a",
        REDIRECT_URI,
        client_secret=CLIENT_SECRET,
        http=httpx2.Client(transport=httpx2.MockTransport(provider.endpoints.answer)),
    )

    assert ending(party.check_provider) == JOURNEYS[f"{PREFIX}discovery-issuer-mismatch"].ends
    assert "/jwks.json" not in provider.endpoints.requests


LOGOUT_LIES: dict[str, tuple[Callable[[FakeProvider, str], str], str]] = {
    "alg-none": (lambda _, raw: unsigned(raw), "not_compact"),
    "no-event": (lambda provider, raw: changed(provider, events=None)(raw), "event_missing"),
    "wrong-event": (lambda provider, raw: changed(provider, events={"https://la.example": {}})(raw), "event_missing"),
    "with-nonce": (lambda provider, raw: changed(provider, nonce="n")(raw), "nonce_present"),
    "wrong-alg": (lambda _, raw: Signer("ES256").sign(claims_of(raw)), "algorithm_not_registered"),
    "wrong-aud": (lambda provider, raw: changed(provider, aud="dich-vu-thu1")(raw), "audience_wrong"),
    "wrong-iss": (lambda provider, raw: changed(provider, iss="https://la.example")(raw), "issuer_wrong"),
}


@pytest.mark.parametrize("module", LOGOUT_LIES)
def test_a_lie_in_a_logout_token(provider: FakeProvider, module: str) -> None:
    lie, rule = LOGOUT_LIES[module]
    party = LyingProvider(provider).party()

    with pytest.raises(LogoutTokenInvalid) as refused:
        party.verify_logout_token(lie(provider, provider.logout_token(session_id="phien-1")))

    assert refused.value.rule == rule
    assert f"{PREFIX}rp-backchannel-rpinitlogout-{module}" in JOURNEYS


def test_signing_key_rotation(provider: FakeProvider) -> None:
    """Rotated between two logins, and again while the second is on its way."""
    party = LyingProvider(provider).party()
    log_in(party, provider)
    provider.rotate_key()

    assert ending(lambda: log_in(party, provider)) == JOURNEYS[f"{PREFIX}signing-key-rotation"].ends
    # A third key within the minute is not asked for: forged tokens would make it a flood.
    provider.rotate_key()
    assert ending(lambda: log_in(party, provider)) == "id_token_invalid: key_unknown"
