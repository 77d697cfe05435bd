"""What is installed where: the light base, the locked requirement files, the contents of the wheel."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, imports_of, is_within, module_names, source_modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = {path.stem: path.read_text("utf-8") for path in (ROOT / "requirements").glob("*.txt")}

# cryptography comes with joserfc, which is nothing without it.
SDK_MAY_IMPORT = frozenset({"httpx2", "joserfc", "cryptography", "relying_party_sdk"}) | sys.stdlib_module_names
SDK_ADAPTERS = {
    "relying_party_sdk.starlette": {"starlette"},
    "relying_party_sdk.flask": {"flask", "werkzeug"},
    "relying_party_sdk.django": {"django"},
}


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower()


def test_the_base_install_is_the_sdk_and_its_two_libraries() -> None:
    assert sorted(_name(requirement) for requirement in PROJECT["project"]["dependencies"]) == ["httpx2", "joserfc"]


def test_the_sdk_imports_nothing_that_its_base_install_lacks() -> None:
    strangers = []
    for module in source_modules():
        if not is_within(module.name, "relying_party_sdk"):
            continue
        own = (framework for place, framework in SDK_ADAPTERS.items() if is_within(module.name, place))
        allowed = SDK_MAY_IMPORT.union(*own)
        for found in imports_of(module, module_names()):
            if found.target.split(".")[0] not in allowed:
                strangers.append(f"{module.name}:{found.line} {found.target}")
    assert strangers == []


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_a_lock_pins_every_package_with_hashes_and_names_no_place(name: str) -> None:
    lock = LOCKS[name]
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==[^ ]+ ", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in lock
    assert not re.search(r"(^|\s)(/|file:|-e|--index|--find-links)", lock)


@pytest.mark.parametrize(
    ("lock", "extras", "groups"),
    [
        ("idp", ["idp", "postgres"], []),
        ("sandbox", ["idp", "postgres", "starlette", "flask"], ["build"]),
        ("test", ["idp", "postgres", "starlette", "flask", "django"], ["build", "test"]),
    ],
)
def test_a_lock_covers_what_the_project_file_asks_for(lock: str, extras: list[str], groups: list[str]) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    for group in groups:
        wanted += PROJECT["dependency-groups"][group]
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", LOCKS[lock], re.MULTILINE))
    assert {_name(requirement) for requirement in wanted} - pinned == set(), "run `make lock`"


def test_the_locks_agree_with_one_another() -> None:
    pins = [dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock, re.MULTILINE)) for lock in LOCKS.values()]
    for name in set.intersection(*(set(pin) for pin in pins)):
        assert len({pin[name] for pin in pins}) == 1, name


def test_the_wheel_holds_pages_words_and_migrations_and_nothing_of_the_sandbox(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    for folder, ending in (
        ("idp/templates/", ".html"),
        ("idp/locales/vi/", ".po"),
        ("idp/locales/en/", ".po"),
        ("idp/storage/migrations/versions/", ".py"),
        ("idp/web/static/", ".css"),
        ("relying_party_sdk/", "py.typed"),
        ("keys/", ".py"),
        ("mobile_otp/", ".py"),
    ):
        assert any(name.startswith(folder) and name.endswith(ending) for name in names), f"{folder}…{ending}"
    assert [name for name in names if name.startswith(("examples/", "tests/", "docs/", "var/"))] == []
