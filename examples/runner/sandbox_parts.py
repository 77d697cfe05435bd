"""Every sandbox part in one process: several servers in one event loop, and the Flask site in a thread.

Started by the demo as `python -m examples.runner.sandbox_parts`; ends on SIGTERM, or when the demo is gone.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from werkzeug.serving import BaseWSGIServer, make_server

from examples.consultation.app import create_app as consultation_app
from examples.mobile_operator.app import create_app as mobile_operator_app
from examples.portal.app import create_app as portal_app
from examples.register.protocol import Credentials
from examples.runner.addresses import HOST, Addresses, DemoFailure, addresses_from, listen
from examples.runner.private_files import SECRETS_FILE, DemoSecrets, load_or_make_secrets, var_folder
from examples.sandbox import NotASandbox
from examples.sms_outbox.app import create_app as sms_outbox_app
from examples.sms_outbox.mail_server import mail_server
from examples.sms_outbox.messages import Outbox
from examples.social_insurance_register.app import create_app as social_insurance_app
from examples.tax_authority.app import create_app as tax_authority_app
from examples.tax_authority.requests import RegisteredClient
from relying_party_sdk import RelyingParty


class _Server(uvicorn.Server):
    """One of several: signals are the process's business, not each server's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def applications(addresses: Addresses, secrets: DemoSecrets, outbox: Outbox) -> dict[int, Starlette]:
    """The Starlette parts by the port they listen on; `outbox` holds what is sent. Raises NotASandbox."""
    source_secrets = secrets.source_secrets
    tax_client = RegisteredClient(
        client_id="motcua",
        client_secret=source_secrets["tax_client_secret"],
        redirect_uris=(f"{addresses.issuer}/sources/tax/callback",),
    )
    insurance = Credentials(client_id="motcua", client_secret=source_secrets["social_insurance_client_secret"])
    operator = Credentials(client_id="motcua", client_secret=source_secrets["mobile_client_secret"])
    portal = relying_party(addresses, secrets, "portal", scopes=("openid", "identity"))
    return {
        addresses.base + 1: tax_authority_app(addresses.tax, tax_client),
        addresses.base + 2: social_insurance_app(insurance, today=datetime.now(UTC).date()),
        addresses.base + 3: mobile_operator_app(operator),
        addresses.base + 4: portal_app(portal, session_secret=secrets.session_secrets["portal"]),
        addresses.base + 10: sms_outbox_app(secrets.sms_token, outbox=outbox),
    }


def consultation_server(addresses: Addresses, secrets: DemoSecrets) -> BaseWSGIServer:
    """Flask behind the server its own authors maintain, one thread a request."""
    party = relying_party(addresses, secrets, "consultation", scopes=("openid", "profile", "phone"))
    app = consultation_app(party, session_secret=secrets.session_secrets["consultation"])
    listener = listen(addresses.base + 5)
    return make_server(HOST, addresses.base + 5, app, threaded=True, fd=listener.detach())


def relying_party(addresses: Addresses, secrets: DemoSecrets, service: str, *, scopes: tuple[str, ...]) -> RelyingParty:
    url = {"portal": addresses.portal, "consultation": addresses.consultation}[service]
    return RelyingParty(
        addresses.issuer,
        service,
        f"{url}/dang-nhap/ket-thuc",
        client_secret=secrets.client_secrets[service],
        post_logout_redirect_uri=f"{url}/dang-nhap/da-thoat",
        level="eidas1",
        scopes=scopes,
    )


async def serve(addresses: Addresses, secrets: DemoSecrets) -> None:
    """Until SIGTERM or SIGINT. Raises DemoFailure where a port is taken."""
    outbox = Outbox()
    apps = applications(addresses, secrets, outbox)
    servers = {port: _Server(_uvicorn_options(app)) for port, app in apps.items()}
    sockets = {port: listen(port) for port in servers}
    mail = await mail_server(outbox, listen(addresses.base + 11), clock=time.time)
    consultation = consultation_server(addresses, secrets)
    threading.Thread(target=consultation.serve_forever, name="consultation", daemon=True).start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = [asyncio.create_task(server.serve(sockets=[sockets[port]])) for port, server in servers.items()]
    await stop.wait()
    for server in servers.values():
        server.should_exit = True
    await asyncio.gather(*running)
    consultation.shutdown()
    mail.close()


def _uvicorn_options(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=3,
    )


def main() -> None:
    logging.basicConfig(level=logging.WARNING)
    # Its request lines would show codes and states.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        secrets = load_or_make_secrets(var_folder(os.environ) / SECRETS_FILE)
        asyncio.run(serve(addresses_from(os.environ), secrets))
    except (DemoFailure, NotASandbox) as failure:
        sys.exit(f"sandbox: {failure}")


if __name__ == "__main__":
    main()
