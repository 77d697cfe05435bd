"""What `motcua doctor` finds in files, in the database and in clocks."""

from pathlib import Path

import pytest

from idp.commands import local_checks
from idp.commands.findings import Finding, Verdict
from idp.settings import Settings
from idp.storage.migrate import migrate

MASTER_KEY = "k1:" + "MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY"


def _settings(path: Path) -> Settings:
    return Settings.model_validate(
        {"issuer": "https://provider.example", "database_url": f"sqlite:///{path}", "master_keys": MASTER_KEY}
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "motcua.db"
    migrate(f"sqlite:///{path}")
    path.chmod(0o600)
    return path


def _verdicts(findings: list[Finding]) -> list[Verdict]:
    return [finding.verdict for finding in findings]


async def test_a_migrated_database_is_well(database: Path) -> None:
    settings = _settings(database)
    assert _verdicts(list(local_checks.database_file(settings))) == [Verdict.OK]
    assert (await local_checks.database(settings)).verdict is Verdict.OK


async def test_an_empty_database_must_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    finding = await local_checks.database(_settings(tmp_path / "empty.db"))
    assert finding.verdict is Verdict.FAULT
    assert "motcua migrate" in finding.advice


async def test_a_database_of_a_newer_release_is_told_from_an_older_one(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_checks, "newest_revision", lambda: "9999")
    older = await local_checks.database(_settings(database))
    monkeypatch.setattr(local_checks, "newest_revision", lambda: "0000")
    newer = await local_checks.database(_settings(database))
    assert (older.verdict, newer.verdict) == (Verdict.FAULT, Verdict.FAULT)
    assert "motcua migrate" in older.advice
    assert "newer release" in newer.advice


async def test_an_unreachable_database_is_told_without_its_password() -> None:
    settings = _settings(Path("x")).model_copy(update={"database_url": "postgresql://motcua:hush@127.0.0.1:1/motcua"})
    finding = await local_checks.database(settings)
    assert finding.verdict is Verdict.FAULT
    assert "hush" not in str(finding)


async def test_looking_at_a_missing_database_does_not_make_one(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    findings = list(local_checks.database_file(_settings(missing)))
    assert _verdicts(findings) == [Verdict.FAULT]
    assert not missing.exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    [finding] = local_checks.database_file(_settings(tmp_path / "nowhere" / "motcua.db"))
    assert finding.verdict is Verdict.FAULT
    assert "mkdir" in finding.advice


def test_a_database_open_to_others_is_a_fault(database: Path) -> None:
    database.chmod(0o644)
    [finding] = local_checks.database_file(_settings(database))
    assert finding.verdict is Verdict.FAULT
    assert "chmod 0600" in finding.advice


@pytest.mark.parametrize(("mode", "verdict"), [(0o600, Verdict.OK), (0o640, Verdict.OK), (0o644, Verdict.FAULT)])
def test_the_configuration_file_is_for_its_owner_and_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, verdict: Verdict
) -> None:
    path = tmp_path / "motcua.toml"
    path.touch()
    path.chmod(mode)
    monkeypatch.setenv("MOTCUA_CONFIG", str(path))
    assert _verdicts(list(local_checks.configuration_file())) == [verdict]


def test_a_master_key_that_is_not_random_is_a_fault() -> None:
    settings = _settings(Path("x")).model_copy()
    assert local_checks.master_keys(settings).verdict is Verdict.OK
    weak = Settings.model_validate({**settings.model_dump(), "master_keys": "k1:" + "A" * 43})
    assert local_checks.master_keys(weak).verdict is Verdict.FAULT


@pytest.mark.parametrize(
    ("ours", "verdict", "words"),
    [(1004, Verdict.OK, "agrees"), (1060, Verdict.FAULT, "60 s ahead of"), (940, Verdict.FAULT, "60 s behind")],
)
def test_a_clock_that_differs_is_a_fault(ours: int, verdict: Verdict, words: str) -> None:
    finding = local_checks.clock_finding("the database server", 1000, ours)
    assert finding.verdict is verdict
    assert words in finding.fact
