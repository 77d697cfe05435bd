"""`motcua client logo`: the picture beside a service's name."""

import json
from pathlib import Path

import pytest

from tests.idp.cli.conftest import Installation
from tests.idp.cli.test_client import PORTAL
from tests.idp.web.test_logos import picture


def _metadata(installation: Installation) -> dict[str, object]:
    [row] = installation.rows("SELECT metadata FROM client WHERE client_id = $1", "portal")
    read: dict[str, object] = json.loads(str(row["metadata"]))
    return read


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "logo.png"
    path.write_bytes(picture())
    return path


def test_a_picture_is_drawn_anew_and_kept_when_the_metadata_is_imported_again(
    installation: Installation, file: Path
) -> None:
    portal = installation.write("portal.json", PORTAL)
    installation.done("client", "add", portal)

    installation.done("client", "logo", "portal", str(file))
    before = _metadata(installation)["logo_png"]
    installation.done("client", "import", installation.write("portal.json", {**PORTAL, "client_name": "Cổng mới"}))

    assert _metadata(installation)["logo_png"] == before
    assert _metadata(installation)["client_name"] == "Cổng mới"
    assert "logo_png" not in installation.done("client", "show", "portal").stdout
    assert [event["action"] for event in installation.events("configuration.changed")] == [
        "added",
        "logo_set",
        "updated",
    ]


def test_a_file_of_metadata_sets_no_picture(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", {**PORTAL, "logo_png": "iVBORw0KGgo="}))

    assert "logo_png" not in _metadata(installation)


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b""])
def test_what_is_no_picture_is_refused(installation: Installation, tmp_path: Path, content: bytes) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))
    path = tmp_path / "logo.svg"
    path.write_bytes(content)

    answer = installation.call("client", "logo", "portal", str(path))

    assert answer.exit_code == 1
    assert "logo_png" not in _metadata(installation)


def test_a_file_that_is_not_there_is_told(installation: Installation) -> None:
    installation.done("client", "add", installation.write("p.json", PORTAL))

    assert installation.call("client", "logo", "portal", "/nowhere.png").exit_code == 1
