"""The language of a login: what the link says, and otherwise the citizen's own, which the provider knows better."""

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from relying_party_sdk import RelyingParty
from tests.relying_party_sdk.sites import build_starlette


@pytest.mark.parametrize(
    ("query", "expected"),
    [("?ui_locales=en", ["en"]), ("?ui_locales=vi", ["vi"]), ("", None), ("?ui_locales=tlh", None)],
)
def test_only_a_language_that_the_link_names_is_asked_for(
    party: RelyingParty, query: str, expected: list[str] | None
) -> None:
    client = TestClient(build_starlette(party), base_url="http://localhost", follow_redirects=False)

    started = client.get(f"/dang-nhap/bat-dau{query}")

    assert parse_qs(urlsplit(started.headers["location"]).query).get("ui_locales") == expected
