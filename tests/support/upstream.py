"""An OpenID provider to be a source, over real HTTP, that can be told to lie in any way."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.support.read_body import read_body

CLIENT_ID = "motcua"
CLIENT_SECRET = "a:secret/with+signs"
NOW = 1_800_000_000
HONEST: dict[str, Any] = {
    "name": "Nguyễn Thị Hoa",
    "birthdate": "1984-05-06",
    "gender": "female",
    "birthplace": "Hà Nội",
    "vn_personal_id": "099184000011",
    "vn_personal_id_verified": True,
}

Bend = Callable[[dict[str, Any]], dict[str, Any]]


def as_is(claims: dict[str, Any]) -> dict[str, Any]:
    return claims


@dataclass
class Upstream:
    """`bend_*` change what is about to be answered; `answers` replaces an endpoint's answer (status, body, type)."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one", "use": "sig"}))
    published: list[ECKey] = field(default_factory=list)
    bend_id_token: Bend = as_is
    bend_header: Bend = as_is
    bend_userinfo: Bend = as_is
    bend_token: Bend = as_is
    bend_metadata: Bend = as_is
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    answers: dict[str, tuple[int, bytes, str]] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, url: str, *, code: str = "code-1") -> dict[str, str]:
        """What the citizen's browser brings back from the authorization endpoint."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = scope["path"]
        self.requests.append(path)
        if path in self.hanging:
            await asyncio.Event().wait()
        if path in self.answers:
            status, body, media_type = self.answers[path]
            response = Response(body, status, media_type=media_type)
        elif path == "/.well-known/openid-configuration":
            response = JSONResponse(self.bend_metadata(self._metadata()))
        elif path == "/jwks":
            keys = [key.as_dict(private=False) for key in self.published or [self.key]]
            response = JSONResponse({"keys": keys})
        elif path == "/token":
            response = self._token(request, await read_body(receive))
        elif path == "/userinfo":
            response = JSONResponse(self.bend_userinfo({"sub": "subject-1", **HONEST}))
        else:
            response = JSONResponse({"error": "not_found"}, 404)
        await response(scope, receive, send)

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def _token(self, request: Request, body: bytes) -> Response:
        form = dict(parse_qsl(body.decode()))
        expected = base64.b64encode(b"motcua:a%3Asecret%2Fwith%2Bsigns").decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"token_type": "Bearer", "access_token": "at-1", "expires_in": 60}
        return JSONResponse(self.bend_token({**answer, "id_token": self._id_token(asked)}))

    def _id_token(self, asked: dict[str, str]) -> str:
        claims = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": NOW,
            "exp": NOW + 300,
            "auth_time": NOW,
            "nonce": asked["nonce"],
            "acr": "eidas2",
            "amr": ["pwd"],
        }
        header = self.bend_header({"alg": "ES256", "kid": self.key.kid, "typ": "JWT"})
        claims = self.bend_id_token(claims)
        if self.sign is not None:
            return self.sign(header, claims)
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with `alg: none`."""
    parts = [json.dumps({**header, "alg": "none"}), json.dumps(claims)]
    return ".".join([*(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts), ""])
