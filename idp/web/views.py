"""What pages show, as plain values: endpoints fill these and hand them to `Pages.render`.

Texts are already in the page's language; every one of them is escaped when shown.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class ServiceView:
    """The service that asks, and who runs it (empty if unknown)."""

    name: str
    organisation: str = ""


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


@dataclass(frozen=True)
class WayOn:
    """Where a person can go next; the address was validated by whoever made this."""

    url: str
    label: str
