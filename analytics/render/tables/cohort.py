"""Tables about people: who was included, who they are, how often and how long between."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from analytics.questions.incidence_by_era import COUNTS, STRATIFIED, are_too_few
from analytics.render.cells import Cell, computed, fill, of
from analytics.render.formats import (
    NOTHING,
    between,
    count,
    decimal,
    months,
    or_state,
    p_is,
    p_value,
    per_100k,
    sentence,
    share,
    short,
    with_limits,
)
from analytics.render.labels import definition_label, level_label, test_label, variable_label
from analytics.render.reasons import one_sided, reasons
from analytics.render.tables.eras import FEW, truncation_warnings
from analytics.render.tables.table import ReportTable, Table
from analytics.results.characteristics import LevelCount
from analytics.results.cohort import ScreeningStep
from analytics.results.document import Results
from analytics.results.incidence import EraIncidence
from analytics.results.statistical_tests import Table1Test


def cohort_flow(results: Results) -> Table:
    """Who was left out, rule by rule."""
    return _flow("Who was included: the screening rules in order", results.attrition)


COHORT_FLOW = ReportTable(
    "cohort_flow", "included", cohort_flow, made_of=("attrition",), fold="The same as a table"
)


def institution_flow(results: Results) -> Table:
    """Who of the hospital's patients was left out."""
    title = "Who was included of the hospital's patients: the same rules in order"
    return _flow(title, results.institution.flow)


INSTITUTION_FLOW = ReportTable(
    "institution_flow",
    "hospital",
    institution_flow,
    made_of=("institution",),
    when=lambda results: bool(results.institution.n_index),
    fold="How the hospital's patients were screened",
)


def _flow(title: str, flow: Sequence[ScreeningStep]) -> Table:
    return Table(
        title=title,
        columns=("Rule", "Removed when", "In", "Removed", "Left"),
        rows=tuple(
            (f"{step.step}. {sentence(step.rule)}", sentence(step.reason),
             *(of(count(getattr(step, name)), step, name) for name in ("n_in", "n_removed", "n_left")))
            for step in flow
        ),
        numeric=frozenset({2, 3, 4}),
    )  # fmt: skip


def definitions(results: Results) -> Table:
    """How many second primaries each definition would give."""
    return Table(
        title=f"{results.study.second_short_label} under each definition of the study",
        columns=("Definition", "Used here", "Second primaries"),
        rows=tuple(
            (
                definition_label(results.study, row.definition),
                "yes" if row.is_selected else "no",
                of(or_state(count(row.n_second), row), row, "n_second"),
            )
            for row in results.definitions
        ),
        numeric=frozenset({2}),
        footnotes=("Of the conventional cohort.",),
    )


DEFINITIONS = ReportTable(
    "definitions",
    "included",
    definitions,
    made_of=("definitions", "published"),
)


def table1(results: Results) -> Table:
    """Characteristics of people with and without a second primary, each test beside its exact sibling."""
    study, cohort = results.study, results.cohort
    second = study.second_short_label
    rows: list[tuple[str, ...]] = []
    groups: set[int] = set()
    tests = {(test.variable, test.test): test for test in results.table1_tests}
    unknown = {row.variable: row for row in results.table1_unknown}
    for variable in dict.fromkeys(row.variable for row in results.table1):
        pearson, exact = tests.get((variable, "pearson_chi2")), tests.get((variable, "fisher_exact"))
        levels = [row for row in results.table1 if row.variable == variable]
        groups.add(len(rows))
        if levels[0].state == "not_delivered":
            rows.append((variable_label(study, variable, table=1), *[or_state("", levels[0])] * 2, *[""] * 4))
            continue
        rows.append(
            (variable_label(study, variable, table=1), "", "", _statistic(pearson), _p(pearson), _p(exact),
             of(decimal(pearson.min_expected), pearson, "min_expected") if pearson else NOTHING)
        )  # fmt: skip
        for row in levels:
            rows.append(
                (level_label(row.level), _share(row, "without"), _share(row, "with"), "", "", "", "")
            )  # fmt: skip
        left_out = unknown.get(variable)
        if left_out and (left_out.n_without or left_out.n_with):
            rows.append(
                (
                    "Not known, left out above",
                    of(count(left_out.n_without), left_out, "n_without"),
                    of(count(left_out.n_with), left_out, "n_with"),
                    "",
                    "",
                    "",
                    "",
                )
            )
    age = "age_at_index_years"
    student, ranks = tests.get((age, "student_t")), tests.get((age, "mann_whitney"))
    groups.add(len(rows))
    rows.append(
        (
            variable_label(study, age),
            "",
            "",
            _statistic(student),
            _p(student),
            _p(ranks),
            "",
        )
    )
    summaries = {row.group: row for row in results.table1_numeric if row.variable == age}
    groups_of = (summaries["without"], summaries["with"])
    for name, form in (
        ("Median (range)",
         lambda s: of(f"{short(s.median)} ({short(s.min)} to {short(s.max)})", s, "median", "min", "max")),
        ("Mean (SD)", lambda s: of(f"{decimal(s.mean)} ({decimal(s.sd)})", s, "mean", "sd")),
    ):  # fmt: skip
        texts = (form(group) if group.n else NOTHING for group in groups_of)
        rows.append((name, *texts, "", "", "", ""))
    return Table(
        title=f"Table 1. Characteristics of patients with {study.index_label},"
        f" with and without {study.second_label}",
        columns=(
            "Characteristic",
            fill(
                "Without {} (n\u00a0=\u00a0{})",
                second,
                of(count(cohort.n_without_second), cohort, "n_without_second"),
            ),
            fill("With {} (n\u00a0=\u00a0{})", second, of(count(cohort.n_second), cohort, "n_second")),
            "Test statistic",
            "P, conventional",
            "P, exact or by ranks",
            "Smallest expected count",
        ),
        rows=tuple(rows),
        groups=frozenset(groups),
        numeric=frozenset({1, 2, 3, 4, 5, 6}),
        footnotes=(
            "P, conventional: Pearson's chi-squared test without continuity correction; Student's t test "
            "for age. P, exact or by ranks: Fisher's exact test (Freeman-Halton for more than two levels); "
            "Mann-Whitney test for age. Where the smallest expected count is below 5, use the exact P.",
            "No/Unknown is what the registry records: treatment not known to have been given.",
            "An age of 85 stands for 85 and over where the registry's top code was used.",
            *reasons(results.table1_tests, attrgetter("variable")),
        ),
    )


TABLE_1 = ReportTable(
    "table1",
    "characteristics",
    table1,
    made_of=("cohort", "table1", "table1_numeric", "table1_tests", "table1_unknown"),
    families=("Table 1, conventional", "Table 1, exact or by ranks"),
)


def incidence(results: Results) -> Table:
    """How often, by era: people, person-years, limits."""
    study = results.study
    rows = [_incidence(row, row.era) for row in results.eras]
    rows.append(_incidence(results.incidence_overall, "All years"))
    return Table(
        title=f"{sentence(study.second_label)} after {study.index_label}, by era of the index cancer",
        columns=("Era", "Second primaries of people at risk, corrected", "Person-years",
                 "Per 100,000 person-years (95% CI)",
                 "Second primaries of people, conventional", "Per 100,000 people (95% CI)"),
        rows=tuple(rows),
        numeric=frozenset({1, 2, 3, 4, 5}),
        footnotes=(
            f"Exact confidence intervals. Person-years start {study.min_latency_months} months after "
            "the index cancer, "
            "when second primaries start to count, and end at the second primary, death, loss or cutoff. "
            "Corrected: of everybody under observation then, whatever came after the second primary.",
            *one_sided(
                seen
                for row in (*results.eras, results.incidence_overall)
                for seen in (row.n_second, row.observed)
            ),
            *_ratios(results),
        ),
    )  # fmt: skip


INCIDENCE = ReportTable(
    "incidence",
    "incidence",
    incidence,
    made_of=("era_ratios", "eras", "incidence_overall"),
)


def _incidence(row: EraIncidence, name: str) -> tuple[str, ...]:
    return (
        name,
        of(f"{count(row.observed)} of {count(row.n_index_at_risk)}", row, "observed", "n_index_at_risk"),
        of(count(row.person_years), row, "person_years"),
        of(with_limits(row.rate_per_100k, row.rate_ci, decimal), row, "rate_per_100k", "rate_ci"),
        of(f"{count(row.n_second)} of {count(row.n_index)}", row, "n_second", "n_index"),
        of(
            f"{per_100k(row.proportion)} ({between(row.proportion_ci, per_100k)})",
            row,
            "proportion",
            "proportion_ci",
        ),
    )


def _share(row: LevelCount, group: str) -> Cell:
    """10 of 18 (55.6%)."""
    number, total = getattr(row, f"n_{group}"), getattr(row, f"denominator_{group}")
    if not total or number is None:
        return of(share(number, total), row, f"n_{group}")
    counts = f"n_{group}", f"denominator_{group}"
    percentage = computed(100 * number / total, "Percentage", "100 * {} / {}", row, *counts)
    return of(share(number, total), row, *counts, percentage)


def _ratios(results: Results) -> tuple[str, ...]:
    """The last era against the first, each way of asking, the primary estimate first, and what rests on too
    few events."""
    primary_first = sorted(results.era_ratios, key=lambda ratio: ratio.label != STRATIFIED)
    return tuple(
        f"{'Primary estimate' if ratio.label == STRATIFIED else 'Crude'}"
        f"{FEW if are_too_few(results.eras, COUNTS[ratio.label]) else ''}: {ratio.numerator} over "
        f"{ratio.denominator}, {ratio.label}: "
        f"{with_limits(ratio.estimate, ratio.ci)}, {p_is(ratio.p_value)} ({ratio.method})."
        for ratio in primary_first
        if ratio.estimate is not None
    )


def latency(results: Results) -> Table:
    """How long between, by era, and what each era's follow-up could have shown."""
    study = results.study
    return Table(
        title=f"Months from {study.index_label} to {study.second_label}",
        columns=("Era", "Second primaries", "Median (range), months", "Mean (SD), months",
                 "Longest that follow-up could show, months"),
        rows=tuple(
            (
                row.era,
                of(count(row.latency.n), row, "latency.n"),
                of(f"{months(row.latency.median)} ({months(row.latency.min)} to {months(row.latency.max)})",
                   row, "latency.median", "latency.min", "latency.max"),
                of(f"{decimal(row.latency.mean)} ({decimal(row.latency.sd)})",
                   row, "latency.mean", "latency.sd"),
                of(count(row.longest_observable_latency_months), row, "longest_observable_latency_months"),
            )
            for row in results.eras
        ),
        numeric=frozenset({1, 2, 3, 4}),
        footnotes=(
            *_latency_tests(results),
            *truncation_warnings(results),
        ),
    )  # fmt: skip


LATENCY = ReportTable(
    "latency",
    "latency",
    latency,
    made_of=("eras", "fair_eras", "latency_tests"),
)


def _latency_tests(results: Results) -> tuple[str, ...]:
    """The tests of latencies as observed, which are conventional, with what makes them unfit."""
    p_values = {row.test: row.p_value for row in results.latency_tests if row.p_value is not None}
    names = {
        "student_t": "Student's t P {} (conventional)",
        "welch_t": "Welch P {}",
        "mann_whitney": "Mann-Whitney P {}",
    }
    sentences = [words.format(p_value(p_values[name])) for name, words in names.items() if name in p_values]
    line: tuple[str, ...] = ()
    if sentences:
        line = (
            f"Latencies as observed, first era against last: {', '.join(sentences)}. Eras were followed for "
            "unequal times, so that observed latencies differ even if nothing changed: nothing is concluded "
            "from these tests, and eras are compared in equal windows.",
        )
    if not results.latency_tests:
        return (str(results.fair_eras.reason),)
    return (*line, *reasons(results.latency_tests, lambda row: test_label(row.test)))


def _p(test: Table1Test | None) -> str:
    return NOTHING if test is None else of(or_state(p_value(test.p_value), test), test, "p_value")


def _statistic(test: Table1Test | None) -> str:
    return of(decimal(test.statistic, 3), test, "statistic") if test else NOTHING
