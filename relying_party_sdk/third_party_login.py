"""A login that a third party begins: a link or form elsewhere sends somebody here (OpenID Connect Core §4). Pure.

Anybody can write such a link, so it decides nothing but where a login of this service begins and ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from relying_party_sdk.authorization import single_parameters
from relying_party_sdk.errors import CallbackMalformed, ReturnToRefused, WrongIssuer
from relying_party_sdk.return_to import check_return_to


@dataclass(frozen=True)
class Invitation:
    """Where the login ends, and the hint about who may log in, as the third party gave it."""

    return_to: str = field(repr=False)
    login_hint: str | None = field(repr=False)


def read_invitation(pairs: Iterable[tuple[str, str]], *, issuer: str, origin: str) -> Invitation:
    """The invitation to log in with our own provider; raises `WrongIssuer` or `CallbackMalformed`.

    `origin` is the service's own; a target elsewhere is not worth an error, the home page will do.
    """
    given = single_parameters(list(pairs))
    check_invited_issuer(given.get("iss"), issuer)
    return Invitation(own_target(given.get("target_link_uri", ""), origin), given.get("login_hint") or None)


def check_invited_issuer(given: str | None, issuer: str) -> None:
    """`iss` is there and is our provider (Core §4): the browser is never sent to another."""
    if not given:
        raise CallbackMalformed("`iss` is missing")
    if given != issuer:
        raise WrongIssuer("`iss` of the invitation is another issuer")


def own_target(target_link_uri: str, origin: str) -> str:
    """The path of a target on this service, else the home page: never an open redirector (Core §4)."""
    if not target_link_uri.startswith(f"{origin}/"):
        return "/"
    try:
        path = check_return_to(target_link_uri.removeprefix(origin))
    except ReturnToRefused:
        return "/"
    return path if not urlsplit(path).fragment else "/"
