"""A small service on Authlib's Starlette client, written as its documentation shows. Nothing of ours is imported."""

from typing import Any

from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def authlib_site(issuer: str, client_id: str, client_secret: str, *, scope: str) -> Starlette:
    """`/log-in`, then `/callback`; `/userinfo`, `/refresh`, `/log-out`, `/logged-out` for whoever logged in."""
    oauth = OAuth()
    oauth.register(
        "motcua",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": scope, "code_challenge_method": "S256", "trust_env": False},
    )
    site = _Site(oauth.motcua)
    return Starlette(
        routes=[
            Route("/log-in", site.log_in),
            Route("/callback", site.callback, name="callback"),
            Route("/userinfo", site.userinfo),
            Route("/refresh", site.refresh),
            Route("/log-out", site.log_out),
            Route("/logged-out", site.logged_out, name="logged-out"),
        ],
        middleware=[Middleware(SessionMiddleware, secret_key="a-secret-of-the-test", session_cookie="authlib-site")],
    )


class _Site:
    """Tokens are too large for the session cookie; they are kept here, by `sub`."""

    def __init__(self, motcua: Any) -> None:
        self._motcua = motcua
        self._tokens: dict[str, dict[str, Any]] = {}

    async def log_in(self, request: Request) -> Response:
        asked: Response = await self._motcua.authorize_redirect(request, request.url_for("callback"))
        return asked

    async def callback(self, request: Request) -> Response:
        token = await self._motcua.authorize_access_token(request)
        claims = dict(token["userinfo"])
        request.session["sub"] = claims["sub"]
        self._tokens[claims["sub"]] = token
        return JSONResponse({"claims": claims, "access_token": token["access_token"]})

    async def userinfo(self, request: Request) -> Response:
        return JSONResponse(dict(await self._motcua.userinfo(token=self._token(request))))

    async def refresh(self, request: Request) -> Response:
        before = self._token(request)
        after = await self._motcua.fetch_access_token(grant_type="refresh_token", refresh_token=before["refresh_token"])
        self._tokens[request.session["sub"]] = {**before, **after}
        return JSONResponse(
            {
                "access_token_is_new": after["access_token"] != before["access_token"],
                "refresh_token_is_new": after["refresh_token"] != before["refresh_token"],
            }
        )

    async def log_out(self, request: Request) -> Response:
        token = self._token(request)
        asked: Response = await self._motcua.logout_redirect(
            request, request.url_for("logged-out"), id_token_hint=token["id_token"]
        )
        return asked

    async def logged_out(self, request: Request) -> Response:
        await self._motcua.validate_logout_response(request)
        request.session.pop("sub", None)
        return JSONResponse({"logged_out": True})

    def _token(self, request: Request) -> dict[str, Any]:
        return self._tokens[request.session["sub"]]
