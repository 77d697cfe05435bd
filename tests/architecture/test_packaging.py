"""What is installed where: the light base, the locked requirement files, the contents of the wheel."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.source_tree import ROOT, Module, imports_of, is_within, module_names, source_modules

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
        ("sandbox", ["idp", "postgres", "starlette", "flask"], ["build", "sandbox"]),
        ("test", ["idp", "postgres", "starlette", "flask", "django"], ["build", "test", "sandbox"]),
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


@pytest.mark.parametrize(
    ("lock", "folders"),
    [
        ("idp", ["idp", "keys", "mobile_otp"]),
        ("sandbox", ["idp", "keys", "mobile_otp", "examples"]),
        ("test", ["idp", "keys", "mobile_otp", "examples", "relying_party_sdk", "tests"]),
    ],
)
def test_every_library_that_is_imported_is_locked(lock: str, folders: list[str]) -> None:
    """One that only happens to be installed here would be missing on the next machine."""
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", LOCKS[lock], re.MULTILINE))
    distributions = packages_distributions()
    ours = {"idp", "keys", "mobile_otp", "relying_party_sdk", "examples", "tests"}
    strangers = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        module = Module(".".join(path.relative_to(ROOT).with_suffix("").parts), path.read_text("utf-8"))
        for top in {found.target.split(".")[0] for found in imports_of(module, frozenset())}:
            if top in sys.stdlib_module_names or top in ours or not top:
                continue
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions.get(top, [top])}
            if not names & pinned:
                strangers.add(f"{module.name}: {top}")
    assert sorted(strangers) == []


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
