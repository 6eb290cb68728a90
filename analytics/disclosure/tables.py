"""The counts of the results with the sums between them.

Keys say whom a count counts: `index` everybody, `second` and `without` those with and without a second
primary, then the level: `second|sex=Male`. Whatever can be had by subtraction is a cell too, unprinted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from analytics.disclosure.cells import Cell, Counts, Sum, adding_up, gather, known, nested
from analytics.disclosure.compared import models, numeric
from analytics.disclosure.followup import competing, people_of, survival
from analytics.disclosure.ties import ties, with_or_without_reference
from analytics.results.characteristics import LevelCount
from analytics.results.cohort import DefinitionCount, ScreeningStep
from analytics.results.document import Results
from analytics.results.incidence import EraIncidence
from analytics.results.population import StandardisedIncidence

ANOTHER_CLOCK = "from"
"""A dimension of the standardised incidence that counts everybody again, from an earlier day."""

SIR_KEYS = {("race", "Unknown"): "race unknown"}


def counted_levels(results: Results) -> list[LevelCount]:
    """The rows of Table 1 that have a count; where nobody looked there is none, and nothing to protect.

    Likewise below of eras, definitions and strata of the standardised incidence.
    """
    return [row for row in results.table1 if row.n_with is not None]


def counted_eras(results: Results) -> list[EraIncidence]:
    return [row for row in results.eras if row.n_second is not None]


def counted_definitions(results: Results) -> list[DefinitionCount]:
    return [row for row in results.definitions if row.n_second is not None]


def counted_strata(results: Results) -> list[StandardisedIncidence]:
    return [row for row in results.sir if row.observed is not None]


def counts_of(results: Results) -> Counts:
    """Every count of people that the public report may print, or that its numbers may reveal."""
    parts = (cohort, attrition, characteristics, numeric, eras, definitions, incidence, survival, competing,
             hospital)  # fmt: skip
    counted = [*(item for part in parts for item in part(results)), *models(results, people_of(results))]
    return gather((*counted, *ties(gather(counted).cells, results)))


def cohort(results: Results) -> Iterator[Cell | Sum]:
    cohort_counts = results.cohort
    if cohort_counts.n_index is None:
        return
    yield Cell("index", cohort_counts.n_index, "cohort")
    if cohort_counts.n_second is None:
        return
    yield Cell("second", cohort_counts.n_second, "cohort")
    yield Cell("without", known(cohort_counts.n_without_second, "without"), "cohort")
    yield Sum("index", ("second", "without"))


def attrition(results: Results) -> Iterator[Cell | Sum]:
    if results.cohort.n_index is not None:
        yield from _flow(results.attrition, "attrition", "", Cell("index", results.cohort.n_index, ""))


def characteristics(results: Results) -> Iterator[Cell | Sum]:
    rows: dict[str, list[LevelCount]] = {}
    for row in counted_levels(results):
        rows.setdefault(row.variable, []).append(row)
    for variable, levels in rows.items():
        yield from _column(
            Cell("without", known(results.cohort.n_without_second, "without"), "cohort"),
            variable,
            levels[0].denominator_without,
            {row.level: row.n_without for row in levels},
        )
        yield from _column(
            Cell("second", known(results.cohort.n_second, "second"), "cohort"),
            variable,
            levels[0].denominator_with,
            {row.level: row.n_with for row in levels},
        )
        for row in levels:
            key = f"{variable}={row.level}"
            both = known(row.n_without, f"without|{key}") + known(row.n_with, f"second|{key}")
            yield Cell(f"index|{key}", both, "table1", public=False)
            yield Sum(f"index|{key}", (f"without|{key}", f"second|{key}"))


def _column(
    total: Cell, variable: str, denominator: int | None, counts: dict[str, int | None]
) -> Iterator[Cell | Sum]:
    """One group of Table 1: of whom a variable is known, each of its levels, and the rest."""
    of_known = f"{total.key}|{variable} known"
    n_known = Cell(of_known, known(denominator, of_known), "table1")
    keys = {f"{total.key}|{variable}={level}": count for level, count in counts.items()}
    each = [Cell(key, known(count, key), "table1") for key, count in keys.items()]
    unknown = Cell(f"{total.key}|{variable} unknown", total.value - n_known.value, "table1", public=False)
    yield from (n_known, *each, unknown)
    yield from adding_up(n_known, each, rest=f"{total.key}|{variable} of no level")
    yield Sum(total.key, (n_known.key, unknown.key))


def eras(results: Results) -> Iterator[Cell | Sum]:
    if results.cohort.n_index is None:
        return
    everybody, risk, observed = [], [], []
    for row in results.eras:
        key = f"era={row.era}"
        n_index = known(row.n_index, f"index|{key}")
        everybody.append(Cell(f"index|{key}", n_index, "eras"))
        yield everybody[-1]
        if row.n_second is None:
            continue
        yield Cell(f"second|{key}", row.n_second, "eras")
        yield Cell(f"without|{key}", n_index - row.n_second, "eras", public=False)
        yield Sum(f"index|{key}", (f"second|{key}", f"without|{key}"))
        if row.observed is None:
            continue
        risk.append(Cell(f"risk|{key}", known(row.n_index_at_risk, f"risk|{key}"), "eras"))
        observed.append(Cell(f"observed|{key}", row.observed, "eras"))
        yield from _at_risk(risk[-1], observed[-1])
        yield from nested(observed[-1], Cell(f"second|{key}", row.n_second, "eras"))
    yield from _of_all_eras(results, risk, observed)
    yield from adding_up(Cell("index", results.cohort.n_index, "cohort"), everybody, rest="index|era of none")


def _of_all_eras(results: Results, risk: list[Cell], observed: list[Cell]) -> Iterator[Cell | Sum]:
    """The corrected counts of all eras; the published second primaries are theirs but for a few."""
    whole = results.incidence_overall
    if whole.observed is None:
        return
    all_risk = Cell("risk", known(whole.n_index_at_risk, "risk"), "eras")
    all_observed = Cell("observed", whole.observed, "eras")
    yield from _at_risk(all_risk, all_observed)
    yield from nested(all_observed, Cell("second", known(results.cohort.n_second, "second"), "cohort"))
    yield from adding_up(all_risk, risk, rest="risk|era of none")
    yield from adding_up(all_observed, observed, rest="observed|era of none")


def _at_risk(risk: Cell, observed: Cell) -> Iterator[Cell | Sum]:
    """Of the corrected cohort, who is watched when second primaries start to count has one later or not."""
    without = Cell(f"{risk.key} without", risk.value - observed.value, "eras", public=False)
    yield from (risk, observed, without, Sum(risk.key, (observed.key, without.key)))


def definitions(results: Results) -> Iterator[Cell | Sum]:
    """Wider definitions hold the narrower ones, so two of them differ by people."""
    cells = [
        Cell(key, known(row.n_second, key), "definitions")
        for row in counted_definitions(results)
        for key in [definition_key(results, row)]
    ]
    cells.sort(key=lambda cell: cell.value)
    yield from cells
    for narrow, wide in pairwise(cells):
        yield from adding_up(wide, [narrow], rest=f"{wide.key} less {narrow.key}")


def definition_key(results: Results, row: DefinitionCount) -> str:
    """The selected definition counts the published second primaries themselves."""
    chosen = row.is_selected and row.n_second == results.cohort.n_second
    return "second" if chosen else f"second|definition={row.definition}"


def incidence(results: Results) -> Iterator[Cell | Sum]:
    """Observed counts of the standardised incidence, tied to the corrected counts that they are of.

    A level's corrected count is Table 1's published one and a few people more: the two are nested. Where a
    rate covers every case, the ratio's are those of the rates, and every reader takes them to be.
    """
    others = {
        cell.key: cell for cell in (*characteristics(results), *eras(results)) if isinstance(cell, Cell)
    }
    by_dimension: dict[str, list[Cell]] = {}
    everybody = None
    for row in counted_strata(results):
        dimension, level = next(iter(row.stratum.items()), ("all", "all"))
        key = sir_key(row.stratum)
        observed = Cell(key, known(row.observed, key), "sir")
        yield observed
        n_without = row.observed_without_reference
        both = Cell(with_or_without_reference(key), observed.value + n_without, "sir", public=False)
        yield from (both, *adding_up(both, [observed], rest=f"{key} without reference"))
        keys: tuple[str, ...] = ("observed",)
        if dimension == "all":
            everybody = observed
        elif dimension == ANOTHER_CLOCK:
            by_dimension[dimension] = [observed]
        else:
            by_dimension.setdefault(dimension, []).append(observed)
            level_key = SIR_KEYS.get((dimension, level), f"{dimension}={level}")
            keys = (f"observed|{level_key}", f"second|{level_key}")
        for counted in [others[name] for name in keys if name in others]:
            yield from nested(both, counted)
    if everybody is not None:
        for dimension, levels in by_dimension.items():
            total, parts = (levels[0], [everybody]) if dimension == ANOTHER_CLOCK else (everybody, levels)
            yield from adding_up(total, parts, rest=f"sir|{dimension} of none")


def sir_key(stratum: dict[str, str]) -> str:
    return "sir|" + (", ".join(f"{name}={level}" for name, level in sorted(stratum.items())) or "all")


def hospital(results: Results) -> Iterator[Cell | Sum]:
    """The hospital's own people; never added to the registry's."""
    institution = results.institution
    if not institution.n_index:
        return
    index = Cell("hospital|index", institution.n_index, "institution")
    yield index
    if institution.n_second is not None:
        without = institution.n_index - institution.n_second
        yield Cell("hospital|second", institution.n_second, "institution")
        yield Cell("hospital|without", without, "institution", public=False)
        yield Sum("hospital|index", ("hospital|second", "hospital|without"))
    yield from _flow(institution.flow, "institution", "hospital|", index)


def _flow(steps: Sequence[ScreeningStep], table: str, prefix: str, last: Cell) -> Iterator[Cell | Sum]:
    """A chain: who came in is who was removed and who was left, and who was left comes into the next step."""
    for at, row in enumerate(steps):
        before, removed, after = flow_keys(steps, at, prefix, last.value, last.key)
        yield Cell(before, row.n_in, table)
        yield Cell(removed, row.n_removed, table)
        yield Cell(after, row.n_left, table)
        yield Sum(before, (removed, after))


def flow_keys(
    steps: Sequence[ScreeningStep], at: int, prefix: str, n_index: int | None, index_key: str
) -> tuple[str, str, str]:
    """Keys of who came into a step, was removed by it and was left; the last to be left are the cohort."""
    is_last = at == len(steps) - 1 and steps[at].n_left == n_index
    after = index_key if is_last else f"{prefix}screened|{at + 1}"
    return f"{prefix}screened|{at}", f"{prefix}removed|{at + 1}", after
