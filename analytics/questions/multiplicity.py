"""How small is the smallest P among so many, once it is known how many were looked at?

Holm's adjustment (1979) within each family of tests that a reader sees side by side. A test that could not be
made has no P and does not count. Nothing is adjusted between families, and no P elsewhere is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analytics.estimators.multiplicity import holm
from analytics.questions.contrasts import ERA
from analytics.questions.incidence_by_era import are_too_few
from analytics.results.document import Results
from analytics.results.ids import FIRTH, TOGETHER, Cox
from analytics.results.statistical_tests import AdjustedTest, TestFamily

Asked = Iterator[tuple[str, float | None]]
LEVEL = 0.05
CONVENTIONAL, EXACT = ("pearson_chi2", "student_t"), ("fisher_exact", "mann_whitney")


def multiplicity(results: Results) -> tuple[TestFamily, ...]:
    """Every family in which at least one test was made, in the order of the report."""
    families = (_family(name, list(asked(results))) for name, asked in FAMILIES.items())
    return tuple(family for family in families if family.n_tests)


def _family(name: str, asked: list[tuple[str, float | None]]) -> TestFamily:
    known = [p for _, p in asked if p is not None]
    adjusted = iter(holm(known).tolist() if known else [])
    tests = tuple(AdjustedTest(what, p, None if p is None else next(adjusted)) for what, p in asked)
    return TestFamily(
        family=name,
        n_tests=len(known),
        n_below_05=sum(p < LEVEL for p in known),
        n_below_05_holm=sum(test.p_holm is not None and test.p_holm < LEVEL for test in tests),
        tests=tests,
    )


def _table1(names: tuple[str, ...]) -> Callable[[Results], Asked]:
    return lambda results: ((row.variable, row.p_value) for row in results.table1_tests if row.test in names)


def _levels(results: Results) -> Asked:
    for row in results.sir:
        dimension, level = next(iter(row.stratum.items()), ("", ""))
        if dimension not in ("", "from"):
            yield f"{dimension}: {level}", row.p_value


def _between_levels(results: Results) -> Asked:
    return ((f"{row.dimension}: {row.test}", row.p_value) for row in results.sir_tests)


def _latency(results: Results) -> Asked:
    return ((row.test, row.p_value) for row in results.latency_tests)


def _eras(results: Results) -> Asked:
    return ((row.estimator, row.p_value) for row in results.contrasts if row.question == ERA)


def _windows(results: Results) -> Asked:
    for window in results.fair_eras.windows:
        if not are_too_few(window.eras, "n_second"):
            yield f"latency within {window.window_months} months", window.latency_p_value


def _curves(results: Results) -> Asked:
    for analysis in results.survival:
        for test in analysis.tests:
            yield f"{analysis.id}: {test.test}", test.p_value


def _second_primary(results: Results) -> Asked:
    for model in results.cox:
        for term in model.terms:
            if model.id.is_after_index and term.variable == "second_primary":
                yield str(model.id), term.p_value


def _alone(results: Results) -> Asked:
    for model in results.cox:
        if model.id.kind is Cox.ALONE:
            yield from ((row.variable, row.p_value) for row in model.wald)


def _together(results: Results) -> Asked:
    for model in results.cox:
        if model.id == TOGETHER:
            yield from ((row.variable, row.p_value) for row in model.wald)


def _firth(results: Results) -> Asked:
    for model in results.cox:
        if model.id == FIRTH:
            yield from ((f"{term.variable}: {term.level}", term.p_value) for term in model.terms)


def _proportional_hazards(results: Results) -> Asked:
    for model in results.cox:
        if model.drift:
            yield str(model.id), model.drift.p_value


def _gray(results: Results) -> Asked:
    return ((str(row.id), row.gray.p_value) for row in results.competing if row.gray)


def _hospital(results: Results) -> Asked:
    comparison = results.institution.comparison
    if comparison:
        yield "observed against expected", comparison.p_value
        yield "Fisher's exact test", comparison.fisher_p_value


BETWEEN_LEVELS = "Observed over expected, between levels"
WITH_FIRTH = "Table 2, together with Firth's penalty"
FAMILIES: dict[str, Callable[[Results], Asked]] = {
    "Table 1, conventional": _table1(CONVENTIONAL),
    "Table 1, exact or by ranks": _table1(EXACT),
    "Last era against first, by method": _eras,
    "Observed over expected, level by level": _levels,
    BETWEEN_LEVELS: _between_levels,
    "Latency between eras": _latency,
    "Latency in equal windows": _windows,
    "Survival curves": _curves,
    "Hazard with the second primary, by method": _second_primary,
    "Table 2, each variable alone": _alone,
    "Table 2, together": _together,
    WITH_FIRTH: _firth,
    "Proportional hazards": _proportional_hazards,
    "Cumulative incidence between groups": _gray,
    "The hospital against the registry": _hospital,
}
"""Every list of P values that a table of the report prints, under the name of its family."""
