"""The page to come back to is always one of our own."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relying_party_sdk import ReturnToRefused
from relying_party_sdk.return_to import check_return_to


@pytest.mark.parametrize(
    "return_to",
    ["/", "/ho-so", "/ho-so?trang=2&x=//a", "/a/b#c", "/%2F%2Fla.example", "/tìm?q=Hà%20Nội", "/a:b@c"],
)
def test_keeps_local_paths(return_to: str) -> None:
    assert check_return_to(return_to).startswith("/")


@pytest.mark.parametrize(
    "return_to",
    [
        "",
        "ho-so",
        "https://la.example/",
        "//la.example",
        "///la.example",
        "/\\la.example",
        "\\\\la.example",
        "/ho-so\\..",
        "/\t/la.example",
        "/\n/la.example",
        "\t//la.example",
        " //la.example",
        "/ ho-so",
        "/ho-so\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\x00",
        "/\u2028/x",
        "/" + "a" * 1024,
    ],
)
def test_refuses_other_places(return_to: str) -> None:
    with pytest.raises(ReturnToRefused):
        check_return_to(return_to)


@given(st.text(alphabet="/\\.:@ab%\t\n?#é ", max_size=20))
def test_whatever_passes_stays_at_home(return_to: str) -> None:
    try:
        kept = check_return_to(return_to)
    except ReturnToRefused:
        return

    assert urlsplit(urljoin("https://dich-vu.example/a/b", kept)).netloc == "dich-vu.example"
    assert kept.isascii()
    assert kept.isprintable()
