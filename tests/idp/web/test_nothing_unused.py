"""Every template is shown by the code, every class has a rule, every rule an element, every part a page."""

import ast
import re
from collections.abc import Iterator

from idp.web.assets import FOLDER
from idp.web.pages import TEMPLATES_FOLDER

TEMPLATES = {
    path.relative_to(TEMPLATES_FOLDER).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in TEMPLATES_FOLDER.rglob("*.html")
}
STYLES = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("app.css", "desk.css"))


def words_of_the_code() -> Iterator[str]:
    for path in TEMPLATES_FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def classes(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])mc-[\w-]+", text))


def test_every_page_is_shown_by_the_code() -> None:
    pages = {name for name in TEMPLATES if not name.startswith("layout/")}

    parts = set(re.findall(r'{% include "([\w/]+)\.html" %}', "\n".join(TEMPLATES.values())))

    assert pages - parts - set(words_of_the_code()) == set()


def test_every_class_of_a_template_has_a_rule_and_every_rule_an_element() -> None:
    assert classes("\n".join(TEMPLATES.values())) == classes(STYLES)


def test_every_part_is_part_of_something() -> None:
    parts = re.findall(r"{% macro (\w+)\(", TEMPLATES["layout/parts"])
    text = "\n".join(TEMPLATES.values())

    assert [part for part in parts if len(re.findall(rf"\b{part}\(", text)) < 2] == []
