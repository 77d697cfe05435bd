"""What an operator lets services ask for beyond scopes (RFC 9396 §2): types, their fields, and how they are said.

A type is data: which resource server it counts at, which fields it has, and one sentence in each language whose
placeholders are fields. Knows neither files nor pages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final

from idp.protocol.detail_values import Kind
from idp.protocol.resource_uris import resource_fault

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LANGUAGES: Final = ("vi", "en")
_MEMBERS: Final = frozenset({"resource", "once", "name", "sentence", "fields"})
_FIELD_MEMBERS: Final = frozenset({"kind", "required", "label", "choices"})


class InvalidDetailTypes(Exception):
    """`faults`: one sentence each, naming the type."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class DetailField:
    """`choices` of a field of that kind: each value with its text in every language."""

    kind: Kind
    label: Mapping[str, str]
    required: bool = True
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DetailType:
    """`once`: good for the one access token that its authorization code becomes, never for a refreshed one."""

    type: str
    resource: str
    name: Mapping[str, str]
    sentence: Mapping[str, str]
    fields: Mapping[str, DetailField]
    once: bool = False

    @property
    def in_sentence(self) -> frozenset[str]:
        return _placeholders(self.sentence["vi"])


def parse_detail_types(written: Mapping[str, Any]) -> Mapping[str, DetailType]:
    """By type. Raises InvalidDetailTypes with every fault found, not the first alone."""
    faults = tuple(f"{name}: {fault}" for name, entry in written.items() for fault in _faults(name, entry))
    if faults:
        raise InvalidDetailTypes(faults)
    return {name: _type(name, entry) for name, entry in written.items()}


def _type(name: str, entry: Mapping[str, Any]) -> DetailType:
    return DetailType(
        type=name,
        resource=entry["resource"],
        name=entry["name"],
        sentence=entry["sentence"],
        once=entry.get("once", False),
        fields={
            own: DetailField(
                kind=Kind(said["kind"]),
                label=said["label"],
                required=said.get("required", True),
                choices=said.get("choices", {}),
            )
            for own, said in entry["fields"].items()
        },
    )


def _faults(name: str, entry: object) -> list[str]:
    if not _NAME.fullmatch(name):
        return ["a type is named in lower case letters, digits and underscores"]
    if not isinstance(entry, Mapping) or not isinstance(entry.get("fields"), Mapping):
        return ["must be a table with a table of fields"]
    faults = [f"{member}: not a known member" for member in entry if member not in _MEMBERS]
    resource = entry.get("resource")
    if not isinstance(resource, str) or resource_fault(resource):
        faults.append("resource: must be the URI of a resource server, without a fragment")
    if not isinstance(entry.get("once", False), bool):
        faults.append("once: must be true or false")
    faults += [f"{member}: {_TEXTS}" for member in ("name", "sentence") if not _are_texts(entry.get(member))]
    faults += [fault for own, said in entry["fields"].items() for fault in _field_faults(own, said)]
    return faults or _sentence_faults(entry)


def _field_faults(name: str, said: object) -> list[str]:
    if not _NAME.fullmatch(name) or name == "type" or not isinstance(said, Mapping):
        return [f"fields.{name}: must be a table, named in lower case letters, and not called type"]
    faults = [f"fields.{name}.{member}: not a known member" for member in said if member not in _FIELD_MEMBERS]
    if said.get("kind") not in tuple(Kind):
        faults.append(f"fields.{name}.kind: must be one of {', '.join(Kind)}")
    if not isinstance(said.get("required", True), bool):
        faults.append(f"fields.{name}.required: must be true or false")
    if not _are_texts(said.get("label")):
        faults.append(f"fields.{name}.label: {_TEXTS}")
    choices = said.get("choices", {})
    if not isinstance(choices, Mapping) or not all(_are_texts(texts) for texts in choices.values()):
        faults.append(f"fields.{name}.choices: each must have its text in vi and in en")
    elif bool(choices) is not (said.get("kind") == Kind.CHOICE):
        faults.append(f"fields.{name}.choices: a choice needs some, no other kind has any")
    return faults


def _sentence_faults(entry: Mapping[str, Any]) -> list[str]:
    """Every language says the same, and nothing that may be absent."""
    required = {name for name, said in entry["fields"].items() if said.get("required", True)}
    try:
        said = [_placeholders(entry["sentence"][language]) for language in _LANGUAGES]
    except ValueError:
        return ["sentence: a brace is opened and not closed"]
    if said[0] != said[1]:
        return ["sentence: must name the same fields in every language"]
    if said[0] - required:
        return ["sentence: may name required fields only"]
    return []


def _placeholders(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


_TEXTS: Final = "must be a text in vi and in en"


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == set(_LANGUAGES)
        and all(isinstance(text, str) and text and text.isprintable() for text in value.values())
    )
