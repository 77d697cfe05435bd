"""The ten lines of the documentation are ten, and they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import relying_party_sdk
from relying_party_sdk.settings_text import SETTINGS

DOCUMENTATION = (Path(relying_party_sdk.__file__).parent.parent / "docs" / "sdk.md").read_text(encoding="utf-8")
ENVIRONMENT = {
    "MOTCUA_ISSUER": "https://dinhdanh.example",
    "MOTCUA_CLIENT_ID": "cong-thue",
    "MOTCUA_REDIRECT_URI": "http://localhost/dang-nhap/ket-thuc",
    "MOTCUA_CLIENT_SECRET": "bi-mat",
}


def example(heading: str) -> str:
    found = re.search(rf"### {heading}\n\n```python\n(.*?)```", DOCUMENTATION, re.DOTALL)
    assert found is not None
    return found.group(1)


def run(source: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    names: dict[str, Any] = {"SECRET": "chỉ-để-thử-0123456789", "__name__": "dich_vu"}
    exec(compile(source, "docs/sdk.md", "exec"), names)
    return names["app"]


@pytest.mark.parametrize("heading", ["Starlette", "FastAPI", "Flask", "Django"])
def test_a_service_is_connected_in_ten_lines(heading: str) -> None:
    source = example(heading)
    compile(source, heading, "exec")

    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 10


def test_the_lines_for_starlette_run(monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(run(example("Starlette"), monkeypatch), base_url="http://localhost", follow_redirects=False)

    assert client.get("/ho-so").headers["location"].startswith("/dang-nhap/bat-dau?return_to=%2Fho-so")


def test_the_lines_for_flask_run(monkeypatch: pytest.MonkeyPatch) -> None:
    client = run(example("Flask"), monkeypatch).test_client()

    assert client.get("/ho-so").headers["location"].startswith("/dang-nhap/bat-dau?return_to=%2Fho-so")


def test_every_setting_is_documented() -> None:
    for name in SETTINGS:
        assert f"`MOTCUA_{name}`" in DOCUMENTATION
