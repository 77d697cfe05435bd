"""WebFinger (RFC 7033) leads to an issuer, and only hosts the service names are asked or believed."""

from __future__ import annotations

import httpx2
import pytest

from relying_party_sdk import LoginError, ProviderMetadataInvalid, ProviderUnavailable
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.provider_discovery import ISSUER_RELATION, find_issuer, issuer_in, read_provider
from relying_party_sdk.testing import FakeProvider

HOST = "dinhdanh.example"
ISSUER = f"https://{HOST}"
LINK = {"rel": ISSUER_RELATION, "href": ISSUER}


class Host:
    """A host that answers every question the same."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.asked: list[httpx2.URL] = []
        self._answer = answer

    def exchange(self) -> HttpExchange:
        return HttpExchange(httpx2.Client(transport=httpx2.MockTransport(self._respond)))

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url)
        return self._answer


@pytest.mark.parametrize("resource", [f"acct:hoa@{HOST}", f"https://{HOST}/hoa"])
def test_finds_the_issuer_of_an_identifier(resource: str) -> None:
    host = Host(httpx2.Response(200, json={"subject": resource, "links": [{"rel": "khac"}, LINK]}))

    assert find_issuer(resource, host.exchange(), hosts=(HOST,)) == ISSUER
    assert (host.asked[0].host, host.asked[0].path) == (HOST, "/.well-known/webfinger")
    assert dict(host.asked[0].params) == {"resource": resource, "rel": ISSUER_RELATION}


@pytest.mark.parametrize(
    "resource",
    [
        "hoa@dinhdanh.example",
        "http://dinhdanh.example/hoa",
        "acct:hoa",
        "acct:hoa@la.example",
        "acct:hoa@dinhdanh.example@la.example",
        "acct:hoa@dinhdanh.example/../la",
        "https://hoa@dinhdanh.example/",
        "https://la.example/hoa",
        "https://169.254.169.254/",
        "",
    ],
)
def test_asks_nobody_about_a_strange_identifier(resource: str) -> None:
    host = Host(httpx2.Response(200, json={"links": [LINK]}))

    with pytest.raises(ProviderMetadataInvalid) as refused:
        find_issuer(resource, host.exchange(), hosts=(HOST,))

    assert host.asked == []
    assert "hoa" not in str(refused.value.detail)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({}, id="no links"),
        pytest.param({"links": "x"}, id="links as text"),
        pytest.param({"links": [{"rel": "khac", "href": ISSUER}]}, id="another relation"),
        pytest.param({"links": [LINK, LINK]}, id="two issuers"),
        pytest.param({"links": [{"rel": ISSUER_RELATION}]}, id="no address"),
        pytest.param({"links": [{**LINK, "href": "http://dinhdanh.example"}]}, id="plain HTTP"),
        pytest.param({"links": [{**LINK, "href": "http://localhost"}]}, id="this machine"),
    ],
)
def test_believes_exactly_one_issuer_over_tls(document: dict[str, object]) -> None:
    with pytest.raises(ProviderMetadataInvalid):
        issuer_in(document)


def test_a_host_cannot_name_an_issuer_elsewhere() -> None:
    host = Host(httpx2.Response(200, json={"links": [{**LINK, "href": "https://la.example"}]}))

    with pytest.raises(ProviderMetadataInvalid, match="issuer's host"):
        find_issuer(f"acct:hoa@{HOST}", host.exchange(), hosts=(HOST,))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx2.Response(404), ProviderUnavailable),
        (httpx2.Response(302, headers={"Location": "https://la.example"}), ProviderUnavailable),
        (httpx2.Response(200, content=b"<html>"), ProviderMetadataInvalid),
    ],
)
def test_refuses_documents(answer: httpx2.Response, expected: type[LoginError]) -> None:
    with pytest.raises(expected):
        find_issuer(f"acct:hoa@{HOST}", Host(answer).exchange(), hosts=(HOST,))


def test_reads_what_a_provider_publishes(provider: FakeProvider) -> None:
    exchange = HttpExchange(httpx2.Client(transport=httpx2.MockTransport(provider.endpoints.answer)))

    assert read_provider(provider.issuer, exchange).issuer == provider.issuer
    with pytest.raises(ProviderMetadataInvalid, match="not the configured one"):
        read_provider(f"{provider.issuer}/", exchange)
