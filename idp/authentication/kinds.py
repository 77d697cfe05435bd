"""The kinds of identity source there are, and how one is built. A new kind is one package and one row here."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from idp.authentication.contract import IdentitySource, SourceConfiguration
from idp.authentication.mobile_number_otp.options import MobileNumberOptions
from idp.authentication.mobile_number_otp.owner import OwnNumber
from idp.authentication.one_time_code import OneTimeCodes
from idp.authentication.one_time_code_source import OneTimeCodeSource
from idp.authentication.register_client import RegisterClient
from idp.authentication.registry_otp.options import RegisterSecrets, RegistryOptions
from idp.authentication.registry_otp.owner import PhoneOnFile
from idp.authentication.source_configuration import SourceConfigurationInvalid, WrittenSource, parsed
from idp.authentication.upstream_oidc.exchange import UpstreamClient
from idp.authentication.upstream_oidc.options import UpstreamOptions, UpstreamSecrets
from idp.authentication.upstream_oidc.publication import Publication
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.identity.identifiers.kinds import IdentifierKind
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.guarded_http import GuardedHttp

log = logging.getLogger("motcua")

# Every configured source by its id, so that one may name another.
Siblings = Mapping[str, SourceConfiguration]


@dataclass(frozen=True, kw_only=True)
class SourceTools:
    """What a source may use. `clock` gives epoch seconds."""

    database: Database
    vault: Vault
    http: GuardedHttp
    settings: Settings
    clock: Callable[[], float]


class NoSecrets(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Kind:
    """`secrets_of` says which credentials a configuration with these options needs."""

    options: type[BaseModel]
    secrets_of: Callable[[Mapping[str, Any]], type[BaseModel]]
    build: Callable[[SourceConfiguration, SourceTools, Siblings], IdentitySource]


def validate_source_configuration(written: Any) -> SourceConfiguration:
    """A source as the operator wrote it. Raises SourceConfigurationInvalid, whose faults say how to mend it."""
    source = parsed(WrittenSource, written, where="")
    kind = KINDS.get(source.kind)
    if kind is None:
        raise SourceConfigurationInvalid((f"`kind` must be one of {', '.join(sorted(KINDS))}.",))
    faults: list[str] = []
    secrets = kind.secrets_of(source.options)
    for model, values, where in ((kind.options, source.options, "options"), (secrets, source.secrets, "secrets")):
        try:
            parsed(model, values, where=where)
        except SourceConfigurationInvalid as error:
            faults.extend(error.faults)
    if faults:
        raise SourceConfigurationInvalid(tuple(faults))
    return source.to_configuration()


def build_source(
    configuration: SourceConfiguration, tools: SourceTools, *, siblings: Siblings = MappingProxyType({})
) -> IdentitySource:
    """The source of one configuration. Raises SourceConfigurationInvalid."""
    kind = KINDS.get(configuration.kind)
    if kind is None:
        raise SourceConfigurationInvalid((f"`kind` must be one of {', '.join(sorted(KINDS))}.",))
    return kind.build(configuration, tools, siblings)


def build_sources(configurations: Iterable[SourceConfiguration], tools: SourceTools) -> tuple[IdentitySource, ...]:
    """Every source that can be built, disabled ones included, in their order; the others are logged and left out."""
    siblings = {configuration.id: configuration for configuration in configurations}
    built = []
    for configuration in sorted(siblings.values(), key=lambda known: (known.position, known.id)):
        try:
            built.append(build_source(configuration, tools, siblings=siblings))
        except SourceConfigurationInvalid as error:
            log.error("source %s cannot be used: %s", configuration.id, error)
    return tuple(built)


def _upstream_oidc(configuration: SourceConfiguration, tools: SourceTools, siblings: Siblings) -> IdentitySource:
    options = parsed(UpstreamOptions, configuration.options, where="options")
    secrets = parsed(UpstreamSecrets, configuration.secrets, where="secrets")
    client = UpstreamClient(
        http=tools.http,
        source_id=configuration.id,
        options=options,
        client_secret=secrets.client_secret,
        redirect_uri=f"{tools.settings.issuer}/sources/{configuration.id}/callback",
        publication=Publication(
            tools.http,
            source_id=configuration.id,
            issuer=options.issuer,
            algorithm=options.id_token_signed_response_alg,
            clock=tools.clock,
        ),
    )
    return UpstreamOidcSource(configuration, client, allow_sandbox=tools.settings.is_sandbox)


def _registry_otp(configuration: SourceConfiguration, tools: SourceTools, siblings: Siblings) -> IdentitySource:
    options = parsed(RegistryOptions, configuration.options, where="options")
    owner = PhoneOnFile(
        configuration=configuration,
        options=options,
        register=_register(configuration, options.register_url, tools),
        subscribers=_subscribers(options, tools, siblings),
    )
    return _one_time_code(configuration, owner, IdentifierKind(options.identifier), tools)


def _mobile_otp(configuration: SourceConfiguration, tools: SourceTools, siblings: Siblings) -> IdentitySource:
    options = parsed(MobileNumberOptions, configuration.options, where="options")
    register = _register(configuration, options.register_url, tools) if options.register_url else None
    owner = OwnNumber(configuration=configuration, register=register)
    return _one_time_code(configuration, owner, IdentifierKind(options.identifier), tools)


def _one_time_code(
    configuration: SourceConfiguration, owner: PhoneOnFile | OwnNumber, kind: IdentifierKind, tools: SourceTools
) -> IdentitySource:
    codes = OneTimeCodes(tools.database, tools.vault)
    return OneTimeCodeSource(configuration, owner, kind=kind, codes=codes, vault=tools.vault, settings=tools.settings)


def _register(configuration: SourceConfiguration, register_url: str, tools: SourceTools) -> RegisterClient:
    secrets = parsed(RegisterSecrets, configuration.secrets, where="secrets")
    return RegisterClient(
        http=tools.http,
        source_id=configuration.id,
        register_url=register_url,
        client_id=secrets.client_id,
        client_secret=secrets.client_secret,
        allow_sandbox=tools.settings.is_sandbox,
    )


def _subscribers(options: RegistryOptions, tools: SourceTools, siblings: Siblings) -> RegisterClient | None:
    """The register of the source it names. One that cannot be asked is a fault, not a "no"."""
    if options.subscriber_source is None:
        return None
    named = siblings.get(options.subscriber_source)
    register_url = named.options.get("register_url") if named is not None else None
    if named is None or named.kind != "mobile_otp" or not isinstance(register_url, str):
        raise SourceConfigurationInvalid(
            ("`options.subscriber_source` must name a mobile_otp source with a register_url.",)
        )
    return _register(named, register_url, tools)


def _register_secrets(options: Mapping[str, Any]) -> type[BaseModel]:
    return RegisterSecrets if options.get("register_url") else NoSecrets


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "upstream_oidc": Kind(UpstreamOptions, lambda options: UpstreamSecrets, _upstream_oidc),
        "registry_otp": Kind(RegistryOptions, lambda options: RegisterSecrets, _registry_otp),
        "mobile_otp": Kind(MobileNumberOptions, _register_secrets, _mobile_otp),
    }
)
