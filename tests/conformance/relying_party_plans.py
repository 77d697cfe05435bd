"""The relying-party plans, in which variant, and what the suite and the service are told for them. Pure.

The suite plays the provider here, and its certificate and people are its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.conformance.fapi_service import fapi_client, fapi_settings

CLIENT_ID = "motcua-rp"
# Synthetic, and worthless anywhere else.
CLIENT_SECRET = "chi-dung-de-thu-voi-bo-kiem-thu-0123456789"
SCOPES = "openid profile email address phone"
SIGNED_WITH = "RS256"


class Registration(StrEnum):
    """`client_registration` of the suite."""

    STATIC = "static_client"
    DYNAMIC = "dynamic_client"


@dataclass(frozen=True)
class Place:
    """Where the service of one alias is reached, through a TLS proxy, and the port on which the proxy finds it."""

    alias: str
    origin: str
    port: int

    @property
    def redirect_uri(self) -> str:
        return f"{self.origin}/dang-nhap/ket-thuc"

    @property
    def addresses(self) -> Mapping[str, str]:
        """The service's other addresses, as a registration names them."""
        return {
            "post_logout_redirect_uri": f"{self.origin}/dang-nhap/da-thoat",
            "backchannel_logout_uri": f"{self.origin}/dang-nhap/thoat-nen",
            "initiate_login_uri": f"{self.origin}/dang-nhap/duoc-moi",
        }

    @property
    def request_uri(self) -> str:
        return f"{self.origin}/dang-nhap/yeu-cau"


@dataclass(frozen=True)
class RelyingPartyPlan:
    """One plan in one variant. `settings` are the service's own, by the names of `RelyingParty.from_settings`; `client`
    is its registration beyond what all have."""

    name: str
    place: Place
    variant: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    client: Mapping[str, Any] = field(default_factory=dict)
    profile: str | None = None
    """A FAPI 2 profile: then the service has a key instead of a secret."""
    registration: Registration = Registration.STATIC


def suite_configuration(plan: RelyingPartyPlan) -> dict[str, Any]:
    """What the suite is told of the service."""
    told: dict[str, Any] = {"description": "MotCua SDK", "alias": plan.place.alias}
    if plan.registration is Registration.DYNAMIC:
        return {**told, "client": {"client_name": "MotCua SDK"}}
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": plan.place.redirect_uri,
        "id_token_signed_response_alg": SIGNED_WITH,
        **plan.place.addresses,
    }
    keyed = fapi_client() if plan.profile else {}
    return {**told, "client": {**client, **keyed, **plan.client}}


def service_settings(plan: RelyingPartyPlan, *, issuer: str) -> dict[str, str]:
    """What the service is told of the suite. The suite's provider names no level of assurance."""
    return {
        "ISSUER": issuer,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIRECT_URI": plan.place.redirect_uri,
        "POST_LOGOUT_REDIRECT_URI": plan.place.addresses["post_logout_redirect_uri"],
        "SCOPES": SCOPES,
        "LEVEL": "0",
        "ID_TOKEN_SIGNED_RESPONSE_ALG": SIGNED_WITH,
        **(fapi_settings(plan.profile) if plan.profile else {}),
        **plan.settings,
    }


def module_registration(plan: RelyingPartyPlan, module: str) -> dict[str, Any]:
    """What the service registers for this module beyond what it always does."""
    return {**plan.client, **_MODULES.get(module, {})}


_MODULES: Mapping[str, Mapping[str, str]] = {
    # No signature where TLS to the service's own address says whose request it is.
    "oidcc-client-test-request-uri-signed-none": {"request_object_signing_alg": "none"},
    "oidcc-client-test-userinfo-signed": {"userinfo_signed_response_alg": SIGNED_WITH},
}

OIDC = Place("motcua-rp", "https://rp.localhost:9444", 9190)
FAPI = Place("motcua-rp-fapi", "https://rp.localhost:9445", 9191)

_PLAIN = {"client_registration": Registration.STATIC.value, "request_type": "plain_http_request"}
_BASIC = {"client_auth_type": "client_secret_basic"}
_QUERY = {"response_mode": "default"}
_CODE = {**_PLAIN, **_BASIC, **_QUERY}
_FAPI = {
    "client_auth_type": "private_key_jwt",
    "sender_constrain": "dpop",
    "fapi_profile": "plain_fapi",
    "fapi_client_type": "oidc",
    "authorization_request_type": "simple",
}
_BY_REFERENCE = {"client_auth_type": "private_key_jwt", **_QUERY}
_SIGNED = {"fapi_request_method": "signed_non_repudiation", "fapi_response_mode": "jarm"}

PLANS = (
    RelyingPartyPlan("oidcc-client-basic-certification-test-plan", OIDC, _PLAIN),
    RelyingPartyPlan(
        "oidcc-client-formpost-basic-certification-test-plan", OIDC, _PLAIN, settings={"RESPONSE_MODE": "form_post"}
    ),
    RelyingPartyPlan("oidcc-client-config-certification-test-plan", OIDC, _CODE),
    RelyingPartyPlan(
        "oidcc-client-dynamic-certification-test-plan",
        OIDC,
        _BY_REFERENCE,
        registration=Registration.DYNAMIC,
        settings={"REQUEST_URI": OIDC.request_uri},
        client={"request_object_signing_alg": SIGNED_WITH},
    ),
    RelyingPartyPlan("oidcc-client-refreshtoken-test-plan", OIDC, {**_CODE, "response_type": "code"}),
    RelyingPartyPlan(
        "oidcc-client-test-3rd-party-init-login-test-plan",
        OIDC,
        {**_CODE, "response_type": "code", "client_registration": Registration.DYNAMIC.value},
        registration=Registration.DYNAMIC,
    ),
    RelyingPartyPlan("oidcc-client-back-channel-logout-rp-basic", OIDC, _CODE),
    RelyingPartyPlan("oidcc-client-rp-initiated-logout-rp-basic", OIDC, _CODE),
    RelyingPartyPlan("fapi2-security-profile-final-client-test-plan", FAPI, _FAPI, profile="fapi2"),
    RelyingPartyPlan(
        "fapi2-message-signing-final-client-test-plan", FAPI, {**_FAPI, **_SIGNED}, profile="fapi2-message-signing"
    ),
)
