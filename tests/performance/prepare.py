"""Tables, keys of every algorithm and the clients of the load, for a database without any.

A program of its own: migrations bring libraries along that no worker loads.
"""

import asyncio
import hashlib
import json
import time
from typing import Any

from idp.settings_source import load_settings
from idp.storage.database import Insert, Write
from idp.storage.live_configuration import bump_version, insert_key
from idp.storage.migrate import migrate
from idp.storage.open import open_database
from idp.storage.vault import Vault
from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing
from tests.performance.server import SCOPE, clients


async def prepare() -> None:
    settings = load_settings()
    database, vault, now = open_database(settings.database_url), Vault(settings.master_key_list()), int(time.time())
    ring = KeyRing(()).ensure(tuple(SignatureAlgorithm), now).ring
    writes: list[Write] = [insert_key(key, vault) for key in ring.keys]
    for client in clients():
        public = {k: v for k, v in client.get("jwk", {}).items() if k != "d"}
        metadata: dict[str, Any] = {
            "client_name": "Đo tải",
            "redirect_uris": [client["redirect_uri"]],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPE,
            "token_endpoint_auth_method": "private_key_jwt" if public else "client_secret_basic",
        }
        if public:
            metadata["jwks"] = {"keys": [public]}
        if "profile" in client:
            metadata["profile"] = client["profile"]
        writes.append(
            Insert(
                "client",
                {
                    "client_id": client["id"],
                    "metadata": json.dumps(metadata),
                    "client_secret_hash": hashlib.sha256(client.get("secret", "").encode()).digest(),
                    "sector": "bench.example",
                    "disabled_at": None,
                    "created_at": now,
                    "updated_at": now,
                },
            )
        )
    await database.commit(*writes, bump_version())
    await database.close()


if __name__ == "__main__":
    migrate(load_settings().database_url)
    asyncio.run(prepare())
