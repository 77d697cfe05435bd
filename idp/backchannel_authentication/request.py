"""The authentication request (CIBA Core 7.1): its parameters, and every rule of them, in the order they are applied."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from idp.backchannel_authentication.binding_message import binding_message
from idp.backchannel_authentication.errors import InvalidBindingMessage
from idp.errors import InvalidRequest, InvalidScope
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.backchannel import BackchannelAuthentication, DeliveryMode
from idp.protocol.claims import SCOPES_SUPPORTED
from idp.protocol.client import Client

HINTS: Final = ("login_hint", "id_token_hint", "login_hint_token")
# Who says yes from afar has shown who they are within these minutes; an older session logs in anew.
_FRESH_SECONDS: Final = 300
_SHORTEST_EXPIRY: Final = 10
_LONGEST: Final = {"scope": 1024, "acr_values": 512, "login_hint": 256, "id_token_hint": 16_384}
# RFC 6750 §2.1; 22 characters are the fewest that hold 128 bits in base64url.
_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]{22,1024}=*")
_NOT_HERE: Final = ("request_uri", "authorization_details", "resource", "claims")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """By a client that is registered for it. `signed`: it signed all of it."""

    client: Client
    parameters: Mapping[str, str]
    signed: bool

    @property
    def registration(self) -> BackchannelAuthentication:
        assert self.client.backchannel is not None
        return self.client.backchannel

    @property
    def message(self) -> str:
        """Raises InvalidBindingMessage."""
        text = self.parameters.get("binding_message")
        return "" if text is None else binding_message(text)

    def expiry(self, default: int) -> int:
        """Seconds: what is asked for, and never more than we give."""
        return min(int(self.parameters.get("requested_expiry", default)), default)

    def to_decide(self) -> AuthorizationRequest:
        """As a login decides it; nobody is sent anywhere afterwards."""
        return AuthorizationRequest(
            client_id=self.client.client_id,
            redirect_uri="",
            scope=self.parameters["scope"],
            acr_values=self.parameters.get("acr_values"),
            max_age=_FRESH_SECONDS,
        )


def check_signed(asked: Asked) -> None:
    """Who registered an algorithm, or must sign what a browser brings, signs every request (CIBA Core 4, 7.1.1)."""
    must_sign = asked.registration.request_signing_alg is not None or asked.client.require_signed_request_object
    if must_sign and not asked.signed:
        raise InvalidRequest("this client must sign its requests")


def check_nothing_unknown_here(asked: Asked) -> None:
    """What is asked for in vain is told, not left out in silence."""
    for name in _NOT_HERE:
        if name in asked.parameters:
            raise InvalidRequest(f"{name} is not supported in a backchannel request")


def check_lengths(asked: Asked) -> None:
    for name, longest in _LONGEST.items():
        if len(asked.parameters.get(name, "")) > longest:
            raise InvalidRequest(f"{name} is longer than {longest} characters")


def check_scope(asked: Asked) -> None:
    """`openid`, and nothing the client is not registered for; unknown scopes are ignored."""
    scopes = set(asked.parameters.get("scope", "").split())
    if "openid" not in scopes:
        raise InvalidScope("scope must contain openid")
    if (scopes & set(SCOPES_SUPPORTED)) - asked.client.scope - {"openid"}:
        raise InvalidScope("scope asks for more than this client is registered for")


def check_one_hint(asked: Asked) -> None:
    """Exactly one (CIBA Core 7.1); tokens of third parties about whom to ask are not taken."""
    hints = [name for name in HINTS if name in asked.parameters]
    if len(hints) != 1:
        raise InvalidRequest("exactly one hint is needed: login_hint or id_token_hint")
    if hints == ["login_hint_token"]:
        raise InvalidRequest("login_hint_token is not supported")


def check_notification_token(asked: Asked) -> None:
    """Needed in ping mode: what our message will prove itself with (CIBA Core 7.1)."""
    token = asked.parameters.get("client_notification_token")
    if asked.registration.delivery_mode is not DeliveryMode.PING:
        return
    if token is None:
        raise InvalidRequest("client_notification_token is missing")
    if not _BEARER.fullmatch(token) or len(token) > 1024:
        raise InvalidRequest("client_notification_token must be a bearer token of 22 to 1024 characters")


def check_binding_message(asked: Asked) -> None:
    if asked.client.rules.needs_binding_message and "binding_message" not in asked.parameters:
        # FAPI-CIBA 5.2.2 rule 2.
        raise InvalidBindingMessage("binding_message is missing")
    # Reading it is checking it.
    _ = asked.message


def check_user_code(asked: Asked) -> None:
    if "user_code" in asked.parameters:
        raise InvalidRequest("user_code is not supported")


def check_requested_expiry(asked: Asked) -> None:
    """A positive number of seconds; more than we give is cut, and said so in the answer."""
    raw = asked.parameters.get("requested_expiry")
    if raw is None:
        return
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 9) or int(raw) < _SHORTEST_EXPIRY:
        raise InvalidRequest(f"requested_expiry must be a number of seconds, {_SHORTEST_EXPIRY} or more")


RULES: Final[tuple[Callable[[Asked], None], ...]] = (
    check_signed,
    check_nothing_unknown_here,
    check_lengths,
    check_scope,
    check_one_hint,
    check_notification_token,
    check_binding_message,
    check_user_code,
    check_requested_expiry,
)
