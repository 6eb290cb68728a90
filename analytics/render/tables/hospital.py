"""The hospital beside the registry: an exact comparison, and a case series of both."""

from __future__ import annotations

from analytics.render.cells import Cell, fill, of
from analytics.render.formats import (
    NOTHING,
    between,
    count,
    decimal,
    months,
    p_value,
    per_100k,
    ratio,
    sentence,
    short,
)
from analytics.render.reasons import one_sided
from analytics.render.tables.table import ReportTable, Table
from analytics.results.characteristics import NumericSummary
from analytics.results.document import Results
from analytics.results.hospital import CaseSeriesGroup, HospitalComparison, Institution
from analytics.results.incidence import EraIncidence


def second_not_looked_for(results: Results) -> str:
    """Why the hospital has no number of second cancers, and what to do."""
    hospital, study = results.institution, results.study
    if hospital.second_is_looked_for is False:
        return (
            f"not looked for: the hospital's mapping does not list {study.second_label} among the second "
            f"cancers that its files cover ({count(hospital.n_index)} patients with {study.index_label})"
        )
    return (
        f"not stated whether {study.second_label} was looked for among its {count(hospital.n_index)} "
        f"patients with {study.index_label}: no row of its files has it; looked_for in its mapping says it"
    )


def comparison(results: Results) -> Table:
    """Two proportions and their ratio."""
    hospital, registry = results.institution, results.incidence_overall
    compared = hospital.comparison
    assert compared is not None
    return Table(
        title="The hospital against the registry",
        columns=("Source", "Second primaries of people", "Per 100,000 people (95% CI)",
                 "Ratio (95% CI)", "P"),
        rows=(
            ("Hospital", *_proportion(hospital), "", ""),
            ("Registry", *_proportion(registry), "", ""),
            ("Ratio of the proportions (exact CI; Fisher's P)", "", "", _ratio(compared),
             of(p_value(compared.fisher_p_value), compared, "fisher_p_value")),
            ("Expected at the registry's proportion (exact Poisson P)",
             fill("{}, against {} seen", _expected(registry, compared),
                  of(count(hospital.n_second), hospital, "n_second")),
             "", "", "not estimable" if compared.p_value is None
             else of(p_value(compared.p_value), compared, "p_value")),
        ),
        numeric=frozenset({1, 2, 3, 4}),
        footnotes=(
            "Years of diagnosis, age, referral and length of follow-up differ between the two, so the ratio "
            "compares two ways of finding cases, not two risks.",
            *one_sided((hospital.n_second, registry.n_second)),
        ),
    )  # fmt: skip


def _expected(registry: EraIncidence, compared: HospitalComparison) -> str:
    """None seen in the registry is no proportion of 0 to expect cases at."""
    text = decimal(compared.expected, 2) if registry.n_second else "not estimable"
    return of(text, compared, "expected")


def _ratio(compared: HospitalComparison) -> str:
    """With its interval; to none seen in the registry, the lower limit, which is all that is known."""
    both = compared.ratio
    if both.estimate is None and both.ci[0]:
        return of(f"at least {ratio(both.ci[0])}, exact 97.5% limit", compared, "ratio.ci[0]")
    return of(f"{ratio(both.estimate)} ({between(both.ci)})", compared, "ratio.estimate", "ratio.ci")


def _proportion(of_whom: Institution | EraIncidence) -> tuple[Cell, Cell]:
    return (
        of(f"{count(of_whom.n_second)} of {count(of_whom.n_index)}", of_whom, "n_second", "n_index"),
        of(f"{per_100k(of_whom.proportion)} ({between(of_whom.proportion_ci, per_100k)})",
           of_whom, "proportion", "proportion_ci"),
    )  # fmt: skip


COMPARISON = ReportTable(
    "hospital_comparison",
    "hospital",
    comparison,
    made_of=("incidence_overall", "institution"),
    when=lambda results: bool(results.institution.comparison),
    families=("The hospital against the registry",),
)


ROWS = {
    "age_at_index_years": "Age at {index}, years: median (range)",
    "latency_months": "Latency, months: median (range)",
    "age_at_second_years": "Age at {second}, years: median (range)",
}


def case_series(results: Results) -> Table:
    """What both sources record alike, side by side and together."""
    study, groups = results.study, results.institution.case_series
    names = {"index": study.index_short_label, "second": study.second_short_label}

    def row(label: str, cells) -> tuple[str, ...]:
        return (label, *(cells(group) for group in groups))

    rows = [row("Men", lambda g: _of(g, "n_male", "n"))]
    for at, label in enumerate(ROWS.values()):
        rows.append(row(label.format(**names), lambda g, at=at: _range(g.numeric[at])))
    rows += [
        row("Deaths", lambda g: _of(g, "deaths", "n_survival_known")),
        row(f"Survival after {names['second']}, months: median (95% CI)", _survival),
    ]
    return Table(
        title="Pooled case series: a description, not an estimate",
        columns=(
            "What both record",
            *(fill("{} (n\u00a0=\u00a0{})", sentence(group.group), of(count(group.n), group, "n"))
              for group in groups),
        ),
        rows=tuple(rows),
        numeric=frozenset({1, 2, 3}),
        footnotes=(
            "A case series has no denominator: nothing in the last column is a rate or a risk. Patients are "
            "not linked between the sources, so a patient in both is counted twice. Median survival is "
            "Kaplan-Meier's, with log-log confidence intervals.",
        ),
    )  # fmt: skip


CASE_SERIES = ReportTable(
    "case_series",
    "hospital",
    case_series,
    made_of=("institution",),
    when=lambda results: bool(results.institution.case_series),
)


def _of(group: CaseSeriesGroup, number: str, total: str) -> str:
    """1 of 3; nothing of nobody."""
    if not getattr(group, total):
        return NOTHING
    text = f"{count(getattr(group, number))} of {count(getattr(group, total))}"
    return of(text, group, number, total)


def _range(summary: NumericSummary) -> str:
    if summary.median is None:
        return NOTHING
    text = f"{short(summary.median)} ({short(summary.min)} to {short(summary.max)})"
    return of(text, summary, "median", "min", "max")


def _survival(group: CaseSeriesGroup) -> str:
    if group.median_survival is None:
        return NOTHING
    text = f"{months(group.median_survival)} ({between(group.median_survival_ci, months)})"
    return of(text, group, "median_survival", "median_survival_ci")
