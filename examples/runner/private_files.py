"""The demo's secrets and files: made once with random values, readable by their owner alone."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

ROOT = Path(__file__).parents[2]
VAR = ROOT / "var"
VAR_VARIABLE = "MOTCUA_DEMO_VAR"
SECRETS_FILE = "demo-secrets.json"
RESOURCE_SERVERS = ("social-insurance-data", "tax-declarations")
CONFIDENTIAL_CLIENTS = ("portal", "consultation", "test-a", "test-b", *RESOURCE_SERVERS)
KEY_CLIENT = "test-key"


@dataclass(frozen=True, kw_only=True)
class DemoSecrets:
    """All random, all for one machine."""

    master_key: str = field(repr=False)
    sms_token: str = field(repr=False)
    source_secrets: Mapping[str, str] = field(repr=False)
    client_secrets: Mapping[str, str] = field(repr=False)
    session_secrets: Mapping[str, str] = field(repr=False)
    private_jwk: Mapping[str, Any] = field(repr=False)

    @property
    def public_jwk(self) -> dict[str, Any]:
        return {name: value for name, value in self.private_jwk.items() if name != "d"}


def var_folder(environment: Mapping[str, str]) -> Path:
    """Where a demo keeps everything it writes: `var/`, or the folder that MOTCUA_DEMO_VAR names."""
    named = environment.get(VAR_VARIABLE, "").strip()
    return Path(named).absolute() if named else VAR


def load_or_make_secrets(path: Path) -> DemoSecrets:
    """The same secrets at every start, so that what the database holds stays readable; new ones for new clients."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    made = DemoSecrets(**known) if known else _make_secrets()
    missing = {name: secrets.token_urlsafe(32) for name in CONFIDENTIAL_CLIENTS if name not in made.client_secrets}
    made = replace(made, client_secrets={**made.client_secrets, **missing})
    if known is None or missing:
        write_private(path, json.dumps(asdict(made), indent=2))
    return made


def write_private(path: Path, content: str) -> None:
    """Write at once or not at all, mode 0600 from the first byte."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    unfinished.replace(path)


def _make_secrets() -> DemoSecrets:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    return DemoSecrets(
        master_key=secrets.token_urlsafe(32),
        sms_token=secrets.token_urlsafe(32),
        source_secrets={
            name: secrets.token_urlsafe(32)
            for name in ("tax_client_secret", "social_insurance_client_secret", "mobile_client_secret")
        },
        client_secrets={client_id: secrets.token_urlsafe(32) for client_id in CONFIDENTIAL_CLIENTS},
        session_secrets={service: secrets.token_urlsafe(32) for service in ("portal", "consultation")},
        private_jwk=dict(key.as_dict(private=True)),
    )
