"""Both catalogues say the same things, and only what is said somewhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from idp.errors import CITIZEN_ERRORS
from idp.web.i18n import Locale, catalogue
from idp.web.pages import TEMPLATES_FOLDER

PARTS = ("title", "body", "next")


def texts_in_templates() -> Iterator[nodes.Template]:
    environment = Environment(autoescape=True)
    for path in TEMPLATES_FOLDER.rglob("*.html"):
        yield environment.parse(path.read_text(encoding="utf-8"))


def keys_asked_for() -> set[str]:
    """Every literal first argument of `t`."""
    return {
        constant.value
        for template in texts_in_templates()
        for call in template.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args
        for constant in ([call.args[0]] if isinstance(call.args[0], nodes.Const) else [])
    }


def words_in_templates() -> set[str]:
    """Every literal: keys are also chosen from tables and conditions."""
    return {
        constant.value
        for template in texts_in_templates()
        for constant in template.find_all(nodes.Const)
        if isinstance(constant.value, str)
    }


def is_said_by_code(key: str) -> bool:
    """A literal of a module, or a key that an f-string such as `f"claim.{name}"` can make."""
    if key.startswith("errors."):
        return False
    literals, beginnings = words_in_modules()
    return key in literals or any(key.startswith(beginning) for beginning in beginnings)


@cache
def words_in_modules() -> tuple[frozenset[str], frozenset[str]]:
    literals: set[str] = set()
    beginnings: set[str] = set()
    for path in TEMPLATES_FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    return frozenset(literals), frozenset(text for text in beginnings if re.fullmatch(r"([a-z_]+\.)+", text))


def keys_of_errors() -> set[str]:
    return {f"errors.{kind.message_key}.{part}" for kind in CITIZEN_ERRORS for part in PARTS}


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def test_both_languages_have_the_same_keys() -> None:
    vi, en = catalogue(Locale.VI), catalogue(Locale.EN)

    assert vi.messages.keys() == en.messages.keys()
    assert vi.counted == en.counted


def test_both_languages_fill_in_the_same_values() -> None:
    vi, en = catalogue(Locale.VI), catalogue(Locale.EN)

    differing = [
        key
        for key, forms in vi.messages.items()
        for theirs in en.messages[key]
        if placeholders(theirs) != placeholders(forms[0])
    ]
    assert differing == []


def test_every_key_that_a_page_asks_for_exists() -> None:
    assert keys_asked_for() - catalogue(Locale.VI).messages.keys() == set()


def test_every_error_has_its_three_sentences() -> None:
    assert keys_of_errors() - catalogue(Locale.VI).messages.keys() == set()


def test_no_key_is_unused() -> None:
    unsaid = catalogue(Locale.VI).messages.keys() - words_in_templates() - keys_of_errors()

    assert [key for key in sorted(unsaid) if not is_said_by_code(key)] == []


def test_no_sentence_stands_in_a_template() -> None:
    """Letters between tags would be in one language only."""
    loose = [
        data.data.strip()
        for template in texts_in_templates()
        for output in template.find_all(nodes.TemplateData)
        for data in [output]
        if re.search(r">[^<{]*[A-Za-zÀ-ỹ]{2,}[^<{]*<", data.data.replace("\n", " "))
    ]
    assert loose == []


@pytest.mark.parametrize("locale", Locale)
def test_sentences_keep_the_house_style(locale: Locale) -> None:
    """No exclamation marks, no shouting, no "bạn" (style of the project's vocabulary)."""
    found = [
        key
        for key, forms in catalogue(locale).messages.items()
        for form in forms
        if "!" in form or re.search(r"\bbạn\b|quý khách", form, re.IGNORECASE)
    ]
    assert found == []
