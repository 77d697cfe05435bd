"""The service of the FAPI 2 plans: its key, and what suite and service are told because of it."""

import json
from functools import cache
from typing import Any

from joserfc.jwk import ECKey

# What the suite's provider signs with, and the scope its data provider wants.
SIGNED_WITH = "PS256"
FAPI_SCOPES = "openid accounts"
ACCOUNTS_PATH = "open-banking/v1.1/accounts"


def fapi_client() -> dict[str, Any]:
    """The service's registration, as the suite is told of it."""
    public = {**_key().as_dict(private=False), "alg": "ES256", "use": "sig"}
    return {"jwks": {"keys": [public]}, "scope": FAPI_SCOPES, "id_token_signed_response_alg": SIGNED_WITH}


def fapi_settings(profile: str) -> dict[str, str]:
    """The service's own settings."""
    return {
        "CLIENT_SECRET": "",
        "PRIVATE_KEY": json.dumps(_key().as_dict(private=True)),
        "PROFILE": profile,
        "SCOPES": FAPI_SCOPES,
        "ID_TOKEN_SIGNED_RESPONSE_ALG": SIGNED_WITH,
    }


@cache
def _key() -> ECKey:
    """Made for one run."""
    return ECKey.generate_key("P-256", {"kid": "motcua-rp-fapi"})
