"""Renders pages: one template each, every text from the catalogue, every value escaped.

Knows templates and languages; what a page is about, its endpoint says with plain values.
"""

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from idp.errors import CitizenError
from idp.web.assets import asset
from idp.web.i18n import Locale, format_date, format_time, markup
from idp.web.locale import switch_url

TEMPLATES_FOLDER: Final = Path(__file__).parent.parent / "templates"
_OTHER: Final = MappingProxyType({Locale.VI: Locale.EN, Locale.EN: Locale.VI})
# Each language is named in itself, for those who cannot read the page they are on.
_OWN_NAMES: Final = MappingProxyType({Locale.VI: "Tiếng Việt", Locale.EN: "English"})


@dataclass(frozen=True, kw_only=True)
class Brand:
    """Who runs this provider, in words: a name per language, the address people should see, where help is."""

    issuer: str
    name_vi: str = "Một cửa"
    name_en: str = "MotCua"
    hotline: str = ""
    guide_url: str = ""

    def name_in(self, locale: Locale) -> str:
        return self.name_vi if locale is Locale.VI else self.name_en

    @property
    def address(self) -> str:
        return urlsplit(self.issuer).netloc


class Pages:
    """`render("consent/consent", locale="vi", …)`: a template without its suffix, and its values."""

    def __init__(self, *, sandbox: bool, brand: Brand) -> None:
        self._sandbox = sandbox
        self._brand = brand
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["date"] = format_date
        self._templates.filters["time"] = format_time
        self._templates.globals["asset"] = asset

    def render(self, template: str, *, locale: str, path: str = "", **context: object) -> str:
        """`path` is the address at which a GET shows this page again, for the language switch and reloads."""
        language = Locale(locale)
        other = _OTHER[language]

        def t(key: str, **values: object) -> str:
            return markup(language, key, **values)

        shell: dict[str, object] = {
            "t": t,
            "locale": language.value,
            "path": path,
            "sandbox": self._sandbox,
            "brand": self._brand,
            "brand_name": self._brand.name_in(language),
            "switch": {
                "locale": other.value,
                "url": switch_url(path, other),
                "label": _OWN_NAMES[other],
            },
        }
        return self._templates.get_template(f"{template}.html").render({**context, **shell})

    def error(self, error: CitizenError, *, locale: str, path: str = "") -> str:
        """The page of a refusal: what happened, what to do, the code to read aloud, a way on."""
        return self.render(
            "errors/error",
            locale=locale,
            path=path,
            code=error.code,
            message_key=error.message_key,
            details=dict(error.details),
            way_on_url=error.way_on,
            way_on_label=error.way_on_label,
        )
