"""The provider's configuration for the demo: its settings file, its services, its sources."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from examples.runner.addresses import HOST, Addresses
from examples.runner.private_files import KEY_CLIENT, RESOURCE_SERVERS, ROOT, DemoSecrets, write_private

# What anybody may name proves nothing, and has no secret.
PUBLIC_CLIENTS = ("terminal",)
TEMPLATES = Path(__file__).parents[1]
CLIENTS = ("portal", "consultation", "test-a", "test-b", "test-key", *PUBLIC_CLIENTS, *RESOURCE_SERVERS)
DETAIL_TYPES = TEMPLATES / "authorization_details_types.toml"
SOURCES = ("tax", "social-insurance", "mobile")
REVISIONS = ROOT / "idp" / "storage" / "migrations" / "versions"


@dataclass(frozen=True, kw_only=True)
class ProviderConfiguration:
    """The files, and what they hold. One folder for each base port: an issuer never changes for a database."""

    folder: Path
    settings: str
    clients: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, Any], ...]

    @property
    def settings_file(self) -> Path:
        return self.folder / "motcua.toml"

    @property
    def database(self) -> Path:
        return self.folder / "motcua.db"

    @property
    def clients_file(self) -> Path:
        return self.folder / "clients.json"

    def source_files(self) -> tuple[Path, ...]:
        return tuple(self.folder / f"source-{source['id']}.json" for source in self.sources)

    def write(self) -> None:
        write_private(self.settings_file, self.settings)
        write_private(self.clients_file, json.dumps(self.clients, ensure_ascii=False, indent=2))
        for path, source in zip(self.source_files(), self.sources, strict=True):
            write_private(path, json.dumps(source, ensure_ascii=False, indent=2))

    def is_applied(self) -> bool:
        """Whether the database was already brought to exactly this, by this version of the schema."""
        return self.database.exists() and self._stamp.exists() and self._stamp.read_text() == self._fingerprint()

    def remember_applied(self) -> None:
        write_private(self._stamp, self._fingerprint())

    @property
    def _stamp(self) -> Path:
        return self.folder / "applied"

    def _fingerprint(self) -> str:
        revisions = sorted(path.name for path in REVISIONS.glob("*.py"))
        everything = [self.settings, self.clients, self.sources, revisions, self.database.stat().st_ino]
        return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def provider_configuration(addresses: Addresses, secrets: DemoSecrets, *, var: Path) -> ProviderConfiguration:
    folder = (var / "demo" / str(addresses.base)).absolute()
    return ProviderConfiguration(
        folder=folder,
        settings=_settings(addresses, secrets, database=folder / "motcua.db"),
        clients=tuple(_client(client_id, addresses, secrets) for client_id in CLIENTS),
        sources=tuple(_filled("sources", source, addresses, secrets) for source in SOURCES),
    )


def _settings(addresses: Addresses, secrets: DemoSecrets, *, database: Path) -> str:
    settings: dict[str, str | int] = {
        "issuer": addresses.issuer,
        "environment": "sandbox",
        "database_url": f"sqlite:///{database}",
        "master_keys": f"demo:{secrets.master_key}",
        "host": HOST,
        "port": addresses.base,
        "workers": 1,
        "outbound_allow_list": ",".join(addresses.outgoing),
        "sms_gateway_url": f"{addresses.outbox}/messages",
        "sms_gateway_token": secrets.sms_token,
        "smtp_url": addresses.mail,
        "mail_from": "khong-tra-loi@motcua.example",
        "authorization_details_types": str(DETAIL_TYPES),
        "log_level": "WARNING",
    }
    # A JSON string or number is a TOML one too.
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _client(client_id: str, addresses: Addresses, secrets: DemoSecrets) -> Mapping[str, Any]:
    metadata = _filled("clients", client_id, addresses, secrets)
    if client_id == KEY_CLIENT:
        return {**metadata, "jwks": {"keys": [secrets.public_jwk]}}
    if client_id in PUBLIC_CLIENTS:
        return metadata
    return {**metadata, "client_secret": secrets.client_secrets[client_id]}


def _filled(kind: str, name: str, addresses: Addresses, secrets: DemoSecrets) -> Mapping[str, Any]:
    text = (TEMPLATES / kind / f"{name}.json").read_text(encoding="utf-8")
    filled = Template(text).substitute({**addresses.for_templates(), **secrets.source_secrets})
    document: Mapping[str, Any] = json.loads(filled)
    return document
