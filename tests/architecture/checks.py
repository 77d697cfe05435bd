"""One check a rule: takes modules, answers with one sentence for each breach."""

import ast
import re
from collections.abc import Iterator, Sequence

from tests.architecture import rules
from tests.architecture.source_tree import Module, imports_of, is_within

_SUPPRESSION = re.compile(r"#\s*(noqa(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*)?|type: ignore(\[[a-z, -]+\])?)")


def layer_breaches(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    """A module imports its own layer or one below; every package of the provider has a layer."""
    for module in modules:
        if not is_within(module.name, "idp") or module.name == "idp":
            continue
        own = _layer(module.name)
        if own is None:
            yield f"{module.name} belongs to no layer; give its package a place in rules.LAYERS"
            continue
        for found in imports_of(module, known):
            other = _layer(found.target)
            if other is not None and other < own and not _is_excepted(module.name, found.target):
                yield f"{module.name}:{found.line} imports {found.target}, which lies above it"


def step_breaches(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    for module in modules:
        own = _step(module.name)
        for found in imports_of(module, known) if own else ():
            other = _step(found.target)
            if other and other != own and not _is_excepted(module.name, found.target):
                yield f"{module.name}:{found.line} imports the step {found.target}; redirect to the dispatcher instead"


def independence_breaches(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    ours = (*rules.INDEPENDENT, "idp", "examples", "tests")
    for module in modules:
        home = module.name.split(".")[0]
        for found in imports_of(module, known):
            top = found.target.split(".")[0]
            if top == home or top not in ours:
                continue
            if home in rules.INDEPENDENT:
                yield f"{module.name}:{found.line} imports {found.target}; {home} stands alone"
            elif top == "tests" or (home == "idp" and top == "examples"):
                yield f"{module.name}:{found.line} imports {found.target}, which is not installed with us"
            elif (
                home == "idp"
                and top == "relying_party_sdk"
                and not any(is_within(module.name, reader) for reader in rules.SDK_READERS)
            ):
                readers = " and ".join(rules.SDK_READERS)
                yield f"{module.name}:{found.line} imports {found.target}; only {readers} read the SDK"


def home_breaches(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    for module in modules:
        for found in imports_of(module, known):
            for home in rules.HOMES:
                if is_within(found.target, home.library) and not any(_is_at(module, place) for place in home.places):
                    yield f"{module.name}:{found.line} imports {found.target}; its home is {', '.join(home.places)}"


def unused_exceptions(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    arrows = [(module.name, found.target) for module in modules for found in imports_of(module, known)]
    for row in rules.UPWARD:
        if not any(is_within(a, row.importer) and is_within(b, row.imported) for a, b in arrows):
            yield f"nothing needs {row.importer} → {row.imported} any more; delete the row"


def function_import_breaches(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    for module in modules:
        for found in imports_of(module, known):
            if found.in_function:
                yield f"{module.name}:{found.line} imports {found.target} inside a function"


def name_breaches(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if rules.BANNED_NAMES & set(module.name.split(".")):
            yield f"{module.name}: name it after what it owns"


def length_breaches(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if module.lines > rules.MAXIMUM_LINES and module.name not in rules.LONGER_FILES:
            yield f"{module.name} has {module.lines} lines; cut it at its second idea"


def docstring_breaches(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if module.is_package and not ast.get_docstring(module.tree):
            yield f"{module.name}: say in a docstring what it owns and what it does not know"


def clock_breaches(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        if not any(is_within(module.name, package) for package in rules.CLOCKLESS):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and _ends_with_clock(ast.unparse(node.func)):
                yield f"{module.name}:{node.lineno} reads the clock; take `now` as a parameter"


def catch_breaches(modules: Sequence[Module]) -> Iterator[str]:
    """Catching everything is for the edges; elsewhere it must be raised again."""
    for module in modules:
        if module.name in rules.CATCHES_EVERYTHING or is_within(module.name, "examples"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler) and _is_everything(node.type) and not _raises(node):
                yield f"{module.name}:{node.lineno} swallows every exception; catch what you can act on"


def suppression_breaches(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        for number, line in enumerate(module.source.splitlines(), 1):
            found = _SUPPRESSION.search(line)
            if found and not re.search(r"[A-Za-z]{3}", line[found.end() :]):
                yield f"{module.name}:{number} silences a tool without saying why"


def cycles(modules: Sequence[Module], known: frozenset[str]) -> Iterator[str]:
    """Modules that reach themselves through others, each circle told once."""
    arrows = {m.name: {i.target for i in imports_of(m, known) if i.target in known} - {m.name} for m in modules}
    done: set[str] = set()
    for start in arrows:
        yield from _circles(start, arrows, [], done)


def _circles(name: str, arrows: dict[str, set[str]], path: list[str], done: set[str]) -> Iterator[str]:
    if name in path:
        yield " → ".join([*path[path.index(name) :], name])
        return
    if name in done:
        return
    for target in sorted(arrows.get(name, ())):
        yield from _circles(target, arrows, [*path, name], done)
    done.add(name)


def _layer(name: str) -> int | None:
    for number, packages in enumerate(rules.LAYERS):
        if any(is_within(name, package) for package in packages):
            return number
    return None


def _step(name: str) -> str | None:
    return next((step for step in rules.STEPS if is_within(name, step)), None)


def _is_excepted(importer: str, imported: str) -> bool:
    return any(is_within(importer, row.importer) and is_within(imported, row.imported) for row in rules.UPWARD)


def _is_at(module: Module, place: str) -> bool:
    if place.startswith("*."):
        return module.name.endswith(place[1:])
    return is_within(module.name, place)


def _ends_with_clock(call: str) -> bool:
    return any(call == clock or call.endswith("." + clock) for clock in rules.CLOCKS)


def _is_everything(caught: ast.expr | None) -> bool:
    return caught is None or ast.unparse(caught) in ("Exception", "BaseException")


def _raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))
