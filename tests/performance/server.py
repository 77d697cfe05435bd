"""The product as it is, plus one address of the benchmark's own, at which a browser gets a session without a source.

Everything the product does at a login stays on: audit, consent, encryption, pairwise subjects, security headers.
`tests.performance.prepare` makes its tables, keys and clients first.
"""

import json
import os
import secrets
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.app import create_app
from idp.commands.serve import server_options
from idp.identity.pivot import PivotIdentity
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.session import SsoSession
from idp.sessions.storage import insert_session
from idp.settings_source import load_settings
from idp.storage.database import Insert
from tests.support.vouching import vouching_link

ADA: Final = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
    phone_number="+84530000001",
)
SCOPE: Final = "openid profile offline_access"
_CONSENTED: Final = sorted({*ADA.claims(), "locale"})


def clients() -> list[dict[str, Any]]:
    """The clients of the load, from BENCH_CLIENTS: `[{"id", "secret"?, "redirect_uri", "jwk"?, "profile"?}]`."""
    found: list[dict[str, Any]] = json.loads(os.environ["BENCH_CLIENTS"])
    return found


async def log_in(request: Request) -> Response:
    """A session and consents, as a login at a source and its consent page would have left them."""
    services: Services = request.app.state.services
    now, key = int(services.clock()), secrets.token_urlsafe(32)
    session = SsoSession(
        id=secrets.token_urlsafe(16),
        person_id=secrets.token_urlsafe(16),
        link_id=secrets.token_urlsafe(16),
        source_id="tax",
        level=LevelOfAssurance.SUBSTANTIAL,
        amr=("pwd",),
        identity_level="substantial",
        auth_time=now,
        created_at=now,
        last_seen_at=now,
        expires_at=now + services.settings.session_lifetime,
        claims=ADA.claims(),
    )
    await services.database.commit(
        Insert("person", {"id": session.person_id, "status": "active", "created_at": now}),
        vouching_link(services.vault, session, ADA),
        insert_session(session, key=key, browser_hash=b"bench", vault=services.vault),
        *(_consent(session.person_id, client["id"], now) for client in clients()),
    )
    response = RedirectResponse("/", status_code=303)
    response.headers.append("set-cookie", services.cookies.set(services.cookies.session, key))
    return response


def _consent(person_id: str, client_id: str, now: int) -> Insert:
    return Insert(
        "consent",
        {
            "id": secrets.token_urlsafe(16),
            "person_id": person_id,
            "client_id": client_id,
            "scope": SCOPE,
            "claims": json.dumps({"offered": _CONSENTED, "released": _CONSENTED}),
            "legal_basis": "consent",
            "text_hash": b"bench",
            "text_version": "1",
            "locale": "vi",
            "granted_at": now,
            "withdrawn_at": None,
        },
    )


def app() -> Starlette:
    """The factory uvicorn calls in every worker."""
    served = create_app()
    served.router.routes.append(Route("/bench/log-in", log_in, methods=["POST"]))
    return served


def main() -> None:
    settings = load_settings()
    uvicorn.run(
        "tests.performance.server:app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        **server_options(settings),
    )


if __name__ == "__main__":
    main()
