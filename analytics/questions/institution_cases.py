"""What happened to the hospital's own patients, and how do they compare with the registry?

The hospital's second primaries are described one by one, and as a case series beside and with the registry's.
A case series has no denominator and estimates nothing. Nobody is linked between the two sources, so that a
patient of the hospital whom the registry also counts would stand in the pooled series twice.
"""

from __future__ import annotations

import polars as pl

from analytics.estimators import comparisons, rates
from analytics.estimators.rates import proportion_interval
from analytics.estimators.survival import kaplan_meier
from analytics.questions.analysis import Analysis, Origin
from analytics.questions.characteristics import summarise
from analytics.questions.estimable import estimate, finite, limits
from analytics.questions.incidence_by_era import compare
from analytics.questions.rows import CASES, FLOW, FOLLOWED_AFTER_SECOND, HOSPITAL_CASES, SCREENED
from analytics.results.cohort import ScreeningStep
from analytics.results.document import Results
from analytics.results.hospital import CaseSeriesGroup, HospitalCase, HospitalComparison, Institution
from analytics.results.incidence import EraIncidence

POOLED = (
    f"(select sex, died, is_followed_after_second, load_id, source_line from {CASES} union all"
    f" select sex, died, is_followed_after_second, load_id, source_line from {HOSPITAL_CASES}) as pooled"
)


def _why_empty(results: Results) -> str:
    if results.institution.n_index:
        return ""
    return (
        f"No hospital's patient with {results.study.index_label} was delivered: deliver the hospital's list "
        "of patients and that of their second cancers."
    )


ANALYSIS = Analysis(
    section="hospital",
    title="Hospital cases",
    question="What do the hospital's own patients show?",
    keys=("institution",),
    is_part=lambda results: (
        bool(results.institution.n_index)
        or any(source.source == "institution" for source in results.study.sources)
    ),
    why_empty=_why_empty,
    has_rows=lambda results: bool(results.institution.n_index),
    origins=(
        ("Counts", "marts.institution_summary", "select * from marts.institution_summary"),
        ("Cases", "marts.institution_cases", "select * from marts.institution_cases"),
        ("Screening rules", "marts.institution_flow", "select * from marts.institution_flow"),
    ),
    numbers=(
        *(
            Origin(
                f"institution.case_series[group={group}]",
                mart,
                rows,
                "",
                {
                    "n": "",
                    "n_male": "sex = 'Male'",
                    "deaths": f"{FOLLOWED_AFTER_SECOND} and died",
                    "n_survival_known": FOLLOWED_AFTER_SECOND,
                },
            )
            for group, mart, rows in (
                ("registry", CASES, CASES),
                ("hospital", HOSPITAL_CASES, HOSPITAL_CASES),
                ("pooled", HOSPITAL_CASES, POOLED),
            )
        ),
        Origin(
            "institution.flow[step={step}]",
            "marts.institution_flow",
            SCREENED,
            "source = 'institution' and is_selected_definition",
            FLOW,
        ),
        Origin(
            "institution.cases[patient_id={level}]", HOSPITAL_CASES, HOSPITAL_CASES, "patient_id = {level}"
        ),
        Origin(
            "institution",
            "marts.institution_summary",
            "intermediate.int_patients_eligible",
            "source = 'institution'",
            {"n_index": "", "n_second": "has_second_primary"},
        ),
    ),
)

NUMERIC = ("age_at_index_years", "latency_months", "age_at_second_years")


def institution_cases(
    summary: pl.DataFrame,
    flow: pl.DataFrame,
    cases: pl.DataFrame,
    registry: EraIncidence,
    registry_cases: pl.DataFrame,
) -> Institution:
    """The hospital's numbers and cases; a hospital without patients is zeros and nulls.

    A second cancer that its files do not cover makes no zero: they would not have it if it were there.
    """
    row = summary.row(0, named=True) if summary.height else {}
    is_looked_for = row.get("second_is_looked_for")
    n_index = int(row.get("n_index") or 0)
    n_second = int(row.get("n_second") or 0) if is_looked_for or not n_index else None
    comparison = None
    if n_index and registry.n_index and n_second is not None:
        comparison = _comparison(n_second, n_index, registry.n_second or 0, registry.n_index)
    return Institution(
        n_index=n_index,
        second_is_looked_for=is_looked_for,
        n_second=n_second,
        first_year=row.get("first_year"),
        last_year=row.get("last_year"),
        proportion=n_second / n_index if n_index and n_second is not None else None,
        proportion_ci=(
            (None, None)
            if n_second is None
            else limits(estimate(proportion_interval, n_second, n_index).result)
        ),
        registry_ratio=comparison.ratio if comparison else None,
        comparison=comparison,
        case_series=_case_series(registry_cases, cases) if cases.height else (),
        cases=tuple(HospitalCase(**case) for case in cases.drop("is_followed_after_second").to_dicts()),
        flow=tuple(ScreeningStep(**step) for step in flow.to_dicts()),
    )


def _comparison(n_second: int, n_index: int, registered: int, n_registry: int) -> HospitalComparison:
    """Of so many of the hospital's people with the index cancer and, `n_registry`, of the registry's."""
    expected = n_index * registered / n_registry
    table = [[n_second, n_index - n_second], [registered, n_registry - registered]]
    known = estimate(rates.standardised_incidence_ratio, n_second, expected)
    return HospitalComparison(
        ratio=compare(
            "proportion of people", "hospital", "registry",
            n_second, n_index, registered, n_registry,
        ),
        expected=expected,
        p_value=finite(known.p_value),
        fisher_p_value=finite(estimate(comparisons.fisher_exact, table).p_value),
    )  # fmt: skip


def _case_series(registry: pl.DataFrame, hospital: pl.DataFrame) -> tuple[CaseSeriesGroup, ...]:
    """Each source, then both: what is recorded alike in both."""
    groups = {
        "registry": _alike(registry, "months_after_second"),
        "hospital": _alike(hospital, "survival_months_after_second"),
    }
    groups["pooled"] = pl.concat(groups.values(), how="vertical_relaxed")
    return tuple(_described(group, cases) for group, cases in groups.items())


def _alike(cases: pl.DataFrame, after: str) -> pl.DataFrame:
    return cases.select(
        "sex",
        "died",
        "is_followed_after_second",
        *(pl.col(name).cast(pl.Float64) for name in NUMERIC),
        months_after=pl.col(after).cast(pl.Float64),
    )


def _described(group: str, cases: pl.DataFrame) -> CaseSeriesGroup:
    known = cases.filter("is_followed_after_second")
    curve = estimate(kaplan_meier, known["months_after"].to_numpy(), known["died"].to_numpy()).result
    return CaseSeriesGroup(
        group=group,
        n=cases.height,
        n_male=int((cases["sex"] == "Male").sum()),
        deaths=int(known["died"].sum()),
        n_survival_known=known.height,
        median_survival=None if curve is None else finite(curve.median),
        median_survival_ci=limits(None if curve is None else curve.median_interval("loglog")),
        numeric=tuple(summarise(variable, group, cases) for variable in NUMERIC),
    )
