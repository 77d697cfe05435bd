"""`make bench-candidates`: what it costs to look for a person among many, in a real PostgreSQL.

One round trip each. The processor time is ours (keys, hashes, opening what was found, deciding) and the
database's, each alone; the time on the clock depends on what else the machine does.
"""

import argparse
import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from examples.register_generator.faults import read_rates
from examples.register_generator.numbers import Numbers
from examples.register_generator.people import Person, draw_people
from idp.identity.pivot import PivotIdentity
from idp.identity.recognition.candidate_search import find_candidates
from idp.identity.recognition.verdict import judge
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.matching_bench.stored_people import fill, identity_of
from tests.performance.measure import usage_of
from tests.support.postgresql import PostgresqlServer, start_server

_KEY = bytes(range(32))
_STRANGERS = 4
"""Of so many who are looked up, one is not stored."""


def main() -> None:
    options = _options()
    print(f"{'people':>12}" + "".join(f"{name:>12}" for name in _COLUMNS) + "  decisions")
    server = start_server()
    try:
        for count in options.people:
            asyncio.run(_measure(server, count, options))
    finally:
        server.remove()


_COLUMNS = ("compared", "our CPU ms", "its CPU ms", "p50 ms", "p95 ms", "fill s", "size GB")


@dataclass
class Looks:
    milliseconds: list[float] = field(default_factory=list)
    decisions: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    our_cpu: float = 0.0
    its_cpu: float = 0.0


async def _measure(server: PostgresqlServer, count: int, options: argparse.Namespace) -> None:
    name, vault, rates = server.fresh_database(), Vault([("k1", _KEY)]), read_rates()
    strangers = options.looks // _STRANGERS
    people = draw_people(count + strangers, seed=options.seed, numbers=Numbers())
    chosen: list[Person] = []
    started = time.monotonic()
    stored = _sampled(islice(people, count), chosen, every=max(count // options.looks, 1))
    await fill(server.url(name), vault, stored, rates["insurance"], seed=options.seed, filler=options.filler)
    filled = time.monotonic() - started
    looked_up = [identity_of(one, rates["phone"], seed=options.seed, what="looked up") for one in (*chosen, *people)]
    await _look(server, name, vault, looked_up[::5])
    looks = await _look(server, name, vault, looked_up)
    size = int(server.run_sql(f"SELECT pg_database_size('{name}')")) / 1e9
    told = " ".join(f"{decision} {number}" for decision, number in sorted(looks.decisions.items()))
    each = [1000 * looks.our_cpu, 1000 * looks.its_cpu]
    p50, p95 = (statistics.quantiles(looks.milliseconds, n=20)[place] for place in (9, 18))
    figures = (looks.compared, *each)
    line = "".join(f"{figure / len(looked_up):>12.2f}" for figure in figures)
    line += "".join(f"{figure:>12.2f}" for figure in (p50, p95, filled, size))
    print(f"{count + options.filler:>12,}{line}  {told}", flush=True)
    server.drop_database(name)


def _sampled(people: Iterable[Person], chosen: list[Person], *, every: int) -> Iterator[Person]:
    for number, person in enumerate(people):
        if number % every == 0:
            chosen.append(person)
        yield person


async def _look(server: PostgresqlServer, name: str, vault: Vault, looked_up: Iterable[PivotIdentity]) -> Looks:
    looks, database = Looks(), open_database(server.url(name))
    try:
        await database.fetch_row("SELECT 1 AS one")
        looks.our_cpu, looks.its_cpu = -time.process_time(), -_database_cpu(server)
        for identity in looked_up:
            started = time.perf_counter()
            found = await find_candidates(database, vault, identity)
            verdict = judge(identity, found)
            looks.milliseconds.append(1000 * (time.perf_counter() - started))
            looks.decisions[verdict.decision] += 1
            looks.compared += len(found.people)
        looks.our_cpu, looks.its_cpu = looks.our_cpu + time.process_time(), looks.its_cpu + _database_cpu(server)
    finally:
        await database.close()
    return looks


def _database_cpu(server: PostgresqlServer) -> float:
    assert server.process is not None
    return usage_of(server.process.pid).cpu_seconds


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-candidates")
    parser.add_argument("--people", type=int, nargs="+", default=[100_000])
    parser.add_argument("--looks", type=int, default=2000, help="how many are looked up")
    parser.add_argument("--filler", type=int, default=0, help="people more, of whom there are numbers and keys only")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
