"""The portals as relying parties, made once for each worker."""

from collections.abc import Mapping
from typing import Any

import httpx2

from idp.portals.in_process import InProcess
from idp.portals.portal import PORTALS, portal_secret
from idp.services import Services
from relying_party_sdk import RelyingParty


def relying_parties(services: Services, app: Any) -> Mapping[str, RelyingParty]:
    """By client id. `app` is the application that answers them; nothing is asked of it yet."""
    http = httpx2.Client(transport=InProcess(app))
    issuer = services.settings.issuer
    return {
        portal.client_id: RelyingParty(
            issuer,
            portal.client_id,
            f"{issuer}{portal.callback}",
            client_secret=portal_secret(services.vault, portal.client_id),
            token_endpoint_auth_method="client_secret_basic",
            scopes=("openid",),
            http=http,
            clock=lambda: int(services.clock()),
        )
        for portal in PORTALS
    }
