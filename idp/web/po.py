"""Reads gettext text catalogues (.po) whose msgids are keys, with plural forms. Writes nothing.

Only the subset that our own files use, strictly: an unknown line is an error with its number.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

_LINE = re.compile(r'(?:(msgid_plural|msgid|msgstr(?:\[(\d)\])?) )?"((?:[^"\\]|\\["\\n])*)"')
_ESCAPES: Final = MappingProxyType({'\\"': '"', "\\\\": "\\", "\\n": "\n"})

# The plural rules of the languages we speak; a header may name no other (GNU gettext, "Plural forms").
PLURAL_RULES: Final[Mapping[str, Callable[[int], int]]] = MappingProxyType(
    {
        "nplurals=1; plural=0;": lambda n: 0,
        "nplurals=2; plural=(n != 1);": lambda n: int(n != 1),
    }
)


class CatalogueError(ValueError):
    """A catalogue file is not well formed."""


@dataclass(frozen=True)
class Catalogue:
    """Messages by key: one form for plain messages, as many as the language has for counted ones."""

    messages: Mapping[str, tuple[str, ...]]
    plural: Callable[[int], int]
    counted: frozenset[str]

    def message(self, key: str, n: int | None = None) -> str:
        """The text of `key`, in the form for `n` where it is counted. Raises KeyError for an unknown key."""
        forms = self.messages[key]
        if key not in self.counted:
            return forms[0]
        if n is None:
            raise KeyError(f"{key} is counted and needs n")
        return forms[self.plural(n)]


@dataclass
class _Entry:
    line: int
    msgid: list[str] = field(default_factory=list)
    plural: list[str] | None = None
    forms: dict[int, list[str]] = field(default_factory=dict)


def read_catalogue(paths: list[Path]) -> Catalogue:
    """One catalogue from several files of a language; a key may stand in one of them only."""
    messages: dict[str, tuple[str, ...]] = {}
    counted: set[str] = set()
    rules: set[str] = set()
    for path in paths:
        for entry in _entries(path):
            key = "".join(entry.msgid)
            forms = tuple("".join(entry.forms[number]) for number in sorted(entry.forms))
            if not key:
                rules |= _plural_forms(path, forms[0])
                continue
            if key in messages or not all(forms):
                raise CatalogueError(f"{path}:{entry.line}: {key} is given twice or has no text")
            messages[key] = forms
            if entry.plural is not None:
                counted.add(key)
    if len(rules) != 1:
        raise CatalogueError("the files of a language must agree on one Plural-Forms header")
    return Catalogue(MappingProxyType(messages), PLURAL_RULES[rules.pop()], frozenset(counted))


def _plural_forms(path: Path, header: str) -> set[str]:
    """The rule of a file's header, if it has one: a file without counted messages needs none."""
    pairs = (line.partition(": ") for line in header.split("\n"))
    rules = {value for name, _, value in pairs if name == "Plural-Forms"}
    if not rules <= PLURAL_RULES.keys():
        raise CatalogueError(f"{path}: unknown Plural-Forms")
    return rules


def _entries(path: Path) -> list[_Entry]:
    entries: list[_Entry] = []
    target: list[str] | None = None
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            target = None
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise CatalogueError(f"{path}:{number}: not a line of a catalogue")
        keyword, index, quoted = match.groups()
        if keyword == "msgid":
            entries.append(_Entry(line=number))
            target = entries[-1].msgid
        elif keyword == "msgid_plural" and entries:
            target = entries[-1].plural = []
        elif keyword is not None and entries:
            target = entries[-1].forms.setdefault(int(index or 0), [])
        if target is None:
            raise CatalogueError(f"{path}:{number}: text that belongs to no entry")
        target.append(re.sub(r"\\.", lambda found: _ESCAPES[found[0]], quoted))
    return entries
