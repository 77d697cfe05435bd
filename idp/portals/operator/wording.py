"""Which key of the catalogue says a word of the domain, and the names of sources in a reader's language."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from idp.configuration import Configuration
from idp.protocol.client import in_locale
from idp.web.i18n import Locale


def _kind(word: str) -> str:
    return f"operator.kind.{word}"


def _status(word: str) -> str:
    return f"operator.status.{word}"


def _outcome(word: str) -> str:
    return f"operator.outcome.{word}"


def _action(word: str) -> str:
    return f"operator.action.{word}"


def _link(word: str) -> str:
    return f"operator.link.{word}"


def _person(word: str) -> str:
    return f"operator.person.{word}"


def _field(word: str) -> str:
    return f"operator.field.{word}"


def _verdict(word: str) -> str:
    return f"operator.verdict.{word}"


def _look(word: str) -> str:
    return f"operator.look.{word}"


def _document(word: str) -> str:
    return f"operator.document.{word}"


def _note(word: str) -> str:
    return f"operator.noted.{word}"


def _trouble(word: str) -> str:
    return f"operator.trouble.{word}"


def _refused(word: str) -> str:
    return f"operator.refused.{word}"


def _role(word: str) -> str:
    return f"operator.role.{word}"


def _sex(word: str) -> str:
    return f"claim.gender.{word}"


def _number(word: str) -> str:
    return f"operator.number.{word}"


def _key_action(word: str) -> str:
    return f"operator.key.action.{word}"


def _key_state(word: str) -> str:
    return f"operator.key.state.{word}"


def _key_reason(word: str) -> str:
    return f"operator.key.reason.{word}"


def _key_trouble(word: str) -> str:
    return f"operator.key.trouble.{word}"


# As pages call them: `t(key_of.kind(case.kind))`.
KEYS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "kind": _kind,
        "status": _status,
        "outcome": _outcome,
        "action": _action,
        "link": _link,
        "person": _person,
        "field": _field,
        "verdict": _verdict,
        "look": _look,
        "document": _document,
        "note": _note,
        "trouble": _trouble,
        "refused": _refused,
        "role": _role,
        "sex": _sex,
        "number": _number,
        "key_action": _key_action,
        "key_state": _key_state,
        "key_reason": _key_reason,
        "key_trouble": _key_trouble,
    }
)


async def source_name(configuration: Configuration, source_id: str, locale: Locale) -> str:
    """What the source is called; its id where it is switched off or gone."""
    source = await configuration.source(source_id)
    names = (source.configuration.label, source.configuration.organisation) if source else ()
    return next(filter(None, (in_locale(name, locale) for name in names)), source_id)
