"""A lying provider of another site, and a source that is its relying party."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.http_server import served
from tests.support.sources import Clock
from tests.support.upstream import Upstream
from tests.support.upstream_source import build


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    upstream = Upstream()
    with served(upstream) as url:
        upstream.issuer = url
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    fresh = Upstream(issuer=running.issuer, key=running.key)
    running.__dict__.update(fresh.__dict__)
    return running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(upstream: Upstream, clock: Clock) -> AsyncIterator[GuardedHttp]:
    client = GuardedHttp(clock=clock, allow_list=(urlsplit(upstream.issuer).netloc, "127.0.0.1:1"))
    yield client
    await client.aclose()


@pytest.fixture
def source(upstream: Upstream, http: GuardedHttp, clock: Clock, sqlite_database: Database) -> UpstreamOidcSource:
    return build(upstream.issuer, http, clock, sqlite_database)
