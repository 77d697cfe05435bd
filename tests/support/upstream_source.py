"""Builds a source that is another provider's relying party, and walks its redirects."""

from typing import Any

from idp.authentication.contract import Redirect
from idp.authentication.kinds import build_source
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.sources import Clock, configuration, tools, visit
from tests.support.upstream import CLIENT_ID, CLIENT_SECRET, Upstream


def build(issuer: str, http: GuardedHttp, clock: Clock, database: Database, **options: Any) -> UpstreamOidcSource:
    configured = configuration(
        "upstream_oidc",
        {"issuer": issuer, "client_id": CLIENT_ID, "trusts_personal_id": True, "trusts_tax_code": True, **options},
        {"client_secret": CLIENT_SECRET},
    )
    built = build_source(configured, tools(database, http, clock=clock))
    assert isinstance(built, UpstreamOidcSource)
    return built


async def log_in(source: UpstreamOidcSource, upstream: Upstream, **changes: str | None) -> Any:
    """Begins, lets the provider answer, and completes in the same browser; `changes` bend the callback."""
    began = await source.begin(visit())
    assert isinstance(began, Redirect)
    answer = {**upstream.authorize(began.url), **changes}
    parameters = {name: value for name, value in answer.items() if value is not None}
    return await source.complete(visit(state=began.state), parameters)
