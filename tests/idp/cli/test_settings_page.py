"""`motcua settings` and the page made from it."""

from pathlib import Path

from idp.commands.settings import reference
from idp.settings import Settings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == reference() + "\n", "run `make docs`"


def test_every_setting_is_documented() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"## `MOTCUA_{name.upper()}`" in reference()


def test_no_default_of_a_secret_is_printed() -> None:
    section = reference().split("## `MOTCUA_MASTER_KEYS`")[1].split("## ")[0]
    assert "*required*" in section
    assert "default" not in section.split("\n\n")[1]
