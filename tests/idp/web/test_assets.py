"""Static files by content."""

import hashlib
import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from idp.web.assets import FOLDER, asset, asset_routes, load_assets


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=asset_routes()))


def test_an_address_holds_the_hash_of_the_content() -> None:
    digest = hashlib.sha256((FOLDER / "app.css").read_bytes()).hexdigest()[:8]

    assert asset("app.css") == f"/static/app.{digest}.css"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_serves_every_file_for_a_year(client: TestClient, name: str) -> None:
    answer = client.get(asset(name))

    assert answer.content == (FOLDER / name).read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_serves_less_to_browsers_that_unpack(client: TestClient) -> None:
    packed = client.get(asset("app.css"), headers={"accept-encoding": "gzip"})
    plain = client.get(asset("app.css"), headers={"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.content == plain.content


@pytest.mark.parametrize(
    "path", ["/static/app.css", "/static/app.00000000.css", "/static/..%2fassets.py", "/static/../pages.py"]
)
def test_knows_no_other_address(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_answers_the_browser_that_asks_for_the_old_icon(client: TestClient) -> None:
    answer = client.get("/favicon.ico")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


def test_the_style_sheet_stays_small() -> None:
    assert len(load_assets()["app.css"].body) <= 10_240


def test_nothing_is_loaded_from_elsewhere() -> None:
    for found in load_assets().values():
        outside = re.findall(rb"(?:https?:)?//[a-z0-9.]+\.[a-z]+[^\"' ]*|@import", found.body)
        assert [url for url in outside if b"www.w3.org/2000/svg" not in url] == []
