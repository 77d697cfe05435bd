"""Which portals there are, and the secrets that only the provider itself knows them by."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.protocol.built_in_clients import BUILT_IN, CITIZEN_PORTAL, OPERATOR_PORTAL, PORTAL_PATHS, built_in_clients
from idp.protocol.client import Client
from idp.settings import Settings
from idp.storage.vault import Vault


@dataclass(frozen=True)
class Portal:
    """`path` is where its pages live; `cookie` the short name of its session cookie."""

    client_id: str
    path: str
    cookie: str

    @property
    def callback(self) -> str:
        return f"{self.path}/callback"


CITIZEN: Final = Portal(CITIZEN_PORTAL, PORTAL_PATHS[CITIZEN_PORTAL], "citizen")
OPERATOR: Final = Portal(OPERATOR_PORTAL, PORTAL_PATHS[OPERATOR_PORTAL], "operator")
PORTALS: Final = (CITIZEN, OPERATOR)


def portal_secret(vault: Vault, client_id: str) -> str:
    """Derived, never stored: a worker proves itself to itself, so a rotated master key changes both ends at once."""
    return base64.urlsafe_b64encode(vault.derive(f"portal secret {client_id}")).rstrip(b"=").decode()


def clients_of_portals(settings: Settings, vault: Vault) -> Mapping[str, Client]:
    """What the configuration knows without a row."""
    return built_in_clients(
        settings.issuer,
        organisation={"vi": settings.provider_name_vi, "en": settings.provider_name_en},
        secret_hashes={
            client_id: hashlib.sha256(portal_secret(vault, client_id).encode()).digest() for client_id in BUILT_IN
        },
    )
