"""The source as data: which modules there are and what each imports. Reads files, imports nothing of ours."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("idp", "keys", "mobile_otp", "relying_party_sdk", "examples")


@dataclass(frozen=True)
class Import:
    """`target` is the deepest module of ours that the statement reaches, or the library's dotted name."""

    target: str
    line: int
    in_function: bool


@dataclass(frozen=True)
class Module:
    name: str
    source: str = field(repr=False)
    path: Path = Path("<text>")
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def lines(self) -> int:
        return len(self.source.splitlines())


@cache
def source_modules() -> tuple[Module, ...]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found.append(Module(name, path.read_text("utf-8"), path, is_package))
    return tuple(found)


@cache
def module_names() -> frozenset[str]:
    return frozenset(module.name for module in source_modules())


def imports_of(module: Module, known: frozenset[str]) -> Iterator[Import]:
    """Every import, those inside functions and under TYPE_CHECKING too."""
    yield from _imports_in(module.tree, module, known, in_function=False)


def _imports_in(node: ast.AST, module: Module, known: frozenset[str], *, in_function: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, in_function)
        elif isinstance(child, ast.ImportFrom):
            origin = _absolute(child, module)
            for alias in child.names:
                member = f"{origin}.{alias.name}"
                yield Import(member if member in known else origin, child.lineno, in_function)
        else:
            inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_in(child, module, known, in_function=inside)


def _absolute(statement: ast.ImportFrom, module: Module) -> str:
    if not statement.level:
        return statement.module or ""
    parts = module.name.split(".")
    home = parts[: len(parts) - statement.level + (1 if module.is_package else 0)]
    return ".".join([*home, *([statement.module] if statement.module else [])])


def is_within(name: str, package: str) -> bool:
    """Whether a dotted name is the package itself or lies in it."""
    return name == package or name.startswith(package + ".")
