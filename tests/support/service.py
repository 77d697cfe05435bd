"""A service that sends exactly what it is told, many requests at a time, over connections kept open. Checks nothing."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

import httpx2

CONNECTIONS = 64


def _many_connections() -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx2.AsyncClient(limits=limits, timeout=60, trust_env=False)


@dataclass(frozen=True)
class Service:
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scope: str = "openid profile offline_access"
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    http: httpx2.AsyncClient = field(default_factory=_many_connections, repr=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def authorization_url(self) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.code_verifier.encode()).digest()).rstrip(b"=")
        parameters = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": self.scope,
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/authorize?{urlencode(parameters)}"

    async def redeem(self, code: str) -> httpx2.Response:
        return await self.post(
            "/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=self.code_verifier,
        )

    async def refresh(self, refresh_token: str) -> httpx2.Response:
        return await self.post("/token", grant_type="refresh_token", refresh_token=refresh_token)

    async def userinfo(self, access_token: str) -> httpx2.Response:
        return await self.http.get(f"{self.issuer}/userinfo", headers={"authorization": f"Bearer {access_token}"})

    async def post(self, path: str, **form: str) -> httpx2.Response:
        """Authenticated with client_secret_basic."""
        return await self.http.post(f"{self.issuer}{path}", data=form, auth=(self.client_id, self.client_secret))

    async def get(self, path: str) -> httpx2.Response:
        return await self.http.get(f"{self.issuer}{path}")
