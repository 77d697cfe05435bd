"""One request and its whole answer."""

from __future__ import annotations

import httpx2

from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.testing import FakeProvider


def test_closes_only_what_it_opened(provider: FakeProvider) -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(provider.endpoints.answer))
    HttpExchange(http).close()
    HttpExchange().close()

    assert not http.is_closed
