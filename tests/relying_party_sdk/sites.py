"""The same small service in three frameworks, driven the same way: `/` is open, `/ho-so` and `/cao` are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import django.test
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from relying_party_sdk import RelyingParty
from relying_party_sdk import flask as flask_sdk
from relying_party_sdk import starlette as starlette_sdk
from relying_party_sdk.session import session_cookie_name
from tests.relying_party_sdk.django_set_up import set_up_django

# One service's own name for its session cookie on loopback.
SESSION_COOKIE = session_cookie_name("https://dinhdanh.example", "dich-vu-thu", secure=False)
SECRET = "bí-mật-chỉ-dùng-để-thử-0123456789"


@dataclass(frozen=True)
class Page:
    """An answer, the same for every framework."""

    status: int
    text: str
    headers: Mapping[str, str]
    set_cookies: tuple[str, ...]

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Site(Protocol):
    """A browser at one service."""

    client: Any

    def get(self, path: str) -> Page: ...

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Page: ...

    def cookie_names(self) -> set[str]: ...

    def put_cookie(self, name: str, value: str) -> None: ...


def build_starlette(party: RelyingParty) -> Starlette:
    @starlette_sdk.login_required()
    async def profile(request: Request) -> Response:
        return PlainTextResponse(f"Xin chào {starlette_sdk.current_identity(request).claims['name']}")

    @starlette_sdk.login_required(level="eidas3")
    def strict(request: Request) -> Response:
        return PlainTextResponse("Mức cao")

    async def home(request: Request) -> Response:
        identity = await starlette_sdk.find_identity(request)
        return PlainTextResponse("khách" if identity is None else "công dân")

    return Starlette(
        routes=[
            Mount("/dang-nhap", starlette_sdk.LoginRoutes(party, session_secret=SECRET)),
            Route("/ho-so", profile, methods=["GET", "POST"]),
            Route("/cao", strict),
            Route("/", home),
        ]
    )


def build_flask(party: RelyingParty) -> Flask:
    app = Flask("dich_vu")
    app.secret_key = SECRET
    flask_sdk.Login(app, party)

    @app.route("/ho-so", methods=["GET", "POST"])
    @flask_sdk.login_required()
    def profile() -> str:
        return f"Xin chào {flask_sdk.current_identity().claims['name']}"

    @app.get("/cao")
    @flask_sdk.login_required(level="eidas3")
    def strict() -> str:
        return "Mức cao"

    @app.get("/")
    def home() -> str:
        return "khách" if flask_sdk.find_identity() is None else "công dân"

    return app


class StarletteSite:
    def __init__(self, party: RelyingParty) -> None:
        self.client = TestClient(build_starlette(party), base_url="http://localhost", follow_redirects=False)

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path))

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Page:
        return self._page(self.client.post(path, data=dict(data), headers=dict(headers)))

    def cookie_names(self) -> set[str]:
        return {cookie.name for cookie in self.client.cookies.jar}

    def put_cookie(self, name: str, value: str) -> None:
        self.client.cookies.clear()
        self.client.cookies.set(name, value)

    @staticmethod
    def _page(response: Any) -> Page:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Page(response.status_code, response.text, headers, tuple(response.headers.get_list("set-cookie")))


class FlaskSite:
    def __init__(self, party: RelyingParty) -> None:
        self.client = build_flask(party).test_client()

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path))

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Page:
        return self._page(self.client.post(path, data=dict(data), headers=dict(headers)))

    def cookie_names(self) -> set[str]:
        return {cookie.key for cookie in (self.client._cookies or {}).values()}

    def put_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value)

    @staticmethod
    def _page(response: Any) -> Page:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Page(response.status_code, response.text, headers, tuple(response.headers.getlist("set-cookie")))


class DjangoSite:
    def __init__(self, party: RelyingParty) -> None:
        set_up_django(party)
        self.client = django.test.Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

    def get(self, path: str) -> Page:
        return self._page(self.client.get(path))

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Page:
        kind = "application/x-www-form-urlencoded"
        return self._page(self.client.post(path, data=urlencode(data), content_type=kind, headers=dict(headers)))

    def cookie_names(self) -> set[str]:
        return {name for name, cookie in self.client.cookies.items() if cookie.value}

    def put_cookie(self, name: str, value: str) -> None:
        self.client.cookies[name] = value

    @staticmethod
    def _page(response: Any) -> Page:
        headers = {name.lower(): value for name, value in response.headers.items()}
        cookies = tuple(morsel.OutputString() for morsel in response.cookies.values())
        return Page(response.status_code, response.content.decode(), headers, cookies)
