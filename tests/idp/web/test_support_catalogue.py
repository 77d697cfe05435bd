"""`docs/errors.md` says what the pages say."""

from idp.web.support_catalogue import PAGE, support_catalogue


def test_the_support_catalogue_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == support_catalogue(), "run python -m idp.web.support_catalogue"
