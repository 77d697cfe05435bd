"""`motcua sandbox register`: what is typed at a terminal ends in files, or in one sentence."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def _call(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "idp.cli", "sandbox", "register", *arguments]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


def test_registers_are_written_to_the_folder_that_was_named_from_where_one_stands(tmp_path: Path) -> None:
    done = _call("--people", "40", "--seed", "3", "--faults", "2", "--out", "here", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "here" / "manifest.json").read_text("utf-8"))
    assert (manifest["people"], manifest["seed"], manifest["factor"]) == (40, 3, 2.0)
    for register, count in manifest["records"].items():
        assert len((tmp_path / "here" / f"{register}.jsonl").read_text("utf-8").splitlines()) == count
    assert "population" in done.stdout
    assert "40/40" in done.stderr


def test_a_number_of_people_that_is_none_is_a_wrong_call(tmp_path: Path) -> None:
    for people in ("0", "10000001"):
        done = _call("--people", people, "--seed", "1", "--out", str(tmp_path / "none"))
        assert done.returncode == 2
    assert not (tmp_path / "none").exists()


def test_rates_that_cannot_be_read_are_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "rates.toml").write_text("[tax]\nsex_wrong = 3\n", encoding="utf-8")
    done = _call("--people", "5", "--seed", "1", "--out", "none", "--rates", "rates.toml", cwd=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "none").exists()
