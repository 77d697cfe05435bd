"""What `motcua sandbox register` hands over to: writes the registers of N invented people, with a progress bar."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from examples.register_generator.faults import read_rates
from examples.register_generator.output import Recipe, write_registers

MOST_PEOPLE = 10_000_000


def main() -> None:
    options = _options()
    try:
        rates = read_rates(options.rates)
    except (OSError, ValueError) as error:
        sys.exit(f"motcua: {options.rates} cannot be used: {error}")
    recipe = Recipe(options.people, options.seed, rates, options.faults, without_numbers=options.without_numbers)
    started = time.monotonic()
    with _bar() as bar:
        task = bar.add_task("people", total=options.people)
        counts = write_registers(recipe, options.out, on_person=lambda: bar.advance(task))
    written = ", ".join(f"{register} {count:,}" for register, count in counts.items())
    print(f"{options.out}: {written} records in {time.monotonic() - started:.0f} s")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="motcua sandbox register")
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--faults", type=float, default=1.0)
    parser.add_argument("--rates", type=Path, default=None)
    parser.add_argument("--without-numbers", action="store_true")
    options = parser.parse_args()
    if not 0 < options.people <= MOST_PEOPLE or options.faults < 0:
        parser.error(f"people: 1 to {MOST_PEOPLE:,}; faults: 0 or more")
    return options


if __name__ == "__main__":
    main()
