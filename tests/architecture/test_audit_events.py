"""No event can hold personal data: its fields are ids, enum values, names of claims and counts, and nothing else."""

import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import idp.audit
from idp.audit.events import AuditEvent

# What a field may be: one word, a count, or a tuple of names.
ALLOWED_TYPES = frozenset({str, str | None, int, int | None, tuple[str, ...]})

# Words that would announce a person's data, a bearer value or free text.
PERSONAL = re.compile(
    r"(^|_)(phone|mobile|msisdn|email|mail|address|birth\w*|dob|gender|given|family|middle|surname|full|nickname|"
    r"personal|citizen|identifier|tax|insurance|number_given|ip|user_agent|token|code|secret|password|nonce|state|"
    r"redirect|uri|url|text|message|description|comment|note|value)($|_)"
)
# Holds the *kind* of a token, an enum value.
NOT_PERSONAL = frozenset({"token_kind"})


def _events() -> list[type[AuditEvent]]:
    """Of every module of the package whose name ends in `events`."""
    names = [module.name for module in pkgutil.iter_modules(idp.audit.__path__) if module.name.endswith("events")]
    modules = [importlib.import_module(f"idp.audit.{name}") for name in names]
    return [
        thing
        for module in modules
        for thing in vars(module).values()
        if isinstance(thing, type)
        and issubclass(thing, AuditEvent)
        and thing.__module__ == module.__name__
        and thing is not AuditEvent
    ]


def test_every_event_is_a_frozen_dataclass_with_a_stable_name() -> None:
    for event in _events():
        assert is_dataclass(event)
        assert event.__dataclass_params__.frozen, event  # type: ignore[attr-defined]  # typeshed leaves it out
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.name), event


def test_no_two_events_share_a_name() -> None:
    names = [event.name for event in _events()]
    assert len(names) == len(set(names))
    assert len(names) > 20


def test_fields_are_words_counts_and_names_only() -> None:
    for event in _events():
        hints = get_type_hints(event)
        for own in fields(event):
            assert hints[own.name] in ALLOWED_TYPES, f"{event.__name__}.{own.name}: {hints[own.name]}"


def test_no_field_is_named_after_personal_data() -> None:
    named = {own.name for event in _events() for own in fields(event)} - NOT_PERSONAL
    assert [name for name in sorted(named) if PERSONAL.search(name)] == []


def test_the_name_rule_would_catch_the_usual_leaks() -> None:
    leaks = ("phone_number", "given_name", "birthdate", "address", "identifier", "access_token", "error_description")
    assert all(PERSONAL.search(name) for name in leaks)
