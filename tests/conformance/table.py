"""`python -m tests.conformance.table RESULTS…`: the tables of `docs/conformance.md`, from what the suite said.

Results of the provider have a number for a row; those of the relying party (the SDK) have the row "rp" and a part of
their own.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

RELYING_PARTY = "rp"

_ORDER = ("PASSED", "REVIEW", "WARNING", "SKIPPED", "FAILED")

# By module and variant, the last result.
Modules = Mapping[str, Mapping[str, str]]


def main() -> None:
    results = [
        json.loads(line) for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()
    ]
    print("\n".join(tables(results)))


def tables(results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A summary of the plans, then every module of each; a module run twice counts with its last result."""
    known = list(results)
    yield from _provider([result for result in known if result["row"] != RELYING_PARTY])
    services = [result for result in known if result["row"] == RELYING_PARTY]
    if services:
        yield ""
        yield "## Relying party"
        yield ""
        yield "A service built with the SDK; the suite plays the provider. `seen` is how it ended at the browser."
        yield ""
        yield from _services(services)


def _provider(results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    by_plan: dict[tuple[int, str], dict[str, dict[str, str]]] = {}
    for result in results:
        plan = by_plan.setdefault((result["row"], result["plan"]), {})
        plan.setdefault(result["module"], {})[_variant(result)] = result["result"]
    yield _line("row", "plan", "variant", "modules", *_ORDER)
    yield _rule(4 + len(_ORDER))
    for (row, name), modules in sorted(by_plan.items()):
        for variant in _variants(modules):
            told = [found[variant] for found in modules.values() if variant in found]
            yield _line(row, f"`{name}`", variant, len(told), *_counts(told))
    for (row, name), modules in sorted(by_plan.items()):
        variants = _variants(modules)
        yield from ("", f"### Row {row}: `{name}`", "")
        yield _line("module", *variants)
        yield _rule(1 + len(variants))
        for module, found in modules.items():
            yield _line(f"`{module}`", *(found.get(variant, "–") for variant in variants))


def _services(results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    by_plan: dict[str, dict[str, Mapping[str, Any]]] = {}
    for result in results:
        by_plan.setdefault(result["plan"], {})[result["module"]] = result
    yield _line("plan", "modules", *_ORDER)
    yield _rule(2 + len(_ORDER))
    for name, modules in by_plan.items():
        told = [result["result"] for result in modules.values()]
        yield _line(f"`{name}`", len(told), *_counts(told))
    for name, modules in by_plan.items():
        variant = next(iter(modules.values()))["variant"]
        chosen = ", ".join(f"`{parameter}={value}`" for parameter, value in variant.items())
        yield from ("", f"### `{name}`", "", chosen, "")
        yield _line("module", "result", "seen")
        yield _rule(3)
        for module, result in modules.items():
            yield _line(f"`{module}`", result["result"], result.get("journey", ""))


def _line(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _rule(columns: int) -> str:
    return "|" + " --- |" * columns


def _counts(told: Iterable[str]) -> list[int]:
    """In `_ORDER`; what did not end is none of these, and shows in the sum alone."""
    counted = Counter(told)
    return [counted.get(result, 0) for result in _ORDER]


def _variants(modules: Modules) -> list[str]:
    return list(dict.fromkeys(variant for found in modules.values() for variant in found))


def _variant(result: Mapping[str, Any]) -> str:
    chosen: str = result["variant"].get("ciba_mode") or result["variant"].get("client_registration", "")
    return chosen.removesuffix("_client") or "–"


if __name__ == "__main__":
    main()
