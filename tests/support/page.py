"""A page as a browser without JavaScript has it: its forms, buttons and links, found by their stable hooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

_FIELDS = {"input", "textarea"}
_BUTTONS = {"submit", "button", "image", "reset"}


@dataclass
class Form:
    """`fields` are the values it would send, by name; `names` tells the name of the field with an id."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def filled(self, typed: Mapping[str, str]) -> dict[str, str]:
        """`typed` by the field's id."""
        return {**self.fields, **{self.names[hook]: value for hook, value in typed.items()}}


@dataclass(frozen=True)
class Button:
    form: Form
    name: str = ""
    value: str = ""
    disabled: bool = False


@dataclass(frozen=True)
class Page:
    """`url` is where it is; `status` is 0 where nobody listens and the browser only arrived."""

    url: str
    status: int
    text: str = field(repr=False)
    buttons: Mapping[str, Button] = field(default_factory=dict, repr=False)
    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    hooks: frozenset[str] = frozenset()

    def has(self, hook: str) -> bool:
        """An element with this id, or a source's button: `source=tax`."""
        return hook in self.hooks


def page_of(url: str, status: int, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    hooks = frozenset(reader.hooks | set(reader.buttons) | set(reader.links))
    return Page(url, status, text, reader.buttons, reader.links, hooks)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, Button] = {}
        self.links: dict[str, str] = {}
        self.hooks: set[str] = set()
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        hook = given.get("id", "")
        if hook:
            self.hooks.add(hook)
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
        elif tag == "a" and hook:
            self.links[hook] = given.get("href", "")
        elif self._form is not None and (tag == "button" or (tag == "input" and given.get("type") in _BUTTONS)):
            name, value = given.get("name", ""), given.get("value", "")
            # A source's button has no id: its name and value are the hook.
            self.buttons[hook or f"{name}={value}"] = Button(self._form, name, value, "disabled" in given)
        elif self._form is not None and tag in _FIELDS and given.get("name"):
            self._field(self._form, given, hook)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _field(self, form: Form, given: Mapping[str, str], hook: str) -> None:
        if hook:
            form.names[hook] = given["name"]
        if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
            form.fields[given["name"]] = given.get("value", "")
