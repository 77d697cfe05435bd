"""Every kind of signed token that is taken anywhere: one row each. A new kind is a new row, and meets every attack."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.hostile.forge import Forge
from tests.support.provider import Provider


@dataclass(frozen=True)
class Outcome:
    """What became of a token; `error` is the word of the specification where it was refused."""

    taken: bool
    error: str = ""


@dataclass(frozen=True)
class Reader:
    """Somebody who reads tokens of one kind, and who signs good ones."""

    forge: Forge
    send: Callable[[str], Awaitable[Outcome]] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a kind of token is judged by.

    `exempt`: attacks that are none here, by their names, each with its reason. `requires`: claims that must be there.
    `longest`: seconds that `exp` may be ahead, None where there is no limit.
    """

    name: str
    requires: frozenset[str] = frozenset()
    knows: frozenset[str] = frozenset()
    """Claims that are judged where they are there."""
    longest: int | None = None
    exempt: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    def judges(self, claim: str) -> bool:
        return claim in self.requires | self.knows


@dataclass(frozen=True, kw_only=True)
class Kind(Judged):
    """Taken by the provider. `events`: how many audit events a refusal leaves."""

    error: str
    reader: Callable[[Provider], Awaitable[Reader]] = field(repr=False)
    events: int = 1


@dataclass(frozen=True, kw_only=True)
class PureKind(Judged):
    """Taken by a service that was built with the SDK, and by the provider where it is a service itself."""

    forge: Forge
    read: Callable[[str], object] = field(repr=False)
    refusal: type[Exception]


def outcome_of(answer: httpx2.Response, *, refused: str) -> Outcome:
    """What is refused for another reason came past the token."""
    told = answer.json() if answer.content else {}
    error = str(told.get("error", "")) if isinstance(told, dict) else ""
    return Outcome(taken=answer.status_code < 500 and error != refused, error=error)


async def sent_good(reader: Reader, changes: dict[str, Any] | None = None) -> Outcome:
    return await reader.send(reader.forge.sign(changes))
