"""`make bench-matching`: makes the registers of each seed, matches them, and prints what came out."""

import argparse
import gc
import resource
import sys
import tempfile
import time
from pathlib import Path

from examples.register_generator.faults import read_rates
from examples.register_generator.output import Recipe, write_registers
from tests.matching_bench.report import report
from tests.matching_bench.run import measure, measure_together


def main() -> None:
    options = _options()
    # Nothing here refers to itself: looking for circles among millions of records would only cost time.
    gc.disable()
    failed = [seed for seed in options.seeds if not _run(seed, options)]
    if failed:
        sys.exit(f"people were merged who are not one: seeds {failed}")


def _run(seed: int, options: argparse.Namespace) -> bool:
    """Whether nobody was merged who is not one person."""
    started = time.monotonic()
    rates = read_rates(options.rates)
    usual_rates = options.rates is None and options.faults == 1
    print(f"== {options.people:,} people, seed {seed}, faults times {options.faults:g}", flush=True)
    with tempfile.TemporaryDirectory(prefix="motcua-registers-") as temporary:
        folder = Path(temporary)
        counts = write_registers(Recipe(options.people, seed, rates, options.faults), folder)
        made = time.monotonic() - started
        _note(f"registers made in {made:.0f} s")
        measured = measure(folder, on_part=_note)
        together = measure_together(folder) if options.together else None
    print("\n".join(report(measured, together=together, usual_rates=usual_rates)))
    records = ", ".join(f"{register} {count:,}" for register, count in counts.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = time.monotonic() - started
    print(
        f"  {records} records; {total:.0f} s in all, {made:.0f} s of it making them; peak memory {peak:,.0f} MiB\n",
        flush=True,
    )
    return not measured.false_merges and not (together and together.false_merges)


def _note(text: str) -> None:
    print(f"   {text} …", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-matching")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--faults", type=float, default=1.0, help="multiply every rate of mistakes")
    parser.add_argument("--rates", type=Path, default=None, help="a file of rates instead of the usual one")
    parser.add_argument("--together", action="store_true", help="also all three registers in one store")
    return parser.parse_args()


if __name__ == "__main__":
    main()
