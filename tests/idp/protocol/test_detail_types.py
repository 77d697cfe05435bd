"""The operator's file of types: what is wrong in it is said at the start, not on a citizen's page."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from idp.authorization_server.detail_types_file import read_detail_types
from idp.protocol.detail_types import InvalidDetailTypes, parse_detail_types
from idp.settings import ConfigurationError
from tests.support.resources import TAX, TYPES, TYPES_FILE

_GOOD: dict[str, Any] = tomllib.loads(TYPES_FILE.read_text(encoding="utf-8"))
_TEXT = {"vi": "một", "en": "one"}


def changed(*path: str, to: object) -> dict[str, Any]:
    """The sandbox's file with one member of the tax declaration replaced, or taken away by None."""
    document = copy.deepcopy(_GOOD)
    place: dict[str, Any] = document["tax_declaration"]
    for name in path[:-1]:
        place = place[name]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return document


def test_the_sandbox_has_two_types() -> None:
    types = read_detail_types(TYPES_FILE)

    assert sorted(types) == sorted(TYPES)
    assert types["tax_declaration"].resource == TAX
    assert types["tax_declaration"].in_sentence == {"form", "period", "amount"}
    assert types["tax_declaration"].once


@pytest.mark.parametrize(
    ("path", "to"),
    [
        pytest.param(("resource",), None, id="no resource server"),
        pytest.param(("resource",), "https://a.example/#x", id="a resource with a fragment"),
        pytest.param(("once",), "yes", id="a truth value as text"),
        pytest.param(("name",), {"vi": "một"}, id="a name in one language"),
        pytest.param(("sentence", "en"), "", id="an empty sentence"),
        pytest.param(("sentence", "en"), "May do {form}", id="a sentence that says less in English"),
        pytest.param(("sentence", "vi"), "Được {form", id="an open brace"),
        pytest.param(("sentence",), {"vi": "{due}", "en": "{due}"}, id="a sentence with a field that may be absent"),
        pytest.param(("sentence",), {"vi": "{form.a}", "en": "{form.a}"}, id="a sentence that reaches into a value"),
        pytest.param(("sentence",), {"vi": "{}", "en": "{}"}, id="a placeholder without a name"),
        pytest.param(("surprise",), 1, id="a member nobody knows"),
        pytest.param(("fields",), [], id="fields that are no table"),
        pytest.param(("fields", "type"), {"kind": "date", "label": _TEXT}, id="a field called type"),
        pytest.param(("fields", "Form"), {"kind": "date", "label": _TEXT}, id="a field in capitals"),
        pytest.param(("fields", "due", "kind"), "text", id="free text"),
        pytest.param(("fields", "due", "label"), None, id="a field without a label"),
        pytest.param(("fields", "due", "required"), "no", id="required as text"),
        pytest.param(("fields", "due", "choices"), {"a": _TEXT}, id="choices for a date"),
        pytest.param(("fields", "form", "choices"), None, id="a choice without any"),
        pytest.param(("fields", "form", "choices"), {"a": "một"}, id="a choice in one language"),
        pytest.param(("fields", "due", "surprise"), 1, id="a field's member nobody knows"),
    ],
)
def test_refuses_and_names_the_type(path: tuple[str, ...], to: object) -> None:
    with pytest.raises(InvalidDetailTypes) as refused:
        parse_detail_types(changed(*path, to=to))

    assert all(fault.startswith("tax_declaration: ") for fault in refused.value.faults)
    assert path[0] in str(refused.value)


def test_a_type_is_named_so_that_nobody_mistakes_it() -> None:
    with pytest.raises(InvalidDetailTypes):
        parse_detail_types({"Tax Declaration": _GOOD["tax_declaration"]})


@pytest.mark.parametrize("content", ["[a", "\xff", '[a]\nresource = "x"\n'])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "types.toml"
    path.write_bytes(content.encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"types\.toml"):
        read_detail_types(path)
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_detail_types(tmp_path / "none.toml")


def test_without_a_file_there_is_none() -> None:
    assert read_detail_types(None) == {}
