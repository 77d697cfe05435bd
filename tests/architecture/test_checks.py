"""The checks themselves: each finds the breach it is there for, and lets the allowed neighbour pass."""

from collections.abc import Iterator

import pytest

from tests.architecture import checks, rules
from tests.architecture.source_tree import Module

KNOWN = frozenset({"idp.app", "idp.consent.decisions", "idp.token.grants", "idp.storage.open", "idp.audit.events"})


def _first(breaches: Iterator[str]) -> str | None:
    return next(breaches, None)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("idp.storage.open", "from idp.audit import events", id="storage must not know the audit log"),
        pytest.param("idp.protocol.rules", "import idp.web.forms", id="the vocabulary must not know the edge"),
        pytest.param("idp.web.pages", "from idp.sessions.session import X", id="the edge must not know sessions"),
        pytest.param("idp.consent.decisions", "def f():\n    import idp.app", id="hidden in a function"),
        pytest.param("idp.web.pages", "from ..app import create_app", id="a relative import"),
        pytest.param("idp.stray", "import json", id="a module without a layer"),
    ],
)
def test_finds_an_import_that_goes_up(name: str, source: str) -> None:
    assert _first(checks.layer_breaches([Module(name, source)], KNOWN))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("idp.authentication.flow", "from idp.identity import pivot", id="a step reads identities"),
        pytest.param("idp.storage.registry", "from idp.audit.log import audit_entry", id="the accepted exception"),
        pytest.param("idp.app", "import idp.consent.endpoints", id="the wiring knows everybody"),
    ],
)
def test_lets_an_import_pass_that_goes_down_or_is_accepted(name: str, source: str) -> None:
    assert _first(checks.layer_breaches([Module(name, source)], KNOWN)) is None


def test_finds_a_step_that_calls_another() -> None:
    stepping = Module("idp.consent.decisions", "from idp.token import grants")
    assert _first(checks.step_breaches([stepping], KNOWN))
    staying = Module("idp.consent.endpoints", "from idp.consent import decisions")
    assert _first(checks.step_breaches([staying], KNOWN)) is None


@pytest.mark.parametrize(
    ("name", "source", "is_breach"),
    [
        ("relying_party_sdk.party", "import keys.signer", True),
        ("keys.signer", "from idp.settings import Settings", True),
        ("mobile_otp.codes", "import keys", True),
        ("idp.token.grants", "from relying_party_sdk import compact", True),
        ("idp.commands.demo", "import examples.demo", True),
        ("idp.web.pages", "import tests.support", True),
        ("idp.authentication.upstream_oidc.source", "from relying_party_sdk import compact", False),
        ("idp.token.grants", "import keys.signer", False),
        ("examples.portal", "import relying_party_sdk", False),
    ],
)
def test_finds_a_house_that_reaches_into_another(name: str, source: str, *, is_breach: bool) -> None:
    assert bool(_first(checks.independence_breaches([Module(name, source)], KNOWN))) is is_breach


@pytest.mark.parametrize(
    ("name", "source", "is_breach"),
    [
        ("idp.token.grants", "from jwcrypto import jwk", True),
        ("idp.consent.decisions", "import sqlalchemy.orm", True),
        ("idp.consent.decisions", "from starlette.requests import Request", True),
        ("idp.userinfo.claims", "from authlib.oidc.core import UserInfo", True),
        ("idp.consent.endpoints", "from starlette.requests import Request", False),
        ("idp.storage.tables", "import sqlmodel", False),
        ("idp.token.grants", "import starlette_not_really", False),
    ],
)
def test_finds_a_library_away_from_home(name: str, source: str, *, is_breach: bool) -> None:
    assert bool(_first(checks.home_breaches([Module(name, source)], KNOWN))) is is_breach


def test_finds_an_exception_nothing_needs() -> None:
    assert len(list(checks.unused_exceptions([], KNOWN))) == len(rules.UPWARD)


def test_finds_an_import_inside_a_function() -> None:
    hidden = Module("idp.web.pages", "async def f():\n    if True:\n        import json")
    assert _first(checks.function_import_breaches([hidden], KNOWN))
    open_ = Module("idp.web.pages", "if True:\n    import json")
    assert _first(checks.function_import_breaches([open_], KNOWN)) is None


def test_finds_modules_that_import_each_other() -> None:
    known = frozenset({"idp.a", "idp.b", "idp.c"})
    circle = [Module("idp.a", "import idp.b"), Module("idp.b", "import idp.c"), Module("idp.c", "import idp.a")]
    assert list(checks.cycles(circle, known)) == ["idp.a → idp.b → idp.c → idp.a"]
    assert list(checks.cycles(circle[:2], known)) == []


def test_finds_names_lengths_missing_docstrings_and_clocks() -> None:
    assert _first(checks.name_breaches([Module("idp.web.utils", "")]))
    assert _first(checks.length_breaches([Module("idp.web.pages", "x = 1\n" * (rules.MAXIMUM_LINES + 1))]))
    assert _first(checks.docstring_breaches([Module("idp.web", "x = 1", is_package=True)]))
    assert _first(checks.clock_breaches([Module("idp.identity.age", "import datetime\nx = datetime.datetime.now()")]))
    assert _first(checks.clock_breaches([Module("idp.web.pages", "import time\nx = time.time()")])) is None


@pytest.mark.parametrize(
    ("source", "is_breach"),
    [
        ("try:\n    f()\nexcept Exception:\n    pass", True),
        ("try:\n    f()\nexcept:\n    pass", True),
        ("try:\n    f()\nexcept Exception as error:\n    raise ValueError from error", False),
        ("try:\n    f()\nexcept ValueError:\n    pass", False),
    ],
)
def test_finds_a_swallowed_exception(source: str, *, is_breach: bool) -> None:
    assert bool(_first(checks.catch_breaches([Module("idp.token.grants", source)]))) is is_breach


@pytest.mark.parametrize(
    ("line", "is_breach"),
    [
        ("x = 1  # noqa: E501", True),
        ("x = 1  # type: ignore[arg-type]", True),
        ("x = 1  # noqa: E501, F401 (a table)", False),
        ("x = 1  # type: ignore[arg-type]  # uvicorn has it so", False),
        ("x = 1  # an ordinary comment", False),
    ],
)
def test_finds_a_suppression_without_a_reason(line: str, *, is_breach: bool) -> None:
    assert bool(_first(checks.suppression_breaches([Module("idp.token.grants", line)]))) is is_breach
