"""Writes `docs/errors.md`: every code a citizen can read aloud, for those who answer the telephone.

Run `python -m idp.web.support_catalogue` after a change of codes or texts.
"""

from pathlib import Path
from typing import Final

from idp.errors import CITIZEN_ERRORS, CitizenError
from idp.web.i18n import Locale, text

PAGE: Final = Path(__file__).parents[2] / "docs" / "errors.md"
_HEAD: Final = """# Support catalogue

Every refusal that a citizen can see, by the code on the page. Generated from `idp/errors.py` and the catalogues
by `python -m idp.web.support_catalogue`; do not edit.
"""


def support_catalogue() -> str:
    return "\n".join([_HEAD, *(_section(kind) for kind in CITIZEN_ERRORS)])


def _section(kind: type[CitizenError]) -> str:
    lines = [f"## {kind.code}", "", f"`{kind.__name__}`, HTTP {kind.status}.", ""]
    for locale in Locale:
        # A placeholder stands for itself: the catalogue shows the sentence, not one case of it.
        details = {name: f"{{{name}}}" for name in kind.placeholders}
        title, body, advice = (
            text(locale, f"errors.{kind.message_key}.{part}", **details) for part in ("title", "body", "next")
        )
        lines.append(f"- **{title}** ({locale.value}). {body} {advice}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(support_catalogue(), encoding="utf-8")
