"""The keys of the suite's clients that have no secret: made once, kept in the run's own folder."""

import json
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from examples.runner.private_files import write_private

NAMES = (
    "suite-fapi-one",
    "suite-fapi-two",
    "suite-signing-one",
    "suite-signing-two",
    "suite-ciba-poll-one",
    "suite-ciba-poll-two",
    "suite-ciba-ping-one",
    "suite-ciba-ping-two",
)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi"})
_FILE = "suite-keys.json"


def load_or_make_keys(var: Path) -> dict[str, dict[str, Any]]:
    """Private JWKs by client id."""
    path = var / _FILE
    keys: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [name for name in NAMES if name not in keys]
    for name in missing:
        made = RSAKey.generate_key(2048, {"kid": name, "alg": "PS256", "use": "sig"})
        keys[name] = dict(made.as_dict(private=True))
    if missing:
        write_private(path, json.dumps(keys))
    return keys


def public(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name not in _PRIVATE}
