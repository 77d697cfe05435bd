"""What each role may do, as one table. Pure.

Whoever manages operators does not look at people, and whoever only watches changes nothing; one operator may hold
several roles where an office is small.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    VIEWER = "viewer"
    SUPPORT = "support"
    INTEGRATOR = "integrator"
    SECURITY = "security"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    ENTER = "enter"
    """The portal itself; what every operator has."""
    SEE_QUEUE = "see_queue"
    """Cases with every value masked."""
    REVEAL = "reveal"
    """Values in the clear, for a reason."""
    SEARCH = "search"
    NOTE = "note"
    """A note in a case, or a document asked for."""
    PROPOSE = "propose"
    """A merge, which another operator has to confirm; or the decision that two people are two."""
    SECOND = "second"
    """Confirms or refuses what another operator proposed."""
    SPLIT = "split"
    """Proposes to undo a merge."""
    UNLOCK = "unlock"
    """Opens a locked person or a frozen link again, and decides what a person reported."""
    MANAGE_OPERATORS = "manage_operators"
    CHANGE_KEYS = "change_keys"
    """Proposes that keys of the provider be rotated or withdrawn, or carries out what another operator proposed."""


_CASEWORK: Final = frozenset(
    {
        Permission.SEE_QUEUE,
        Permission.REVEAL,
        Permission.SEARCH,
        Permission.NOTE,
        Permission.PROPOSE,
        Permission.SECOND,
    }
)

PERMITTED: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.ENTER, Permission.SEE_QUEUE}),
        Role.SUPPORT: _CASEWORK | {Permission.ENTER},
        # Services and sources are linked on the command line; there is nothing about people in that.
        Role.INTEGRATOR: frozenset({Permission.ENTER}),
        Role.SECURITY: _CASEWORK | {Permission.ENTER, Permission.SPLIT, Permission.UNLOCK, Permission.CHANGE_KEYS},
        Role.ADMINISTRATOR: frozenset(
            {Permission.ENTER, Permission.SEE_QUEUE, Permission.MANAGE_OPERATORS, Permission.CHANGE_KEYS}
        ),
    }
)


def may(roles: Iterable[Role], permission: Permission) -> bool:
    return any(permission in PERMITTED[role] for role in roles)
