"""What a signed token may say wrong: for every claim that its kind judges, every value that is not one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.hostile.forge import Forge
from tests.hostile.kinds import Judged
from tests.support.sources import NOW

_ATTACKER: Final = "https://attacker.example"
# Beyond every clock's tolerance and every lifetime that is granted.
_LATER: Final = 61

Bent = Callable[[Forge], str]


def bent_claims(kind: Judged) -> Iterator[tuple[str, Bent]]:
    """Name and maker of every attack on this kind's claims, without those that its row exempts."""
    for name, bent in _all(kind):
        if name not in kind.exempt:
            yield name, bent


def good_clocks(kind: Judged) -> Iterator[tuple[str, Bent]]:
    """A clock may be off by ten seconds (8 s and 10 s are what certification asks about)."""
    for ahead in (8, 10):
        for claim in ("iat", "nbf"):
            if kind.judges(claim):
                yield f"{claim} {ahead} s ahead", _with({claim: NOW + ahead})
    if kind.judges("exp"):
        yield "exp 8 s ago", _with({"exp": NOW - 8, "iat": NOW - 30, "nbf": NOW - 30} if kind.judges("nbf") else {})


def _all(kind: Judged) -> Iterator[tuple[str, Bent]]:
    for claim in sorted(kind.requires):
        yield f"no {claim}", _with({claim: None})
    for claim in ("iss", "sub", "jti", "htm", "htu"):
        if claim in kind.requires:
            yield from ((f"{claim} {how}", _with({claim: value})) for how, value in _NO_TEXT.items())
    if kind.judges("iss"):
        yield "iss of a stranger", _with({"iss": _ATTACKER})
    if kind.judges("aud"):
        yield from _audiences()
    for claim in ("exp", "iat", "nbf"):
        if kind.judges(claim):
            yield from _times(claim)
    if kind.judges("exp"):
        yield "exp in the past", _with({"exp": NOW - _LATER, "iat": NOW - 2 * _LATER, "nbf": NOW - 2 * _LATER})
        yield "exp at zero", _with({"exp": 0})
    if kind.judges("exp") and kind.longest is not None:
        yield "exp too far ahead", _with({"exp": NOW + kind.longest + _LATER})
    for claim in ("iat", "nbf"):
        if kind.judges(claim):
            yield f"{claim} {_LATER} s ahead", _with({claim: NOW + _LATER})
    if "jti" in kind.requires:
        yield "a jti of 15 KB", _with({"jti": "x" * 11_000})
        yield "a jti of 257 letters", _with({"jti": "x" * 257})
        yield "a jti with NUL", _with({"jti": "a\x00b"})


def _audiences() -> Iterator[tuple[str, Bent]]:
    yield "a stranger as aud", _with({"aud": _ATTACKER})
    yield "an empty aud", _with({"aud": ""})
    yield "an empty list as aud", _with({"aud": []})
    yield "a list of a stranger as aud", _with({"aud": [_ATTACKER]})
    yield "an object as aud", _with({"aud": {"url": _ATTACKER}})
    yield "a number as aud", _with({"aud": 7})
    yield "a stranger beside us", lambda forge: forge.sign({"aud": [forge.claims()["aud"], _ATTACKER]})
    yield "a list in the list", lambda forge: forge.sign({"aud": [[forge.claims()["aud"]]]})
    yield "us in an object", lambda forge: forge.sign({"aud": {str(forge.claims()["aud"]): True}})
    yield "us with a slash more", lambda forge: forge.sign({"aud": f"{forge.claims()['aud']}/"})
    yield "us in capitals", lambda forge: forge.sign({"aud": str(forge.claims()["aud"]).upper()})
    yield "us with a letter less", lambda forge: forge.sign({"aud": str(forge.claims()["aud"])[:-1]})


def _times(claim: str) -> Iterator[tuple[str, Bent]]:
    yield f"{claim} as text", _with({claim: str(NOW)})
    yield f"{claim} as a list", _with({claim: [NOW]})
    yield f"{claim} true", _with({claim: True})
    yield f"{claim} NaN", lambda forge: forge.with_number(claim, "NaN")
    yield f"{claim} Infinity", lambda forge: forge.with_number(claim, "Infinity")
    yield f"{claim} beyond all numbers", lambda forge: forge.with_number(claim, "1e400")
    yield f"{claim} of 5000 digits", lambda forge: forge.with_number(claim, "9" * 5000)


_NO_TEXT: Final[Mapping[str, Any]] = {
    "empty": "",
    "a number": 7,
    "a list": ["x"],
    "an object": {"x": "y"},
    "true": True,
    "half a letter": "\ud800",
}


def _with(changes: Mapping[str, Any]) -> Bent:
    return lambda forge: forge.sign(changes)
