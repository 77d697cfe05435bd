"""Words, dates, and the choice of a language."""

from datetime import UTC, date, datetime

import pytest
from markupsafe import Markup

from idp.web.i18n import Locale, format_date, format_time, markup, negotiate, text


def test_fills_a_placeholder() -> None:
    assert text(Locale.VI, "otp.resend.wait", giay=30) == "Có thể gửi lại sau 30 giây"


@pytest.mark.parametrize(
    ("locale", "n", "sentence"),
    [
        (Locale.VI, 1, "Mã xác thực chưa đúng. Còn 1 lần thử."),
        (Locale.VI, 3, "Mã xác thực chưa đúng. Còn 3 lần thử."),
        (Locale.EN, 1, "The one-time code is not right. 1 try left."),
        (Locale.EN, 3, "The one-time code is not right. 3 tries left."),
    ],
)
def test_counts_as_the_language_counts(locale: Locale, n: int, sentence: str) -> None:
    assert text(locale, "otp.err.wrong", n=n) == sentence


def test_an_unknown_key_is_an_error_not_an_empty_page() -> None:
    with pytest.raises(KeyError):
        text(Locale.VI, "no.such.key")


def test_escapes_values_for_pages() -> None:
    assert markup(Locale.EN, "shell.hotline", tong_dai="<b>&") == "Hotline: &lt;b&gt;&amp;"


def test_keeps_what_is_markup_already() -> None:
    assert markup(Locale.EN, "shell.hotline", tong_dai=Markup("<b>1</b>")) == "Hotline: <b>1</b>"


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert markup(Locale.EN, "shell.hotline", tong_dai="{tong_dai}") == "Hotline: {tong_dai}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 3, 9), "09/03/2026"),
        (datetime(2026, 3, 9, 16, 59, tzinfo=UTC), "09/03/2026"),
        (datetime(2026, 3, 9, 17, 0, tzinfo=UTC), "10/03/2026"),
        (date(1932, 1, 1), "01/01/1932"),
    ],
)
def test_writes_dates_as_in_viet_nam(value: date, written: str) -> None:
    assert format_date(value) == written


@pytest.mark.parametrize(
    ("ui_locales", "cookie", "accept_language", "chosen"),
    [
        pytest.param(None, None, None, "vi", id="Vietnamese where nothing is said"),
        pytest.param("en vi", None, "vi", "en", id="the service's wish before the browser's"),
        pytest.param("en", "vi", "en", "vi", id="the person's own choice before all"),
        pytest.param("fr en-GB", None, None, "en", id="the first wish that we speak"),
        pytest.param("fr", None, "en", "en", id="wishes that we do not speak"),
        pytest.param("EN-us", None, None, "en", id="tags have no case"),
        pytest.param(None, "fr", "en", "en", id="a cookie that we never set"),
        pytest.param(None, None, "en-US,en;q=0.9,vi;q=0.8", "en", id="what browsers send"),
        pytest.param(None, None, "en;q=0.3, vi;q=0.7", "vi", id="the higher quality"),
        pytest.param(None, None, "en;q=0, fr", "vi", id="quality zero is a refusal"),
        pytest.param(None, None, "en;q=nan", "vi", id="no number"),
        pytest.param(None, None, "en;q=٠", "vi", id="foreign digits"),
        pytest.param(None, None, "en;q=.", "vi", id="a lone point"),
        pytest.param(None, None, "english", "vi", id="not a language tag"),
        pytest.param(None, None, "x," * 400 + "en", "vi", id="a header without end"),
    ],
)
def test_chooses_the_language(
    ui_locales: str | None, cookie: str | None, accept_language: str | None, chosen: str
) -> None:
    assert negotiate(ui_locales, cookie, accept_language) == chosen


def test_times_are_those_of_viet_nam() -> None:
    assert format_time(datetime(2026, 11, 20, 17, 5, tzinfo=UTC)) == "00:05"
