"""`python -m tests.conformance.table RESULTS`: the tables of `docs/conformance.md`, from what the suite said."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_ORDER = ("PASSED", "REVIEW", "WARNING", "SKIPPED", "FAILED")


def main() -> None:
    results = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    print("\n".join(tables(results)))


def tables(results: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A summary of the plans, then every module of each; a module run twice counts with its last result."""
    by_plan: dict[tuple[int, str], dict[str, dict[str, str]]] = {}
    for result in results:
        plan = by_plan.setdefault((result["row"], result["plan"]), {})
        plan.setdefault(result["module"], {})[_variant(result)] = result["result"]
    yield "| row | plan | variant | modules | " + " | ".join(_ORDER) + " |"
    yield "| --- | --- | --- | --- |" + " --- |" * len(_ORDER)
    for (row, name), modules in sorted(by_plan.items()):
        for variant in _variants(modules):
            told = Counter(found[variant] for found in modules.values() if variant in found)
            counts = " | ".join(str(told.get(result, 0)) for result in _ORDER)
            yield f"| {row} | `{name}` | {variant} | {sum(told.values())} | {counts} |"
    for (row, name), modules in sorted(by_plan.items()):
        variants = _variants(modules)
        yield ""
        yield f"### Row {row}: `{name}`"
        yield ""
        yield "| module | " + " | ".join(variants) + " |"
        yield "| --- |" + " --- |" * len(variants)
        for module, found in modules.items():
            yield f"| `{module}` | " + " | ".join(found.get(variant, "–") for variant in variants) + " |"


def _variants(modules: Mapping[str, Mapping[str, str]]) -> list[str]:
    return list(dict.fromkeys(variant for found in modules.values() for variant in found))


def _variant(result: Mapping[str, Any]) -> str:
    chosen: str = result["variant"].get("client_registration", "")
    return chosen.removesuffix("_client") or "–"


if __name__ == "__main__":
    main()
