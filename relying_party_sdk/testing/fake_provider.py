"""`FakeProvider`: a provider in the test's own process, reached over an httpx2 transport.

It checks what a real one checks (client, redirect URI, PKCE, one use of a code), so a service that passes here
speaks the protocol; faults are on request.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from urllib.parse import urlencode, urlsplit

import httpx2

from relying_party_sdk.identity import Identity
from relying_party_sdk.logout_token import LOGOUT_EVENT
from relying_party_sdk.profiles import SecurityProfile
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.session_store import SessionStore
from relying_party_sdk.settings import Registration
from relying_party_sdk.signing import read_private_key
from relying_party_sdk.testing.endpoints import FakeEndpoints
from relying_party_sdk.testing.faults import Fault
from relying_party_sdk.testing.signing import Signer, generate_key

ISSUER = "https://dinhdanh.example"
CLIENT_ID = "dich-vu-thu"
CLIENT_SECRET = "chỉ để thử: +/% và dấu"
# Loopback, so that the test clients of all frameworks, which speak plain HTTP, keep the cookies.
REDIRECT_URI = "http://localhost/dang-nhap/ket-thuc"
START_PATH = "/dang-nhap/bat-dau"
BACK_CHANNEL_PATH = "/dang-nhap/thoat-nen"

# The test client of Starlette, FastAPI, Flask or Django: they share `get` and `post`, but no type.
TestBrowser = TypeVar("TestBrowser")


class FakeProvider:
    """A provider that logs one invented person in.

    `clock` (epoch seconds) is shared with the relying parties it makes; a test may hand its own in.
    `requests` of `endpoints` lists the paths the service called. With `profile`, it demands what a real provider
    demands of a service registered so; with `dpop_nonces`, a nonce of its own in every proof.
    """

    def __init__(
        self,
        identity: Identity | None = None,
        *,
        client_id: str = CLIENT_ID,
        algorithm: str = "ES256",
        userinfo_signed: bool = False,
        profile: SecurityProfile | str = SecurityProfile.OPENID,
        dpop_nonces: bool = False,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.clock = clock if clock is not None else lambda: int(time.time())
        self.profile = SecurityProfile(profile)
        self.endpoints = FakeEndpoints(
            identity if identity is not None else Identity.sample(),
            issuer=ISSUER,
            client_id=client_id,
            client_secret=CLIENT_SECRET,
            signer=Signer(algorithm),
            userinfo_signed=userinfo_signed,
            profile=self.profile,
            dpop_nonces=dpop_nonces,
            clock=self.clock,
        )
        self._http = httpx2.Client(transport=httpx2.MockTransport(self.endpoints.answer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def issuer(self) -> str:
        """The address the relying parties are configured with."""
        return self.endpoints.issuer

    @property
    def identity(self) -> Identity:
        """Who logs in."""
        return self.endpoints.identity

    def log_in_as(self, identity: Identity) -> None:
        """From now on somebody else sits at the browser."""
        self.endpoints.identity = identity

    def fail_with(self, fault: Fault | str | None) -> None:
        """From now on one thing goes wrong; `None` mends it."""
        self.endpoints.fault = None if fault is None else Fault(fault)

    def rotate_key(self) -> None:
        """Sign with a new key and publish only that one."""
        old = self.endpoints.signer
        self.endpoints.signer = Signer(old.algorithm, kid=f"{old.kid}-moi")

    def relying_party(
        self, *, redirect_uri: str = REDIRECT_URI, store: SessionStore | None = None, **registered: Unpack[Registration]
    ) -> RelyingParty:
        """A relying party registered here, which reaches the provider without any network.

        Takes what `RelyingParty` takes. Where the profile wants a key and none is given, one is made.
        """
        signer = self.endpoints.signer
        private_key = registered.get("private_key")
        if private_key is None and self.endpoints.rules.private_key_only:
            private_key = generate_key("ES256")
        key = None if private_key is None else read_private_key(private_key)
        self.endpoints.asked_requests.client_key = key
        known: Registration = {
            "client_secret": CLIENT_SECRET if key is None else None,
            "profile": self.profile,
            "id_token_signed_response_alg": signer.algorithm,
            "userinfo_signed_response_alg": signer.algorithm if self.endpoints.userinfo_signed else None,
        }
        known.update(registered)
        known["private_key"] = key
        return RelyingParty(
            self.issuer,
            self.endpoints.client_id,
            redirect_uri,
            store=store,
            http=self._http,
            clock=self.clock,
            **known,
        )

    def authorize(self, url: str) -> str:
        """What the person does at the provider: from the authorization URL to the callback URL."""
        return self.endpoints.authorize(url)

    def sign_in(self, browser: TestBrowser, *, start: str = START_PATH, return_to: str = "/") -> TestBrowser:
        """Walk a login through the service's own start and callback; the browser holds the session after."""
        client: Any = browser
        begun = client.get(f"{start}?{urlencode({'return_to': return_to})}", follow_redirects=False)
        if begun.status_code not in (302, 303):
            raise AssertionError(f"{start} answered {begun.status_code} instead of a redirect to the provider")
        callback = urlsplit(self.authorize(begun.headers["Location"]))
        finished = client.get(f"{callback.path}?{callback.query}", follow_redirects=False)
        if finished.status_code not in (302, 303):
            raise AssertionError(f"the callback answered {finished.status_code} instead of a redirect")
        return browser

    def logout_token(
        self,
        *,
        session_id: str | None = None,
        subject: str | None = None,
        changes: Mapping[str, object] | None = None,
    ) -> str:
        """A signed logout token for a session or a subject; `changes` add or replace claims."""
        now = self.clock()
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.endpoints.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_urlsafe(12),
            "events": {LOGOUT_EVENT: {}},
        }
        claims |= {"sid": session_id} if session_id else {}
        claims |= {"sub": subject} if subject else {}
        return self.endpoints.signer.sign(claims | dict(changes or {}), typ="logout+jwt")

    def sign_out_everywhere(self, browser: object, *, path: str = BACK_CHANNEL_PATH) -> int:
        """End the person's session as the provider does, over the back channel; the service's status code."""
        client: Any = browser
        token = self.logout_token(session_id=self.identity.session_id)
        form, kind = urlencode({"logout_token": token}), "application/x-www-form-urlencoded"
        if isinstance(client, httpx2.Client):
            return client.post(path, content=form, headers={"Content-Type": kind}).status_code
        return int(client.post(path, data=form, content_type=kind).status_code)
