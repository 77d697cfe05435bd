"""The services that are the provider's own: its portals are relying parties like any other, but are not registered.

Pure values. Nobody is asked to agree that the provider knows them, and they are told nothing but a `sub`.
"""

from collections.abc import Mapping
from typing import Final

from idp.protocol.client import Client, LegalBasis

CITIZEN_PORTAL: Final = "motcua-citizen"
OPERATOR_PORTAL: Final = "motcua-operator"
BUILT_IN: Final = frozenset({CITIZEN_PORTAL, OPERATOR_PORTAL})

PORTAL_PATHS: Final[Mapping[str, str]] = {CITIZEN_PORTAL: "/me", OPERATOR_PORTAL: "/operator"}
_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    CITIZEN_PORTAL: {"vi": "Tài khoản của tôi", "en": "My account"},
    OPERATOR_PORTAL: {"vi": "Bàn làm việc của cán bộ", "en": "Operators' desk"},
}


def built_in_clients(
    issuer: str, *, organisation: Mapping[str, str], secret_hashes: Mapping[str, bytes]
) -> Mapping[str, Client]:
    """By client id. `secret_hashes` holds a SHA-256 hash for each id of BUILT_IN."""
    return {
        client_id: Client(
            client_id=client_id,
            client_name=_NAMES[client_id],
            organisation=organisation,
            redirect_uris=(f"{issuer}{path}/callback",),
            # No host of a service can be called so: nobody shares the portals' identifiers.
            sector=client_id,
            scope=frozenset({"openid"}),
            legal_basis=LegalBasis.LAW,
            client_uri=f"{issuer}{path}",
            client_secret_hash=secret_hashes[client_id],
        )
        for client_id, path in PORTAL_PATHS.items()
    }
