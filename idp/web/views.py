"""What pages show, as plain values: endpoints fill these and hand them to `Pages.render`.

Texts are already in the page's language; every one of them is escaped when shown.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Self
from urllib.parse import quote

from idp.protocol.client import Client
from idp.web.i18n import Locale


@dataclass(frozen=True)
class ServiceView:
    """The service that asks, who runs it (empty if unknown), and what it says of itself.

    `logo_url` is an address of ours; `policy_url` and `tos_url` are the service's own, checked when registered.
    """

    name: str
    organisation: str = ""
    logo_url: str | None = None
    policy_url: str | None = None
    tos_url: str | None = None

    @classmethod
    def of(cls, client: Client, locale: Locale) -> Self:
        return cls(
            name=client.name_in(locale),
            organisation=client.organisation_in(locale),
            logo_url=f"/logos/{client.logo_hash}/{quote(client.client_id, safe='')}" if client.logo_hash else None,
            policy_url=client.policy_uri,
            tos_url=client.tos_uri,
        )


@dataclass(frozen=True, kw_only=True)
class SourceTile:
    """`unavailable_reason` replaces the general sentence, for instance with the time when it returns."""

    id: str
    label: str
    hint: str = ""
    available: bool = True
    unavailable_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ClaimRow:
    """One claim. `value` is what is shown: the value itself, or what kind of value it is.

    An optional claim is a tick box named `claim.<claim>`, unticked unless `checked`.
    """

    claim: str
    label: str
    value: str = field(repr=False)
    source_label: str
    reason: str = ""
    optional: bool = False
    checked: bool = False
    updated: date | None = None


@dataclass(frozen=True, kw_only=True)
class AllowanceView:
    """One thing a service asks to be allowed, in plain words; `facts` are what the sentence does not say."""

    name: str
    sentence: str = field(repr=False)
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    place: str
    once: bool = False


@dataclass(frozen=True)
class WayOn:
    """Where a person can go next; the address was validated by whoever made this."""

    url: str
    label: str
