"""Whom the suite's services ask from elsewhere (CIBA): a citizen of the sandbox, whose browser runs no script.

The suite wants an address that approves or rejects an `auth_req_id`. The provider has none, and needs none: here the
citizen opens their own space, logs in with their telephone, finds the request and presses the button.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from examples.personas import load_personas
from idp.authorization_server.polled_requests import PolledKind, name_of
from tests.support.citizen import Citizen, answer_of
from tests.support.page import Page

_STEPS = 16
# Their telephone first. A number gets five codes an hour at most; after that they log in as they also can.
_SOURCES = ("mobile", "tax")


@dataclass
class Neighbour:
    """One persona. `first` is the service they log in to once, so that services of its sector know their `sub`."""

    issuer: str
    outbox: str
    persona: str
    first: Mapping[str, Any]
    _busy: threading.Lock = field(default_factory=threading.Lock)
    _citizen: Citizen | None = None

    def sub(self) -> str:
        """What the services of this sector call them."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        redirect_uri = self.first["redirect_uris"][0]
        asked = {
            "client_id": self.first["client_id"],
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        with self._busy:
            page = self._walk(f"{self.issuer}/authorize?{urllib.parse.urlencode(asked)}", approve=True)
            answer = self._at().http.post(
                f"{self.issuer}/token",
                data={
                    "grant_type": "authorization_code",
                    "code": answer_of(page)["code"],
                    "redirect_uri": redirect_uri,
                    "code_verifier": verifier,
                },
                auth=(self.first["client_id"], self.first["client_secret"]),
            )
        payload = answer.json()["id_token"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])

    def decide(self, auth_req_id: str, *, approve: bool) -> None:
        name = name_of(PolledKind.CIBA, auth_req_id)
        with self._busy:
            page = self._walk(f"{self.issuer}/me/asked", approve=approve, until=f"/me/asked/{name}")
            citizen = self._at()
            button = next(hook for hook, pressed in page.buttons.items() if pressed.form.action == f"/me/asked/{name}")
            page = self._on(citizen, citizen.press(page, button), approve=approve)
        assert page.url.endswith("/requests/approved" if approve else "/requests/refused"), page.url

    def _walk(self, url: str, *, approve: bool, until: str = "") -> Page:
        return self._on(self._at(), self._at().open(url), approve=approve, until=until)

    def _on(self, citizen: Citizen, page: Page, *, approve: bool, until: str = "") -> Page:
        """From page to page until nothing is left to do, or there is the form that is looked for."""
        sources = list(_SOURCES)
        for _ in range(_STEPS):
            if until and any(button.form.action == until for button in page.buttons.values()):
                return page
            before = page
            try:
                following = citizen.step(page, source=sources[0], approve=approve)
            except (AssertionError, KeyError):
                following = None
            if following is None and "sources" in page.url and len(sources) > 1:
                # No more codes for this number for now.
                sources.pop(0)
                page = citizen.open(before.url.partition("/sources")[0] + "/sources")
                continue
            if following is None:
                return page
            page = following
        raise AssertionError(f"no end of pages: {page.url}")

    def _at(self) -> Citizen:
        if self._citizen is None:
            persona = next(known for known in load_personas() if known.id == self.persona)
            # Trusts what the environment trusts: the sandbox is behind a certificate of its own.
            http = httpx2.Client(timeout=30, trust_env=False, verify=ssl.create_default_context())
            described = {"phone": persona.phone, "sources": persona.credentials()}
            away = (self.first["redirect_uris"][0],)
            self._citizen = Citizen(described, self.outbox, away=away, http=http)
        return self._citizen


def approval_address(neighbour: Neighbour) -> str:
    """What the suite calls; `{auth_req_id}` and `{action}` are filled in by it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            try:
                neighbour.decide(asked["auth_req_id"][0], approve=asked["action"][0] == "allow")
                status, said = 200, "done"
            except Exception as error:  # whatever went wrong belongs in the suite's log
                status, said = 500, f"{type(error).__name__}: {error}"
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"said": said}).encode())

        def log_message(self, format: str, *args: object) -> None:
            """The suite keeps a log of every call."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/decide?auth_req_id={{auth_req_id}}&action={{action}}"
