"""The services at which a login can be started from our own list (OpenID Connect Core 4). Pure.

The address says who asks (`iss`) and, where the service registered it, what to open afterwards (`target_link_uri`):
nothing of the person, who may not even be logged in here.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from idp.protocol.client import Client
from idp.protocol.redirect_uris import with_parameters
from idp.web.i18n import Locale
from idp.web.views import ServiceView


@dataclass(frozen=True)
class StartableService:
    service: ServiceView
    url: str


def startable_services(clients: Iterable[Client], *, issuer: str, locale: Locale) -> list[StartableService]:
    """In the order of their names, as a person would look for them."""
    found = [
        StartableService(ServiceView.of(client, locale), _initiating(client.initiate_login_uri, client, issuer))
        for client in clients
        if client.initiate_login_uri is not None and not client.disabled
    ]
    return sorted(found, key=lambda one: (_letters(one.service.name), _letters(one.service.organisation)))


def _initiating(uri: str, client: Client, issuer: str) -> str:
    asked = {"iss": issuer}
    if client.target_link_uri is not None:
        asked["target_link_uri"] = client.target_link_uri
    return with_parameters(uri, asked)


def _letters(name: str) -> tuple[str, str]:
    """Base letters first, tone marks only between equals; Đ is a D here."""
    folded = name.casefold().replace("đ", "d")
    plain = "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))
    return plain, name
