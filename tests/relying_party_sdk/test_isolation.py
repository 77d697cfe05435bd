"""The SDK stands alone: nothing else of this project, no framework outside its adapter, a light import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import relying_party_sdk
from relying_party_sdk.errors import LoginError

ROOT = Path(relying_party_sdk.__file__).parent
ALLOWED = {"relying_party_sdk", "httpx2", "joserfc", "cryptography", *sys.stdlib_module_names}
FRAMEWORKS = {"starlette": "starlette.py", "flask": "flask.py", "django": "django"}

IMPORT_WITHOUT_FRAMEWORKS = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"starlette", "flask", "django", "werkzeug", "pydantic", "authlib", "jwcrypto"}:
            raise ImportError(name)
sys.meta_path.insert(0, Absent())
import relying_party_sdk
from relying_party_sdk.testing import FakeProvider
from urllib.parse import parse_qsl, urlsplit
with FakeProvider() as provider:
    party = provider.relying_party()
    login = party.begin_login()
    pairs = parse_qsl(urlsplit(provider.authorize(login.url)).query)
    print(party.finish_login(pairs, login.sealed_state).level)
"""


def imported_packages(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_nothing_else(file: Path) -> None:
    home = file.relative_to(ROOT).parts[0]
    own_framework = {framework for framework, place in FRAMEWORKS.items() if place == home}

    assert set(imported_packages(file)) <= ALLOWED | own_framework


def test_logs_in_without_any_framework_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_WITHOUT_FRAMEWORKS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT.parent,
    )

    assert (done.stdout.strip(), done.stderr) == ("eidas2", "")


def every_error(kind: type[LoginError] = LoginError) -> Iterator[type[LoginError]]:
    for child in kind.__subclasses__():
        yield child
        yield from every_error(child)


def test_every_error_is_named_in_both_languages_and_documented() -> None:
    documentation = (ROOT.parent / "docs" / "sdk.md").read_text(encoding="utf-8")

    kinds: list[type[LoginError]] = [LoginError, *every_error()]
    for kind in kinds:
        assert kind.message_vi != kind.message_en
        assert f"| {kind.mend} |" in documentation
        assert f"`{kind.code}`" in documentation
        assert f'id="{kind.code}"' in documentation


def test_every_public_name_can_be_imported() -> None:
    assert all(hasattr(relying_party_sdk, name) for name in relying_party_sdk.__all__)
    assert (ROOT / "py.typed").exists()
