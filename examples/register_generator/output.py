"""The files of one run: a register a file, the hidden truth beside them, and what it was all made with."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from examples.register_generator.faults import FaultRates
from examples.register_generator.numbers import Numbers
from examples.register_generator.on_purpose import COUNTS, OnPurpose, PutIn
from examples.register_generator.people import draw_people
from examples.register_generator.registers import Register, Registrar

MANIFEST, TRUTH, SUPERSEDED = "manifest.json", "truth.jsonl", "superseded.jsonl"
_FORMAT = 1


@dataclass(frozen=True)
class Recipe:
    people: int
    seed: int
    rates: Mapping[str, FaultRates]
    factor: float = 1.0
    """By which all rates are multiplied."""
    without_numbers: bool = False
    """As in 2018: nobody has a personal ID in any register yet."""


def entries_of(recipe: Recipe, *, on_person: Callable[[], None] = lambda: None) -> Iterator[PutIn]:
    """Everything of one recipe, in an order and with values that depend on nothing else."""
    numbers = Numbers()
    rates = {register: rate.times(recipe.factor) for register, rate in recipe.rates.items()}
    registrar = Registrar(rates, seed=recipe.seed, numbers=numbers, without_numbers=recipe.without_numbers)
    if not recipe.without_numbers:
        yield from OnPurpose(registrar, seed=recipe.seed, numbers=numbers).entries()
    for person in draw_people(recipe.people, seed=recipe.seed, numbers=numbers):
        yield from (PutIn(entry) for entry in registrar.enter(person))
        on_person()


def write_registers(recipe: Recipe, folder: Path, *, on_person: Callable[[], None] = lambda: None) -> Mapping[str, int]:
    """Writes as it draws; what it holds in memory does not grow with the number of people. Returns counts."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    with ExitStack() as stack:
        lines = {
            name: stack.enter_context((folder / name).open("w", encoding="utf-8", newline="\n"))
            for name in (*(f"{register}.jsonl" for register in Register), TRUTH, SUPERSEDED)
        }
        for put_in in entries_of(recipe, on_person=on_person):
            entry = put_in.entry
            counts[entry.register] += 1
            faults.update(f"{entry.register}.{fault}" for fault in entry.faults)
            _write(lines[f"{entry.register}.jsonl"], entry.record)
            truth = {"record_id": entry.record["record_id"], "person_id": entry.person_id, "used_by": entry.used_by}
            _write(lines[TRUTH], {**truth, "faults": list(entry.faults)})
            if put_in.superseded is not None:
                old, new = put_in.superseded
                _write(lines[SUPERSEDED], {"old": old, "new": new})
    _write_manifest(folder, recipe, counts, faults)
    return counts


def _write_manifest(folder: Path, recipe: Recipe, counts: Mapping[str, int], faults: Mapping[str, int]) -> None:
    manifest = {
        "note": "Invented people. Their numbers are given to nobody; nothing here was taken from a real register.",
        "format": _FORMAT,
        "people": recipe.people,
        "seed": recipe.seed,
        "factor": recipe.factor,
        "without_numbers": recipe.without_numbers,
        "put_in_on_purpose": {} if recipe.without_numbers else COUNTS,
        "records": dict(sorted(counts.items())),
        "faults_made": dict(sorted(faults.items())),
        "rates": {register: asdict(rates) for register, rates in recipe.rates.items()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8", newline="\n")


def _write(file: IO[str], value: Mapping[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
