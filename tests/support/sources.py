"""Builders for tests of identity sources: settings, tools, visits, configurations."""

import base64
from collections.abc import Mapping
from typing import Any

from idp.authentication.address import Network, NetworkKey
from idp.authentication.contract import SourceConfiguration, Visit
from idp.authentication.kinds import SourceTools, validate_source_configuration
from idp.protocol.levels import LevelOfAssurance
from idp.settings import Environment, Settings
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.guarded_http import GuardedHttp

MASTER_KEY = bytes(range(32))
NOW = 1_800_000_000


class Clock:
    """Stands still until it is moved; with `step`, every look at it is that much later than the one before."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def settings(**overrides: Any) -> Settings:
    values: dict[str, Any] = {
        "issuer": "http://127.0.0.1:8000",
        "environment": Environment.SANDBOX,
        "master_keys": "k1:" + base64.urlsafe_b64encode(MASTER_KEY).decode(),
        "sms_gateway_url": "http://127.0.0.1:1/messages",
        "sms_gateway_token": "gateway-token",
        **overrides,
    }
    return Settings(**values)


def vault() -> Vault:
    return Vault([("k1", MASTER_KEY)])


def tools(database: Database, http: GuardedHttp, *, clock: Clock | None = None, **overrides: Any) -> SourceTools:
    return SourceTools(
        database=database, vault=vault(), http=http, settings=settings(**overrides), clock=clock or Clock()
    )


def configuration(
    kind: str, options: Mapping[str, Any], secrets: Mapping[str, str] | None = None, **overrides: Any
) -> SourceConfiguration:
    written: dict[str, Any] = {
        "id": "source-1",
        "kind": kind,
        "position": 1,
        "label": {"vi": "Nguồn", "en": "Source"},
        "organisation": {"vi": "Cơ quan", "en": "Authority"},
        "assurance": "substantial",
        "identity_level": "substantial",
        "options": dict(options),
        "secrets": dict(secrets or {}),
        **overrides,
    }
    return validate_source_configuration(written)


def visit(**overrides: Any) -> Visit:
    values: dict[str, Any] = {
        "interaction_id": "interaction-1",
        "browser_hash": b"b" * 32,
        "locale": "vi",
        "service_name": "Cổng dịch vụ công",
        "client_id": "portal",
        "state": {},
        "now": NOW,
        "address_keys": (NetworkKey(Network.HOST, "192.0.2.1"),),
        "minimum_level": LevelOfAssurance.LOW,
        **overrides,
    }
    return Visit(**values)
