"""The codes of a match as sentences: one for each code, one for the row of the table that decided. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from idp.identity.decision_table import Decision, deciding_row
from idp.web.i18n import Locale, text

# Letters and digits alone, as the keys of the catalogue want them.
_WORDS: Final = {"?": "missing", "=": "same", "+": "several"}
_TELLING_NOTHING: Final = frozenset({"C1", "G0"})


@dataclass(frozen=True)
class Explained:
    """`rule` is what the table makes of the codes, in words; `findings` a code and its sentence, in the order of the
    questions. `looks_further`: the table alone would have asked nobody, so that something beside it raised the case.
    """

    rule: str
    findings: tuple[tuple[str, str], ...]
    looks_further: bool


def explain(codes: Sequence[str], locale: Locale) -> Explained:
    """What speaks for itself, one candidate and a number that agrees with its record, is left out."""
    row = deciding_row(tuple(codes))
    return Explained(
        rule=text(locale, f"operator.rule.{row.id}"),
        findings=tuple((code, text(locale, code_key(code))) for code in codes if code not in _TELLING_NOTHING),
        looks_further=row.decision not in (Decision.PROVE, Decision.REVIEW),
    )


def code_key(code: str) -> str:
    """`P?` → `operator.code.P-missing`."""
    written = "".join(f"-{_WORDS[character]}" if character in _WORDS else character for character in code)
    return f"operator.code.{written}"
