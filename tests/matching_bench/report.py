"""The answer of a run, as text: what must be reached and what was, then everything that explains it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from idp.identity.decision_table import Decision
from tests.matching_bench.imported import Imported
from tests.matching_bench.run import Measured
from tests.matching_bench.tally import Kind, Numbers, Tally

_LINKED = (Decision.LINK, Decision.LINK_TOL)
_OFFERED = (*_LINKED, Decision.PROVE, Decision.REVIEW)
_MISSES = 10
_EXPLAINED = {
    "P0": "same number",
    "P1": "number one slip apart",
    "PX": "different numbers",
    "P?": "no number on a side",
    "GX": "number contradicts its record",
    "SX": "sexes differ",
    "SR": "sexes differ, number re-issued",
    "S?": "sex missing",
    "N2": "y for i",
    "N3": "marks missing",
    "NT": "marks differ",
    "N4": "other order",
    "N5": "middle word missing",
    "N6": "one letter",
    "NX": "names differ",
    "N?": "no name",
    "D1": "year alone or 01-01",
    "D2": "day and month swapped",
    "DX": "dates differ",
    "D?": "no date",
    "BX": "places differ",
    "B?": "place missing",
}


def report(measured: Measured, *, together: Measured | None, usual_rates: bool = True) -> Iterator[str]:
    """The goals of recall are for the usual rates of mistakes; that nobody is merged wrongly is for any."""
    merges = len(measured.false_merges) + (len(together.false_merges) if together else 0)
    linked = sum(tally.decisions[decision] for tally in measured.tallies for decision in _LINKED)
    yield "to reach"
    precision = 1 - len(measured.false_merges) / max(linked, 1)
    yield _goal(
        "precision of LINK and LINK_TOL", f"{precision:.6f} ({merges} false merges, {linked:,} links)", merges == 0
    )
    yield from _goals(measured.tallies, usual_rates=usual_rates)
    yield ""
    for tally in measured.tallies:
        yield from _table(tally)
    yield from _misses(measured.tallies)
    yield ""
    for timing in [*measured.timings, *(together.timings if together else ())]:
        yield (
            f"  {timing.name:<32}{timing.records:>10,} records {timing.per_second:>8,.0f}/s"
            f"{timing.candidates / max(timing.records, 1):>7.2f} candidates each"
        )
    for record, other in [*measured.false_merges, *(together.false_merges if together else ())][:_MISSES]:
        yield f"  FALSE MERGE {record.record_id} with {other.record_id}"


def _goals(tallies: Sequence[Tally], *, usual_rates: bool) -> Iterator[str]:
    insurance = [tally for tally in tallies if tally.probed == "insurance"]
    phone = [tally for tally in tallies if tally.probed == "phone"]
    for name, chosen, numbers, decisions, wanted in (
        ("tax with insurance: linked by themselves", insurance, Numbers.BOTH, _LINKED, 94.0),
        ("with phone: linked by themselves", phone, Numbers.BOTH, _LINKED, 91.0),
        ("with a number on both sides: not lost to NEW", tallies, Numbers.BOTH, _OFFERED, 99.5),
        ("no number on a side: offered PROVE or REVIEW", tallies, Numbers.NOT_BOTH, _OFFERED, 95.0),
    ):
        counts = [tally.recall(numbers, *decisions) for tally in chosen]
        found, total = sum(count for count, _ in counts), sum(total for _, total in counts)
        share = 100 * found / max(total, 1)
        if usual_rates:
            yield _goal(name, f"{share:.2f} % of {total:,} pairs (goal {wanted} %)", share >= wanted)
        else:
            yield f"  {name:<46} {share:.2f} % of {total:,} pairs"


def _goal(name: str, value: str, reached: bool) -> str:
    return f"  {name:<46} {value:<48} {'ok' if reached else 'MISSED'}"


def _table(tally: Tally) -> Iterator[str]:
    yield f"{tally.probed} looked up in {tally.stored}: {tally.decisions.total():,} records"
    titles = ("pairs with", "recall", "without", "recall")
    yield f"  {'decision':<10}{'records':>10}{'precision':>11}" + "".join(f"{title:>12}" for title in titles)
    for decision in Decision:
        counts = [tally.recall(numbers, decision) for numbers in Numbers]
        cells = "".join(f"{found:>12,}{100 * found / max(total, 1):>11.2f}%" for found, total in counts)
        made = tally.decisions[decision]
        precision = f"{tally.right[decision] / made:>11.6f}" if made else f"{'-':>11}"
        yield f"  {decision:<10}{made:>10,}{precision}{cells}"
    several = ", ".join(f"{decision} {count:,}" for decision, count in sorted(tally.homonyms.items())) or "none"
    yield f"  several people resemble a record without a number: {several}"
    yield f"  pairs offered through another record of the same person: {tally.through_another:,}"
    yield ""


def _misses(tallies: Sequence[Tally]) -> Iterator[str]:
    """The most frequent reasons: half of them for pairs that are lost, half for those that are asked about."""
    counts: Counter[Kind] = Counter()
    for tally in tallies:
        counts.update(tally.misses)
    lost = [kind for kind, _ in counts.most_common() if kind[0] is Decision.NEW]
    asked = [kind for kind, _ in counts.most_common() if kind[0] is not Decision.NEW]
    yield "the most telling misses: pairs of one person that are lost, then pairs with numbers that do not link"
    for kind in [*lost[: _MISSES // 2], *asked[: _MISSES - min(len(lost), _MISSES // 2)]]:
        decision, codes = kind
        record, other = next(tally.examples[kind] for tally in tallies if kind in tally.examples)
        why = "; ".join(_EXPLAINED.get(code, code) for code in codes) or "nothing: it has rivals"
        yield f"  {counts[kind]:>7,}  {decision:<7}{why}"
        yield f"                  {_shown(other)}  |  {_shown(record)}"


def _shown(record: Imported) -> str:
    values = (record.name, record.birthdate, record.sex, record.personal_id, record.birthplace)
    return ", ".join(value or "-" for value in values)
