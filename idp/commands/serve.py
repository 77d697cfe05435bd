"""`motcua serve`: the provider under uvicorn, with its limits. A reverse proxy speaks TLS in front of it."""

from typing import Annotated, Any, Final

import typer
import uvicorn

from idp.authorization_server.detail_types_file import read_detail_types
from idp.commands.bounded_http import BoundedHttpProtocol
from idp.commands.failure import CommandFailed
from idp.commands.installation import expected_faults, opened, run, settings_or_fail
from idp.commands.logs import log_configuration
from idp.commands.terminal import note, single_command
from idp.settings import Settings
from idp.storage.schema import schema_is_current

# Connections and requests of one worker at a time; more are answered with 503. Memory stays bounded.
CONCURRENT_CONNECTIONS: Final = 1024
# Longer than a reverse proxy keeps an idle connection to us (60 s in nginx), so that it never sends a request
# into one that we are closing.
KEEP_ALIVE_SECONDS: Final = 75
GRACEFUL_SHUTDOWN_SECONDS: Final = 15

app = single_command()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Instead of MOTCUA_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Instead of MOTCUA_PORT.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Instead of MOTCUA_WORKERS.")] = None,
) -> None:
    """Run the provider."""
    settings = settings_or_fail()
    if settings.is_sandbox:
        note("motcua: this is a sandbox; it accepts fictitious people and must not serve real ones")
    with expected_faults():
        # Each worker would fail by itself, with a traceback, and be started again.
        read_detail_types(settings.authorization_details_types)
        ready = schema_is_current(settings.database_url)
    if not ready:
        raise CommandFailed("the database is not at this program's schema; run `motcua migrate`")
    if not run(_can_sign(settings)):
        raise CommandFailed("there are no signing keys, so no login could end; run `motcua migrate`, which makes them")
    uvicorn.run(
        "idp.app:create_app",
        factory=True,
        host=host or settings.host,
        port=port or settings.port,
        workers=workers or settings.workers,
        **server_options(settings),
    )


async def _can_sign(settings: Settings) -> bool:
    async with opened(settings) as (database, _):
        return await database.fetch_row("SELECT kid FROM signing_key WHERE state = 'active' LIMIT 1") is not None


def server_options(settings: Settings) -> dict[str, Any]:
    """What every worker gets, whoever starts it."""
    return {
        "http": BoundedHttpProtocol,
        "ws": "none",
        "lifespan": "on",
        # Without a configured proxy nobody's forwarded headers are believed, not even those of loopback.
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "server_header": False,
        # Paths name interactions; what is worth knowing is in the audit log and the metrics.
        "access_log": False,
        "log_level": settings.log_level.lower(),
        "log_config": log_configuration(settings.log_level.upper()),
        "limit_concurrency": CONCURRENT_CONNECTIONS,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": GRACEFUL_SHUTDOWN_SECONDS,
    }
