"""Which plans are run, in which variant, and the configuration the suite gets for them. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from tests.conformance.provider import ALIAS, static_clients

BROWSER = Path(__file__).with_name("browser.json")


@dataclass(frozen=True)
class Plan:
    """One row of `docs/conformance.md`. `overrides` replace the browser's work for single modules."""

    row: int
    name: str
    variant: Mapping[str, str] = field(default_factory=dict)


_CODE = {"response_type": "code"}
_FAPI2 = {
    "client_auth_type": "private_key_jwt",
    "sender_constrain": "dpop",
    "openid": "openid_connect",
    "fapi_profile": "plain_fapi",
    "authorization_request_type": "simple",
}
_FAPI_CIBA = {
    "client_auth_type": "private_key_jwt",
    "fapi_ciba_profile": "plain_fapi",
    "client_registration": "static_client",
}
_DISCOVERED = {"server_metadata": "discovery"}

PLANS = (
    Plan(1, "oidcc-config-certification-test-plan"),
    Plan(2, "oidcc-basic-certification-test-plan", {**_DISCOVERED, "client_registration": "static_client"}),
    Plan(2, "oidcc-basic-certification-test-plan", {**_DISCOVERED, "client_registration": "dynamic_client"}),
    Plan(3, "oidcc-formpost-basic-certification-test-plan", {**_DISCOVERED, "client_registration": "static_client"}),
    Plan(3, "oidcc-formpost-basic-certification-test-plan", {**_DISCOVERED, "client_registration": "dynamic_client"}),
    Plan(4, "oidcc-rp-initiated-logout-certification-test-plan", {**_CODE, "client_registration": "static_client"}),
    Plan(4, "oidcc-rp-initiated-logout-certification-test-plan", {**_CODE, "client_registration": "dynamic_client"}),
    Plan(
        5,
        "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        {**_CODE, "client_registration": "static_client"},
    ),
    Plan(
        5,
        "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        {**_CODE, "client_registration": "dynamic_client"},
    ),
    Plan(6, "oidcc-dynamic-certification-test-plan", _CODE),
    Plan(7, "oidcc-3rdparty-init-login-certification-test-plan", _CODE),
    Plan(8, "fapi2-security-profile-final-test-plan", _FAPI2),
    Plan(
        9,
        "fapi2-message-signing-final-test-plan",
        {**_FAPI2, "fapi_request_method": "signed_non_repudiation", "fapi_response_mode": "jarm"},
    ),
    Plan(10, "fapi-ciba-id1-test-plan", {**_FAPI_CIBA, "ciba_mode": "poll"}),
    Plan(10, "fapi-ciba-id1-test-plan", {**_FAPI_CIBA, "ciba_mode": "ping"}),
)


@dataclass(frozen=True, kw_only=True)
class AskedElsewhere:
    """What the suite is told of the person whom row 10 asks: their `sub`, where they are made to answer, and the
    certificates that tokens are bound to, with the address where the proxy asks for them."""

    sub: str
    approval_url: str
    certificates: Mapping[str, Mapping[str, str]]
    mtls_origin: str


def configuration(
    plan: Plan,
    *,
    issuer: str,
    tax: str,
    suite: str,
    keys: Mapping[str, dict[str, Any]],
    elsewhere: AskedElsewhere | None = None,
) -> dict[str, Any]:
    """What the suite is told of us. With dynamic registration a module may run beside others, so no alias."""
    browser = json.loads(Template(BROWSER.read_text(encoding="utf-8")).substitute(issuer=issuer, tax=tax))
    dynamic = plan.variant.get("client_registration") == "dynamic_client" or plan.row in {6, 7}
    described = {
        "description": "MotCua",
        "alias": ALIAS,
        "server": {
            "discoveryUrl": f"{issuer}/.well-known/openid-configuration",
            "login_hint": "9900000016",
            # An endpoint of our own: the suite asks to be told of members that no specification has.
            "allow_unexpected_metadata_fields": ["subject_changes_endpoint", "authorization_details_types_supported"],
        },
        "browser": browser,
        "override": _overrides(issuer, browser),
        "options": {"browsercontrol_css_enable": False},
    }
    if elsewhere is not None:
        return {**described, **_asking_elsewhere(plan, keys, elsewhere)}
    if dynamic:
        return {**described, "client": {"client_name": "Conformance"}, "client2": {"client_name": "Conformance two"}}
    if plan.row in _FAPI2_CLIENTS:
        one, two = ({**_fapi2_client(name, keys[name])} for name in _FAPI2_CLIENTS[plan.row])
        return {**described, "client": one, "client2": two, "resource": {"resourceUrl": f"{issuer}/userinfo"}}
    clients = {
        client["client_id"]: _credentials(client) for client in static_clients(suite) if "client_secret" in client
    }
    return {
        **described,
        "client": clients["suite-logout" if plan.row == 5 else "suite-one"],
        "client2": clients["suite-two"],
        "client_secret_post": clients["suite-post"],
    }


_FAPI2_CLIENTS = {8: ("suite-fapi-one", "suite-fapi-two"), 9: ("suite-signing-one", "suite-signing-two")}


def _fapi2_client(name: str, key: dict[str, Any]) -> dict[str, Any]:
    return {
        "client_id": name,
        "scope": "openid profile offline_access",
        "jwks": {"keys": [key]},
        "dpop_signing_alg": "ES256",
    }


def _asking_elsewhere(plan: Plan, keys: Mapping[str, dict[str, Any]], asked: AskedElsewhere) -> dict[str, Any]:
    one, two = (
        {
            "client_id": name,
            "scope": "openid profile offline_access",
            "jwks": {"keys": [keys[name]]},
            "hint_type": "login_hint",
            "hint_value": asked.sub,
            # One factor, in the words of the decree: answered as it was asked.
            "acr_value": "nd69-01",
        }
        for name in (f"suite-ciba-{plan.variant['ciba_mode']}-{number}" for number in ("one", "two"))
    )
    return {
        "client": one,
        "client2": two,
        **asked.certificates,
        "resource": {"resourceUrl": f"{asked.mtls_origin}/userinfo"},
        "automated_ciba_approval_url": asked.approval_url,
    }


def _credentials(client: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "scope": client["scope"].removesuffix(" offline_access"),
    }


def _overrides(issuer: str, browser: list[Any]) -> dict[str, Any]:
    """Modules whose outcome is an error page of ours, of which the suite keeps a picture."""
    refused = {
        "match": f"{issuer}/*",
        "tasks": [
            {
                "task": "see the error page",
                "match": f"{issuer}/*",
                "commands": [["wait", "css", ".mc-support", 10, "MC-[0-9]+[^|]*", "update-image-placeholder"]],
            }
        ],
    }
    ended = {
        "match": f"{issuer}/logout*",
        "tasks": [
            {
                "task": "say yes to the logout",
                "match": f"{issuer}/logout*",
                "commands": [["click", "id", "approve", "optional"]],
            },
            {
                "task": "see how it ended",
                "match": f"{issuer}/logout*",
                "commands": [["wait", "id", "main", 10, ".", "update-image-placeholder"]],
            },
        ],
    }
    log_in = next(entry for entry in browser if entry["match"].endswith("/authorize*"))
    picture = ["wait", "id", "sources", 10, ".", "update-image-placeholder-optional"]
    pictured = {**log_in, "tasks": [_with_first_command(task, picture) for task in log_in["tasks"]]}
    # Stops where a citizen would choose.
    looking = {
        **log_in,
        "match-limit": 1,
        "tasks": [{"task": "look", "match": f"{issuer}/interactions/*"}],
    }
    cancelling = {"task": "cancel", "match": f"{issuer}/interactions/*", "commands": [["click", "id", "cancel"]]}
    return {
        **{module: {"browser": [pictured]} for module in _SHOWS_THE_LOGIN_PAGE},
        "fapi2-security-profile-final-user-rejects-authentication": {
            "browser": [{**log_in, "tasks": [cancelling, log_in["tasks"][-1]]}]
        },
        "fapi2-security-profile-final-par-attempt-reuse-request_uri": {
            "browser": [{**log_in, "match-limit": 1}, refused]
        },
        "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": {
            "browser": [looking, pictured]
        },
        **{module: {"browser": [refused]} for module in _ENDS_WITH_AN_ERROR_PAGE},
        **{module: {"browser": [log_in, ended]} for module in _ENDS_WITH_A_LOGOUT_PAGE},
    }


def _with_first_command(task: dict[str, Any], command: list[Any]) -> dict[str, Any]:
    return {**task, "commands": [command, *task["commands"]]} if task["task"] == "choose a source" else task


_SHOWS_THE_LOGIN_PAGE = (
    "oidcc-prompt-login",
    "oidcc-max-age-1",
    "oidcc-registration-logo-uri",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
)
_ENDS_WITH_AN_ERROR_PAGE = (
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-redirect-uri-query-added",
    "oidcc-ensure-request-object-with-redirect-uri",
    "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
)
_ENDS_WITH_A_LOGOUT_PAGE = (
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
)
