"""Settings of one installation, from the environment (`MOTCUA_…`) and from a file (`MOTCUA_CONFIG`, TOML).

The docstring under each field is its documentation: `docs/settings.md` is generated from it. Services, sources
and keys are not settings: they live in the database and are managed with `motcua client|source|keys`.
"""

import base64
import binascii
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from idp.protocol.proxy_settings import SHORTEST_SECRET, check_mtls_origin, check_proxies
from idp.protocol.setting_shapes import hotline_shape, issuer_shape, mail_from_shape, smtp_url_shape

MASTER_KEY_BYTES = 32


# Who is asked more often is worn down until they say yes.
_MOST_REQUESTS_PER_PERSON = 20


class Environment(StrEnum):
    PRODUCTION = "production"
    SANDBOX = "sandbox"


class DynamicRegistration(StrEnum):
    OFF = "off"
    TOKEN = "token"
    OPEN = "open"


class ClientCertificates(StrEnum):
    OFF = "off"
    NGINX = "nginx"
    RFC9440 = "rfc9440"


class ConfigurationError(Exception):
    """The configuration cannot be used; the message says what to do, one line a fault."""


class Settings(BaseModel):
    """Frozen: nothing changes a setting after the start."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    issuer: str
    """The provider's address as services and citizens see it, without a trailing slash. HTTPS; plain HTTP is
    accepted for a loopback address in the sandbox only. It never changes once services are connected."""

    environment: Environment = Environment.PRODUCTION
    """`production` or `sandbox`. The sandbox shows a band on every page and accepts fictitious numbers."""

    database_url: str = "sqlite:///var/motcua.db"
    """Where everything is kept: `sqlite:///path` (embedded) or `postgresql://user:password@host/name`."""

    master_keys: SecretStr = SecretStr("")
    """The keys everything at rest is encrypted with: `id:key` pairs separated by commas, the first one active,
    each key 32 random bytes in base64url. `motcua doctor --new-master-key` prints one. Required."""

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    """The port to listen on."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Worker processes; one per core is right."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses of the reverse proxies whose forwarded headers are believed, separated by commas. None by default."""

    outbound_allow_list: tuple[str, ...] = ()
    """`host:port` pairs that outgoing requests may reach although they are loopback or private addresses,
    separated by commas. Empty by default: only public addresses over HTTPS."""

    dynamic_registration: DynamicRegistration = DynamicRegistration.OFF
    """Whether programs may register services by themselves at `/register`: `off`, `token` (with an initial access
    token from `motcua client registration-token`), or `open` to everybody. Sandbox only."""

    registrations_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 60
    """With open registration: how many services one network may register or change in an hour; everybody together
    ten times as many."""

    strangers_reach_allow_list: bool = False
    """With open registration: whether the addresses a stranger registers may be those of `outbound_allow_list`. Only
    for a run of tests on a machine of its own. Sandbox only."""

    request_uri_by_reference: bool = False
    """Whether a service may leave its signed request at an address of its own, registered before, and send a
    browser with the address alone. Sandbox only."""

    client_certificates: ClientCertificates = ClientCertificates.OFF
    """How the reverse proxy tells the certificate of a service that connects with one (RFC 8705): `off`, `nginx`
    (`X-Client-Cert: $ssl_client_escaped_cert`) or `rfc9440` (`Client-Cert`). See docs/mtls.md."""

    client_certificate_secret: SecretStr | None = None
    """What the reverse proxy sends in `X-Client-Cert-Secret`, 32 characters or more, so that nobody else can write a
    certificate's header. Required with `client_certificates`, and so is `trusted_proxies`."""

    mtls_origin: str | None = None
    """The address under which the proxy asks services for certificates, where it is not the issuer's own, for
    example `https://mtls.dinhdanh.example.vn`; told as `mtls_endpoint_aliases`."""

    authorization_details_types: Path | None = None
    """A TOML file of what services may ask people to allow beyond reading their data (RFC 9396); see
    docs/resources.md. Without it, none of it is offered."""

    provider_name_vi: str = "Một cửa"
    """The provider's name on Vietnamese pages."""

    provider_name_en: str = "MotCua"
    """The provider's name on English pages."""

    hotline: str = "1900 0000"
    """The telephone number shown where a citizen needs help."""

    sms_brand: Annotated[str, Field(pattern=r"^[A-Za-z0-9 _-]{1,11}$")] = "DNVN"
    """The registered sender name that opens every SMS; 11 characters at most."""

    sms_gateway_url: str | None = None
    """Where SMS are handed over: an HTTP endpoint that takes `{"to", "text", "idempotency_key"}`. Without it, sources
    that need an SMS are shown as unavailable."""

    sms_gateway_token: SecretStr | None = None
    """The bearer credential for the SMS gateway."""

    smtp_url: str | None = None
    """The mail server for notices: `smtps://host:465` (TLS from the start), `smtp+starttls://host:587`, or
    `smtp://host:25` (no encryption, in the sandbox only). Without it no e-mail is sent, and nobody needs one."""

    smtp_user: str | None = None
    """The name to log in to the mail server with; only over TLS."""

    smtp_password: SecretStr | None = None
    """The password to log in to the mail server with."""

    mail_from: str | None = None
    """The address notices come from, for example `khong-tra-loi@dinhdanh.example.vn`. Required with `smtp_url`."""

    code_lifetime: Annotated[int, Field(ge=5, le=60)] = 60
    """Seconds an authorization code lives; 60 at most."""

    access_token_lifetime: Annotated[int, Field(ge=30, le=3600)] = 600
    """Seconds an access token lives."""

    id_token_lifetime: Annotated[int, Field(ge=30, le=3600)] = 300
    """Seconds an ID token is valid."""

    refresh_token_lifetime: Annotated[int, Field(ge=600, le=7776000)] = 2592000
    """Seconds after which a refresh token family ends, however often it was used."""

    session_idle: Annotated[int, Field(ge=60, le=7200)] = 1800
    """Seconds without a login after which a single sign-on session ends."""

    session_lifetime: Annotated[int, Field(ge=300, le=86400)] = 43200
    """Seconds after which a single sign-on session ends in any case."""

    one_time_code_lifetime: Annotated[int, Field(ge=60, le=300)] = 300
    """Seconds a one-time code is valid; 300 at most."""

    backchannel_request_lifetime: Annotated[int, Field(ge=60, le=600)] = 300
    """Seconds a person has to answer a service that asks them from elsewhere (CIBA); 600 at most."""

    backchannel_requests_per_person: Annotated[int, Field(ge=1, le=1000)] = 5
    """How often an hour a person is asked from elsewhere, by all services together; by one service half as often.
    20 at most in production."""

    backchannel_requests_per_service: Annotated[int, Field(ge=1, le=1000000)] = 1000
    """How often an hour one service may ask people from elsewhere."""

    device_requests_per_service: Annotated[int, Field(ge=1, le=10_000_000)] = 20_000
    """How many codes an hour the devices of one service that holds no secret may ask for."""

    device_requests_per_hour: Annotated[int, Field(ge=1, le=100_000_000)] = 200_000
    """How many codes an hour the devices of all such services together may ask for."""

    history_months: Annotated[int, Field(ge=3, le=60)] = 24
    """Months a person's login history is kept; 60 at most."""

    minimum_age: Annotated[int, Field(ge=0, le=18)] = 14
    """Below this age nobody logs in alone (years). A service may ask for more, never for less."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""

    @field_validator("trusted_proxies", "outbound_allow_list", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    _issuer_shape = field_validator("issuer")(issuer_shape)
    _hotline_shape = field_validator("hotline")(hotline_shape)
    _smtp_url_shape = field_validator("smtp_url")(smtp_url_shape)
    _mail_from_shape = field_validator("mail_from")(mail_from_shape)

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        host = urlsplit(self.issuer).hostname or ""
        if self.issuer.startswith("http://"):
            if self.environment is Environment.PRODUCTION:
                raise ValueError("issuer: plain HTTP is never accepted in production; use https://")
            if host not in {"127.0.0.1", "localhost", "::1"}:
                raise ValueError("issuer: plain HTTP is accepted for a loopback address only; use https://")
        if self.environment is Environment.PRODUCTION:
            self._check_nothing_of_a_sandbox()
        self.master_key_list()
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_url is None:
            return self
        if self.mail_from is None:
            raise ValueError("mail_from: required with smtp_url")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("smtp_user and smtp_password: one is of no use without the other")
        if self.smtp_url.startswith("smtp://") and (
            self.environment is Environment.PRODUCTION or self.smtp_user is not None
        ):
            raise ValueError("smtp_url: unencrypted mail is for the sandbox, without a password; use smtps://")
        return self

    @model_validator(mode="after")
    def _certificates_have_a_proxy(self) -> Self:
        if self.client_certificates is ClientCertificates.OFF:
            if self.mtls_origin is not None or self.client_certificate_secret is not None:
                raise ValueError("mtls_origin and client_certificate_secret: of no use without client_certificates")
            return self
        check_proxies(self.trusted_proxies)
        secret = self.client_certificate_secret
        if (
            secret is None
            or len(secret.get_secret_value()) < SHORTEST_SECRET
            or not secret.get_secret_value().isascii()
        ):
            raise ValueError(f"client_certificate_secret: must be {SHORTEST_SECRET} characters of ASCII or more")
        check_mtls_origin(self.mtls_origin, self.issuer)
        return self

    def _check_nothing_of_a_sandbox(self) -> None:
        if self.outbound_allow_list:
            raise ValueError("outbound_allow_list: must be empty in production")
        if self.backchannel_requests_per_person > _MOST_REQUESTS_PER_PERSON:
            raise ValueError(f"backchannel_requests_per_person: {_MOST_REQUESTS_PER_PERSON} at most in production")
        if self.dynamic_registration is not DynamicRegistration.OFF:
            raise ValueError("dynamic_registration: must be off in production; services are registered by an operator")
        if self.strangers_reach_allow_list:
            raise ValueError("strangers_reach_allow_list: must be off in production; strangers register nothing there")
        if self.request_uri_by_reference:
            raise ValueError("request_uri_by_reference: must be off in production; use pushed authorization requests")

    def master_key_list(self) -> list[tuple[str, bytes]]:
        """`(id, key)` pairs, the active one first. Raises ValueError with what to do."""
        pairs = [part.strip() for part in self.master_keys.get_secret_value().split(",") if part.strip()]
        if not pairs:
            raise ValueError("master_keys: missing; make one with `motcua doctor --new-master-key`")
        keys: list[tuple[str, bytes]] = []
        for pair in pairs:
            key_id, _, encoded = pair.partition(":")
            try:
                key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
            except (binascii.Error, ValueError):
                key = b""
            if not key_id or len(key) != MASTER_KEY_BYTES:
                raise ValueError("master_keys: each must read `id:key`, the key 32 bytes in base64url")
            keys.append((key_id, key))
        if len({key_id for key_id, _ in keys}) != len(keys):
            raise ValueError("master_keys: the same id appears twice")
        return keys

    @property
    def is_sandbox(self) -> bool:
        return self.environment is Environment.SANDBOX

    def endpoint(self, path: str, *, by_certificate: bool = False) -> str:
        """As a program knows it; one that shows a certificate may have come by the alias (RFC 8705 §5)."""
        return (self.mtls_origin if by_certificate and self.mtls_origin else self.issuer) + path

    @property
    def accepts_certificates(self) -> bool:
        return self.client_certificates is not ClientCertificates.OFF

    @property
    def is_secure(self) -> bool:
        return self.issuer.startswith("https://")
