"""Names, attributes, and the strict reading of cookies."""

import pytest

from idp.web.cookies import CookieNames, find_cookie

SECURE = CookieNames(secure=True)
LOOPBACK = CookieNames(secure=False)


def test_names_carry_the_host_prefix_over_https() -> None:
    assert [SECURE.session, SECURE.browser, SECURE.locale] == [
        "__Host-motcua_session",
        "__Host-motcua_browser",
        "__Host-motcua_locale",
    ]


def test_names_have_no_prefix_on_plain_loopback_where_browsers_refuse_it() -> None:
    assert [LOOPBACK.session, LOOPBACK.browser, LOOPBACK.locale] == [
        "motcua_session",
        "motcua_browser",
        "motcua_locale",
    ]


def test_sets_every_attribute() -> None:
    assert SECURE.set(SECURE.session, "abc", max_age=60) == (
        "__Host-motcua_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
    )


def test_a_cookie_without_an_age_ends_with_the_browser() -> None:
    assert "Max-Age" not in SECURE.set(SECURE.browser, "abc")


def test_plain_loopback_leaves_out_secure_only() -> None:
    assert LOOPBACK.set(LOOPBACK.session, "abc") == "motcua_session=abc; Path=/; HttpOnly; SameSite=Lax"


def test_deleting_repeats_the_attributes_or_browsers_keep_the_cookie() -> None:
    assert SECURE.delete(SECURE.session) == (
        "__Host-motcua_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    )


@pytest.mark.parametrize("value", ["", "a b", "a;b", "a,b", 'a"b', "a\r\nSet-Cookie: x=y", "é", "x" * 4097])
def test_refuses_to_set_what_is_not_a_cookie_value(value: str) -> None:
    with pytest.raises(ValueError, match="cookie value"):
        SECURE.set(SECURE.session, value)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        pytest.param(["s=1"], "1", id="alone"),
        pytest.param(["a=x; s=1; b=y"], "1", id="among others"),
        pytest.param(["a=x", "s=1"], "1", id="in a second header"),
        pytest.param(["s=a=b"], "a=b", id="equals in the value"),
        pytest.param([], None, id="none"),
        pytest.param(["S=1; xs=2"], None, id="another name"),
        pytest.param(["s=1; s=2"], None, id="twice"),
        pytest.param(["s=1; s=1"], None, id="twice the same"),
        pytest.param(["s=1", "s=2"], None, id="twice over two headers"),
        pytest.param(["s"], None, id="no value"),
        pytest.param(["s="], None, id="an empty value"),
        pytest.param(['s="1"'], None, id="quoted"),
        pytest.param(["s=a b"], None, id="a space inside"),
        pytest.param(["s=" + "x" * 4097], None, id="oversized"),
    ],
)
def test_reads_one_clean_cookie_or_none(headers: list[str], found: str | None) -> None:
    assert find_cookie(headers, "s") == found
