"""Wires the authority: discovery, JWKS, authorize, login, token, userinfo, health."""

import time
from collections.abc import Callable

from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.faults import Fault, FaultSwitch
from examples.pages import BadRequest, read_form, static_files
from examples.personas import load_personas, tax_records
from examples.sandbox import require_sandbox
from examples.tax_authority.accounts import Accounts, claims_of
from examples.tax_authority.login import LoginPages
from examples.tax_authority.requests import SCOPES, Refused, RegisteredClient
from examples.tax_authority.tokens import TOKEN_LIFETIME, Grants, check_client_authentication, sign_id_token

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def create_app(
    issuer: str,
    client: RegisteredClient,
    *,
    signing_key: ECKey | None = None,
    faults: FaultSwitch | None = None,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """`signing_key` is a private P-256 key with a `kid`; a fresh one when absent. Raises NotASandbox in production."""
    require_sandbox("the tax authority")
    switch = faults or FaultSwitch()
    grants = Grants()
    accounts = Accounts(tax_records(load_personas()))
    key = signing_key or ECKey.generate_key("P-256", auto_kid=True)
    endpoints = _Endpoints(issuer, client, key=key, grants=grants, faults=switch, clock=clock)
    pages = LoginPages(issuer=issuer, client=client, accounts=accounts, grants=grants, faults=switch, clock=clock)
    return Starlette(
        routes=[
            Route("/", pages.home),
            Route("/.well-known/openid-configuration", switch.guard(endpoints.discovery)),
            Route("/jwks", switch.guard(endpoints.jwks)),
            Route("/authorize", switch.guard(pages.authorize), methods=["GET", "POST"]),
            Route("/login/{login}", pages.form, methods=["GET"]),
            Route("/login/{login}", pages.submit, methods=["POST"]),
            Route("/token", switch.guard(endpoints.token), methods=["POST"]),
            Route("/userinfo", switch.guard(endpoints.userinfo), methods=["GET", "POST"]),
            Route("/health", endpoints.health),
            switch.route(),
            static_files(),
        ]
    )


class _Endpoints:
    def __init__(
        self,
        issuer: str,
        client: RegisteredClient,
        *,
        key: ECKey,
        grants: Grants,
        faults: FaultSwitch,
        clock: Callable[[], float],
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._key = key
        self._grants = grants
        self._faults = faults
        self._clock = clock

    async def discovery(self, request: Request) -> Response:
        issuer = self._issuer
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "acr_values_supported": ["eidas2"],
                "claims_supported": [
                    "sub", "name", "birthdate", "gender", "birthplace", "tax_code", "vn_tax_code",
                    "vn_personal_id", "vn_personal_id_verified", "email", "email_verified",
                ],
                "ui_locales_supported": ["vi", "en"],
                "request_parameter_supported": False,
                "request_uri_parameter_supported": False,
                "claims_parameter_supported": False,
            }
        )  # fmt: skip

    async def jwks(self, request: Request) -> Response:
        public = {**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}
        return JSONResponse({"keys": [public]})

    async def token(self, request: Request) -> Response:
        now = self._clock()
        try:
            form = await read_form(request)
            check_client_authentication(request.headers.get("authorization"), form, self._client)
            grant, access_token = self._grants.redeem(form, now=now)
        except BadRequest as error:
            return _token_error("invalid_request", str(error))
        except Refused as refusal:
            return _token_error(refusal.error, refusal.description)
        nonce = "a-lie" if self._faults.fault_of(request) is Fault.LYING else grant.request.nonce
        id_token = sign_id_token(grant, issuer=self._issuer, key=self._key, now=now, nonce=nonce)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME,
            "id_token": id_token,
            "scope": " ".join(sorted(grant.request.scope)),
        }
        return JSONResponse(answer, headers=NO_STORE)

    async def userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.grant_of(token, now=self._clock()) if scheme.lower() == "bearer" else None
        if grant is None:
            challenge = {**NO_STORE, "WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, status_code=401, headers=challenge)
        return JSONResponse(claims_of(grant.record, grant.request.scope), headers=NO_STORE)

    async def health(self, request: Request) -> Response:
        if self._faults.current is Fault.DOWN:
            return JSONResponse({"status": "down"}, status_code=503)
        return JSONResponse({"status": "ok"})


def _token_error(error: str, description: str) -> Response:
    headers = dict(NO_STORE)
    if error == "invalid_client":
        headers["WWW-Authenticate"] = 'Basic realm="token"'
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status_code=401 if error == "invalid_client" else 400, headers=headers)
