"""Finding a provider and reading what it publishes, before the service is registered there.

WebFinger (RFC 7033, OpenID Connect Discovery §2) leads from a person's identifier to an issuer. That issuer is whoever
the identifier's host says it is, and anybody can type one: only hosts the service names are asked or believed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlsplit

from relying_party_sdk.compact import CompactRefused, parse_object
from relying_party_sdk.errors import ProviderMetadataInvalid, ProviderUnavailable
from relying_party_sdk.http_exchange import MAX_DOCUMENT, HttpExchange
from relying_party_sdk.metadata import ProviderMetadata, check_metadata, discovery_url, is_secure_url

ISSUER_RELATION = "http://openid.net/specs/connect/1.0/issuer"
_ACCOUNT = re.compile(r"acct:[^@\s]+@(?P<host>[A-Za-z0-9.-]+(:\d{1,5})?)")


def find_issuer(resource: str, exchange: HttpExchange, *, hosts: Collection[str]) -> str:
    """The issuer that an `acct:` or `https:` identifier names; raises `ProviderMetadataInvalid`.

    `hosts` (with the port where it is not 443) may be asked and may be an issuer's. The identifier is a person's: it
    goes to its own host and into no log of ours.
    """
    host, rel = webfinger_host(resource), quote(ISSUER_RELATION, safe="")
    if host not in hosts:
        raise ProviderMetadataInvalid("the identifier's host is not among those allowed")
    url = f"https://{host}/.well-known/webfinger?resource={quote(resource, safe='')}&rel={rel}"
    issuer = issuer_in(_document(url, exchange))
    if urlsplit(issuer).netloc not in hosts:
        raise ProviderMetadataInvalid("the issuer's host is not among those allowed")
    return issuer


def read_provider(issuer: str, exchange: HttpExchange, *, algorithm: str = "ES256") -> ProviderMetadata:
    """The checked metadata of exactly this issuer (Discovery §4); `algorithm` is that of the ID tokens to come."""
    return check_metadata(_document(discovery_url(issuer), exchange), issuer=issuer, algorithm=algorithm)


def webfinger_host(resource: str) -> str:
    """Whom to ask about an identifier (Discovery §2.1); raises `ProviderMetadataInvalid`."""
    if account := _ACCOUNT.fullmatch(resource):
        return account["host"]
    if resource.startswith("https://") and is_secure_url(resource):
        return urlsplit(resource).netloc
    raise ProviderMetadataInvalid("the identifier is neither acct:name@host nor an https:// address")


def issuer_in(document: Mapping[str, object]) -> str:
    """The issuer among a WebFinger answer's links (Discovery §2.1.1): https, one, and nothing else."""
    links = document.get("links")
    issuers = [
        link.get("href")
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict) and link.get("rel") == ISSUER_RELATION
    ]
    if len(issuers) != 1 or not isinstance(issuers[0], str):
        raise ProviderMetadataInvalid("the WebFinger answer does not name exactly one issuer")
    if not issuers[0].startswith("https://") or not is_secure_url(issuers[0]):
        raise ProviderMetadataInvalid("the issuer of the WebFinger answer is not an https:// address")
    return issuers[0]


def _document(url: str, exchange: HttpExchange) -> Mapping[str, object]:
    accepted = "application/jrd+json, application/json"
    answer = exchange.send("GET", url, headers={"Accept": accepted}, limit=MAX_DOCUMENT)
    if answer.status != 200:
        raise ProviderUnavailable(f"HTTP {answer.status} for a document of the provider")
    try:
        return parse_object(answer.body, "not_json")
    except CompactRefused as error:
        raise ProviderMetadataInvalid("the document is not a JSON object") from error
