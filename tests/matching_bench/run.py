"""One run: the registers of one seed, each pair of them once; every record as a first login."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from idp.identity.recognition.verdict import Verdict
from tests.matching_bench.imported import Imported, read_register, read_superseded
from tests.matching_bench.store import LINKS, Store
from tests.matching_bench.tally import Tally

PAIRS = (("tax", "insurance"), ("tax", "phone"), ("insurance", "phone"))
"""Which register is stored, and which is looked up in it."""

_CHUNK = 1000


@dataclass
class Timing:
    name: str
    records: int = 0
    seconds: float = 0.0
    candidates: int = 0

    @property
    def per_second(self) -> float:
        return self.records / max(self.seconds, 1e-9)


@dataclass
class Measured:
    tallies: list[Tally] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    false_merges: list[tuple[Imported, Imported]] = field(default_factory=list)
    """In every part of the run."""


def measure(folder: Path, *, on_part: Callable[[str], None] = lambda name: None) -> Measured:
    """Each pair of registers for itself, so that what one register lacks is not mended by a third."""
    measured = Measured()
    superseded = tuple(read_superseded(folder))
    for stored in dict.fromkeys(first for first, _ in PAIRS):
        on_part(f"{stored}: first logins")
        store, stored_of_truth = _filled(folder, (stored,), superseded, measured)
        for probed in (second for first, second in PAIRS if first == stored):
            on_part(f"{probed} looked up in {stored}")
            tally = Tally(stored, probed, superseded=superseded)
            timing = Timing(f"{probed} looked up in {stored}")
            for record, verdict in _timed(read_register(folder, probed), store.judge, store, timing):
                tally.count(record, verdict, store, stored_of_truth.get(record.truth, []) if record.truth else [])
            measured.tallies.append(tally)
            measured.timings.append(timing)
            measured.false_merges += tally.false_merges
        del store, stored_of_truth
    return measured


def measure_together(folder: Path) -> Measured:
    """All three registers in one store, one after the other: only for false merges, since chains show here."""
    measured = Measured()
    _filled(folder, ("tax", "insurance", "phone"), tuple(read_superseded(folder)), measured)
    return measured


def _filled(
    folder: Path, registers: tuple[str, ...], superseded: tuple[tuple[str, str], ...], measured: Measured
) -> tuple[Store, dict[str, list[int]]]:
    """A store in which every record logged in once, and where the records of each true person are in it."""
    store = Store(superseded)
    position = -1
    stored_of_truth: dict[str, list[int]] = defaultdict(list)
    for register in registers:
        merges = Tally("", register)
        timing = Timing(f"{register}: first logins")
        for record, verdict in _timed(read_register(folder, register), store.recognise, store, timing):
            position += 1
            if record.truth is not None:
                stored_of_truth[record.truth].append(position)
            if verdict.decision in LINKS:
                merges.count_merge(record, store.records_of(verdict.candidates[0].person_id))
        measured.timings.append(timing)
        measured.false_merges += merges.false_merges
    return store, stored_of_truth


def _timed(
    records: Iterator[Imported], recognise: Callable[[Imported], Verdict], store: Store, timing: Timing
) -> Iterator[tuple[Imported, Verdict]]:
    """Processor time of what the provider does; reading files and counting are not part of it."""
    while chunk := list(islice(records, _CHUNK)):
        started = time.process_time()
        verdicts = [recognise(record) for record in chunk]
        timing.seconds += time.process_time() - started
        timing.records += len(chunk)
        timing.candidates += store.candidates_seen
        store.candidates_seen = 0
        yield from zip(chunk, verdicts, strict=True)
