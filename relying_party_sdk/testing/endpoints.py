"""The fake provider's endpoints: what a request gets for an answer. Knows no browser and no test client."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote_plus, urlencode

import httpx2

from relying_party_sdk.authorization import code_challenge
from relying_party_sdk.claims import number
from relying_party_sdk.compact import SIGNATURE_ALGORITHMS, CompactRefused, verify_compact
from relying_party_sdk.identity import Identity
from relying_party_sdk.jwks import PublishedKey
from relying_party_sdk.profiles import PROFILES, SecurityProfile
from relying_party_sdk.testing.faults import CALLBACK_ERRORS, Fault
from relying_party_sdk.testing.possession import Possession, ProofRefused
from relying_party_sdk.testing.requests import FakeRequests
from relying_party_sdk.testing.signing import Signer, access_token_hash, unsigned

TOKEN_LIFETIME = 300


@dataclass(frozen=True)
class Grant:
    """What one authorization request asked for, and who answered it."""

    identity: Identity
    redirect_uri: str
    challenge: str
    nonce: str
    scopes: tuple[str, ...]
    authenticated_at: int
    bound_to: str | None = None


class FakeEndpoints:
    """Discovery, keys, authorization, token, UserInfo and end-session."""

    def __init__(
        self,
        identity: Identity,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        signer: Signer,
        userinfo_signed: bool,
        profile: SecurityProfile,
        dpop_nonces: bool,
        clock: Callable[[], int],
    ) -> None:
        self.identity = identity
        self.issuer = issuer
        self.client_id = client_id
        self.client_secret = client_secret
        self.signer = signer
        self.userinfo_signed = userinfo_signed
        self.clock = clock
        self.rules = PROFILES[profile]
        self.asked_requests = FakeRequests(issuer, client_id, self.rules, clock)
        self.possession = Possession(clock, nonces=dpop_nonces)
        self.fault: Fault | None = None
        self.requests: list[str] = []
        self._grants: dict[str, Grant] = {}
        self._access_tokens: dict[str, Grant] = {}
        self._refresh_tokens: dict[str, Grant] = {}

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """The HTTP answer to one request of the service."""
        path = request.url.path
        self.requests.append(path)
        if self.fault is Fault.UNREACHABLE:
            raise httpx2.ConnectError("the fake provider is not there", request=request)
        routes: Mapping[str, Callable[[httpx2.Request], httpx2.Response]] = {
            "/.well-known/openid-configuration": lambda _: httpx2.Response(200, json=self.metadata()),
            "/jwks.json": lambda _: httpx2.Response(200, json={"keys": [self.signer.public_jwk()]}),
            "/par": self._push,
            "/token": self._token,
            "/userinfo": self._userinfo,
        }
        if path not in routes:
            return httpx2.Response(404)
        try:
            answer = routes[path](request)
        except ProofRefused as refused:
            answer = _proof_refused(path, refused)
        answer.headers.update(self.possession.headers)
        return answer

    def metadata(self) -> dict[str, object]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "pushed_authorization_request_endpoint": f"{self.issuer}/par",
            "require_pushed_authorization_requests": self.rules.pushed_requests,
            "dpop_signing_alg_values_supported": ["ES256"],
            "authorization_signing_alg_values_supported": [self.signer.algorithm],
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": [self.signer.algorithm],
            "authorization_response_iss_parameter_supported": True,
        }

    def authorize(self, url: str) -> str:
        """The person consents: the callback the browser is sent to."""
        asked = self.asked_requests.asked(url)
        if asked.get("client_id") != self.client_id or asked.get("response_type") != "code":
            raise AssertionError("the service asked with the wrong client_id or response_type")
        if asked.get("code_challenge_method") != "S256" or "nonce" not in asked or "state" not in asked:
            raise AssertionError("the service asked without PKCE S256, nonce or state")
        back = {"state": asked["state"], "iss": self.issuer}
        if self.fault in CALLBACK_ERRORS:
            back["error"] = self.fault.value
        else:
            back["code"] = secrets.token_urlsafe(24)
            self._grants[back["code"]] = Grant(
                identity=self.identity,
                redirect_uri=asked["redirect_uri"],
                challenge=asked["code_challenge"],
                nonce=asked["nonce"],
                scopes=tuple(asked.get("scope", "").split()),
                authenticated_at=self.clock(),
                bound_to=asked.get("dpop_jkt"),
            )
        if self.fault is Fault.WRONG_STATE:
            back["state"] = "cua-ai-khac"
        if self.fault is Fault.WRONG_CALLBACK_ISSUER:
            back["iss"] = "https://ke-mao-danh.example"
        if self.fault is Fault.MISSING_CALLBACK_ISSUER:
            del back["iss"]
        if asked.get("response_mode") == "jwt":
            now = self.clock()
            back = {"response": self._signed({**back, "aud": self.client_id, "exp": now + 60})}
        elif self.rules.signed_responses:
            raise AssertionError("the service did not ask for a signed answer")
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def _push(self, request: httpx2.Request) -> httpx2.Response:
        form = dict(parse_qsl(request.content.decode()))
        if self.fault is Fault.CLIENT_REFUSED or not self._is_client(request, form):
            return httpx2.Response(401, json={"error": "invalid_client"})
        self.possession.thumbprint(request)
        return httpx2.Response(201, json={"request_uri": self.asked_requests.push(form), "expires_in": 60})

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        if self.fault is Fault.TIMEOUT:
            raise httpx2.ReadTimeout("the fake provider is asleep", request=request)
        if self.fault is Fault.SERVER_ERROR:
            return httpx2.Response(503)
        if self.fault is Fault.OVERSIZED:
            return httpx2.Response(200, content=b" " * 1_000_000)
        form = dict(parse_qsl(request.content.decode()))
        if self.fault is Fault.CLIENT_REFUSED or not self._is_client(request, form):
            return httpx2.Response(401, json={"error": "invalid_client"})
        shown = self.possession.thumbprint(request)
        grant = self._redeemed(form)
        if grant is not None and (shown != grant.bound_to or (self.rules.dpop and shown is None)):
            raise ProofRefused
        if self.fault is Fault.TOKEN_REFUSED or grant is None:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        return httpx2.Response(200, json=self._tokens(grant))

    def _is_client(self, request: httpx2.Request, form: Mapping[str, str]) -> bool:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = base64.b64decode(value).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.client_secret)
        if self.asked_requests.client_key is not None:
            return self._is_assertion(form.get("client_assertion", ""))
        return (form.get("client_id"), form.get("client_secret")) == (self.client_id, self.client_secret)

    def _is_assertion(self, raw: str) -> bool:
        """RFC 7523 §3: signed by the client, for us alone, for a few minutes."""
        key = PublishedKey(None, self.asked_requests.client_key, None, None) if self.asked_requests.client_key else None
        try:
            token = verify_compact(
                raw, keys=[key] if key else [], algorithms=tuple(SIGNATURE_ALGORITHMS), types=("jwt",)
            )
        except CompactRefused:
            return False
        claims, now = token.claims, self.clock()
        lives = (number(claims, "exp") or 0) - now
        mine = (claims.get("iss"), claims.get("sub"), claims.get("aud")) == (
            self.client_id,
            self.client_id,
            self.issuer,
        )
        return mine and "jti" in claims and 0 < lives <= 300

    def _redeemed(self, form: Mapping[str, str]) -> Grant | None:
        if form.get("grant_type") == "refresh_token":
            refreshed = self._refresh_tokens.pop(form.get("refresh_token", ""), None)
            return None if refreshed is None else replace(refreshed, nonce="")
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or grant.redirect_uri != form.get("redirect_uri"):
            return None
        return grant if code_challenge(form.get("code_verifier", "")) == grant.challenge else None

    def _tokens(self, grant: Grant) -> dict[str, object]:
        access_token, refresh_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access_tokens[access_token] = grant
        self._refresh_tokens[refresh_token] = grant
        answer: dict[str, object] = {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "DPoP" if grant.bound_to and self.fault is not Fault.BEARER_TOKEN else "Bearer",
            "expires_in": TOKEN_LIFETIME,
            "scope": " ".join(grant.scopes),
        }
        if self.fault is not Fault.NO_ID_TOKEN:
            answer["id_token"] = self._signed(self._id_token_claims(grant, access_token))
        return answer

    def _id_token_claims(self, grant: Grant, access_token: str) -> dict[str, object]:
        now, identity = self.clock(), grant.identity
        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": identity.subject,
            "aud": self.client_id,
            "iat": now,
            "exp": now + TOKEN_LIFETIME,
            "auth_time": grant.authenticated_at,
            "acr": identity.level.acr,
            "amr": list(identity.amr),
            "at_hash": access_token_hash(access_token, self.signer.algorithm),
        }
        claims |= {"nonce": grant.nonce} if grant.nonce else {}
        claims |= {"sid": identity.session_id} if identity.session_id else {}
        changes: Mapping[Fault, dict[str, object]] = {
            Fault.WRONG_NONCE: {"nonce": "khong-phai-cua-ban"},
            Fault.EXPIRED: {"iat": now - 2 * TOKEN_LIFETIME, "exp": now - TOKEN_LIFETIME},
            Fault.WRONG_ISSUER: {"iss": "https://ke-mao-danh.example"},
            Fault.WRONG_AUDIENCE: {"aud": "dich-vu-khac"},
            Fault.LOWER_LEVEL: {"acr": "eidas0"},
        }
        return claims | (changes.get(self.fault, {}) if self.fault else {})

    def _signed(self, claims: Mapping[str, object]) -> str:
        if self.fault is Fault.UNSIGNED:
            return unsigned(claims)
        if self.fault is Fault.UNKNOWN_KEY:
            return Signer(self.signer.algorithm, kid="khoa-la").sign(claims)
        if self.fault is Fault.BAD_SIGNATURE:
            return Signer(self.signer.algorithm, kid=self.signer.kid).sign(claims)
        return self.signer.sign(claims)

    def _userinfo(self, request: httpx2.Request) -> httpx2.Response:
        if self.fault is Fault.USERINFO_DOWN:
            return httpx2.Response(503)
        scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(access_token)
        if grant is None or scheme != ("DPoP" if grant.bound_to else "Bearer"):
            return httpx2.Response(401)
        if grant.bound_to and self.possession.thumbprint(request, access_token=access_token) != grant.bound_to:
            raise ProofRefused
        subject = "nguoi-khac" if self.fault is Fault.WRONG_SUBJECT else grant.identity.subject
        claims = {**grant.identity.claims, "sub": subject}
        if not self.userinfo_signed:
            return httpx2.Response(200, json=claims)
        token = self.signer.sign({**claims, "iss": self.issuer, "aud": self.client_id})
        return httpx2.Response(200, content=token.encode(), headers={"content-type": "application/jwt"})


def _proof_refused(path: str, refused: ProofRefused) -> httpx2.Response:
    """RFC 9449 §8 at the provider's own endpoints, §9 at a protected resource."""
    if path == "/userinfo":
        return httpx2.Response(401, headers={"WWW-Authenticate": f'DPoP error="{refused.error}"'})
    return httpx2.Response(400, json={"error": refused.error})
