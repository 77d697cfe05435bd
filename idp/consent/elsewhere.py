"""What the page shows of a request that came from another screen, for the person to compare. Pure."""

from dataclasses import dataclass

from idp.authorization_server.polled_requests import PolledRequest


@dataclass(frozen=True)
class ElsewhereView:
    """`number` is on both screens; `message` is the service's own words, plain text."""

    number: str
    message: str
    may_be_reported: bool


def asked_elsewhere(polled: PolledRequest | None) -> ElsewhereView | None:
    if polled is None:
        return None
    return ElsewhereView(polled.number, polled.message, polled.may_be_reported)
