"""Every page of a person's own space opens for its person, in both languages."""

import pytest

from tests.support.account import Account
from tests.support.portal import visit

PAGES = (
    "/me",
    "/me/asked",
    "/me/sources",
    "/me/sources/hoa-tax/freeze",
    "/me/sources/hoa-tax/unlink",
    "/me/identifiers",
    "/me/history",
    "/me/privacy",
    "/me/protection",
    "/me/not-me",
    "/me/lock",
    "/me/second-factor",
    "/me/export",
    "/me/close",
    "/me/cases",
)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_opens_in_both_languages(hoa: Account, path: str) -> None:
    browser = await hoa.browser()

    vietnamese = await visit(browser, path)
    english = await visit(browser, f"{path}?lang=en")

    for page, language in ((vietnamese, "vi"), (english, "en")):
        assert page.status_code == 200
        assert page.url.path == path
        assert f'<html lang="{language}">' in page.text
    assert vietnamese.text != english.text
