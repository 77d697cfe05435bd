"""`python -m tests.conformance.provider --var FOLDER`: a sandbox whose issuer is a TLS proxy in front of this machine.

Registers the static clients of `clients/`, whose secrets are synthetic and worthless anywhere else.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any

from examples.demo import PROVIDER, apply, inherited
from examples.runner.addresses import Addresses
from examples.runner.configuration import ProviderConfiguration, provider_configuration
from examples.runner.private_files import SECRETS_FILE, load_or_make_secrets
from examples.runner.processes import Children
from examples.runner.sandbox_parts import serve
from tests.conformance.client_keys import load_or_make_keys, public

CLIENTS = Path(__file__).with_name("clients")
ALIAS = "motcua"
# Synthetic, as every secret here: what the proxy of a test run sends in X-Client-Cert-Secret.
PROXY_SECRET = "synthetic-secret-of-the-proxy-of-a-test-run"
MTLS = "https://op.localhost:9446"


@dataclass(frozen=True)
class ProxiedAddresses(Addresses):
    """The sources listen on loopback as ever; the provider is known under the proxy's address."""

    public_issuer: str

    @property
    def issuer(self) -> str:
        return self.public_issuer


def configuration(addresses: ProxiedAddresses, *, var: Path, suite: str, mtls: str) -> ProviderConfiguration:
    made = provider_configuration(addresses, load_or_make_secrets(var / SECRETS_FILE), var=var)
    outgoing = ",".join([*addresses.outgoing, suite.removeprefix("https://")])
    settings = "".join(
        line for line in made.settings.splitlines(keepends=True) if not line.startswith("outbound_allow_list")
    )
    added = {
        "outbound_allow_list": outgoing,
        "trusted_proxies": "127.0.0.1",
        "dynamic_registration": "open",
        "registrations_per_hour": 10_000,
        # The suite registers itself, and is a neighbour on this machine.
        "strangers_reach_allow_list": True,
        "request_uri_by_reference": True,
        "client_certificates": "nginx",
        "client_certificate_secret": PROXY_SECRET,
        "mtls_origin": mtls,
        # The suite asks one person some hundred times an hour.
        "backchannel_requests_per_person": 1000,
    }
    settings += "".join(f"{name} = {json.dumps(value)}\n" for name, value in added.items())
    registered = tuple(_with_keys(client, load_or_make_keys(var)) for client in static_clients(suite))
    return replace(made, settings=settings, clients=(*made.clients, *registered))


def _with_keys(client: Mapping[str, Any], keys: Mapping[str, dict[str, Any]]) -> Mapping[str, Any]:
    key = keys.get(client["client_id"])
    return client if key is None else {**client, "jwks": {"keys": [public(key)]}}


def static_clients(suite: str) -> tuple[Mapping[str, Any], ...]:
    """The registrations of `clients/`, with the suite's addresses filled in."""
    filled = (
        Template(path.read_text(encoding="utf-8")).substitute(suite=suite, alias=ALIAS)
        for path in sorted(CLIENTS.glob("*.json"))
    )
    return tuple(json.loads(text) for text in filled)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--var", type=Path, required=True, help="a folder for everything that is written")
    options.add_argument("--issuer", default="https://op.localhost:9443")
    options.add_argument("--port", type=int, default=9080, help="where the proxy finds the provider; sources follow it")
    options.add_argument("--suite", default="https://suite.localhost:8443")
    options.add_argument("--mtls", default=MTLS, help="where the proxy asks services for certificates")
    given = options.parse_args()
    os.umask(0o077)
    addresses = ProxiedAddresses(given.port, given.issuer)
    made = configuration(addresses, var=given.var, suite=given.suite, mtls=given.mtls)
    made.write()
    environment = {
        **inherited(os.environ),
        "MOTCUA_CONFIG": str(made.settings_file),
    }
    with Children(environment, made.folder) as children:
        apply(made, environment)
        children.start("provider", PROVIDER, "serve")
        asyncio.run(serve(addresses, load_or_make_secrets(given.var / SECRETS_FILE)))


if __name__ == "__main__":
    main()
