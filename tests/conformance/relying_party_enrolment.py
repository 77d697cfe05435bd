"""How the service of one module comes to know its provider: told by hand, or found and registered by itself."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from relying_party_sdk import RelyingParty
from relying_party_sdk.dynamic_registration import register_service
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.metadata import ProviderMetadata
from relying_party_sdk.provider_discovery import find_issuer, read_provider
from relying_party_sdk.settings_text import settings_from
from tests.conformance.relying_party_plans import (
    SIGNED_WITH,
    Registration,
    RelyingPartyPlan,
    module_registration,
    service_settings,
)

# The identifiers of the two modules that begin with one: the suite reads alias and module from them.
_IDENTIFIERS: Mapping[str, str] = {
    "oidcc-client-test-discovery-webfinger-acct": "acct:{alias}.{module}@{host}",
    "oidcc-client-test-discovery-webfinger-url": "https://{host}/{alias}/{module}",
}


def found_provider(plan: RelyingPartyPlan, module: str, *, issuer: str) -> ProviderMetadata:
    """The provider's metadata; where the module gives an identifier instead of an issuer, by asking its host."""
    exchange, host = HttpExchange(), urlsplit(issuer).netloc
    try:
        if identifier := _IDENTIFIERS.get(module):
            resource = identifier.format(alias=plan.place.alias, module=module, host=host)
            issuer = find_issuer(resource, exchange, hosts=(host,))
        return read_provider(issuer, exchange, algorithm=SIGNED_WITH)
    finally:
        exchange.close()


def enrolled(plan: RelyingPartyPlan, module: str, *, issuer: str) -> RelyingParty:
    """The service's end of the registration; raises the SDK's `LoginError` where the provider cannot be trusted."""
    if plan.registration is Registration.STATIC:
        return RelyingParty.from_settings(service_settings(plan, issuer=issuer))
    provider, exchange = found_provider(plan, module, issuer=issuer), HttpExchange()
    by_key = plan.variant.get("client_auth_type") == "private_key_jwt"
    try:
        registered = register_service(provider, _metadata(plan, module, by_key=by_key), exchange)
    finally:
        exchange.close()
    told = settings_from(service_settings(plan, issuer=provider.issuer) | _algorithms(plan, module), prefix="")
    # Not as text: the suite's names and secrets may end in a space, which a setting loses.
    given: dict[str, Any] = {"client_id": registered.client_id, "client_secret": registered.client_secret}
    if by_key:
        given |= {"client_secret": None, "private_key": _key(), "token_endpoint_auth_signing_alg": SIGNED_WITH}
    return RelyingParty(**(vars(told) | given))


def _metadata(plan: RelyingPartyPlan, module: str, *, by_key: bool) -> dict[str, Any]:
    """What the service asks to be registered with."""
    place = plan.place
    asked: dict[str, Any] = {
        "client_name": "MotCua SDK",
        "contacts": ["dich-vu@thue.example"],
        "redirect_uris": [place.redirect_uri],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "id_token_signed_response_alg": SIGNED_WITH,
        "token_endpoint_auth_method": "private_key_jwt" if by_key else "client_secret_basic",
        "initiate_login_uri": place.addresses["initiate_login_uri"],
        "request_uris": [place.request_uri],
    }
    if by_key:
        asked["jwks"] = {"keys": [{**_key().as_dict(private=False), "use": "sig", "alg": SIGNED_WITH}]}
    return asked | module_registration(plan, module)


def _algorithms(plan: RelyingPartyPlan, module: str) -> dict[str, str]:
    """The settings that go with what the module registers; there is none for no signature."""
    registered = module_registration(plan, module)
    return {name.upper(): value for name, value in registered.items() if name.endswith("_alg") and value != "none"}


@cache
def _key() -> RSAKey:
    """Made for one run."""
    return RSAKey.generate_key(2048, {"kid": "motcua-rp"})
