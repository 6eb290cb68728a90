"""How often does a second primary follow, by era of the index cancer?

The paper gives a proportion of people. People of an early era were watched longer, so a rate per person-year
stands beside it, of the corrected cohort; its clock starts when second primaries start to count. Rates change
with time since the index cancer and with age, and eras are watched at other times and ages: so the rates of
two eras are compared within bands of both.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.estimators import rates
from analytics.estimators.rates import proportion_interval
from analytics.questions.analysis import SECOND_CANCER, Analysis, Origin
from analytics.questions.estimable import Estimable, estimate, finite, limits
from analytics.questions.latency import latency_summary
from analytics.questions.rows import AT_RISK, CORRECTED, PEOPLE, PERSON_TIME, both
from analytics.results.eras import EraInWindow
from analytics.results.incidence import EraIncidence, EraRatio, Ratio
from analytics.warehouse.study import Study

CRUDE = "rate per person-year"

ANALYSIS = Analysis(
    section="incidence",
    title="Incidence",
    question="How often does {second} follow {index}?",
    keys=("eras", "incidence_overall", "era_ratios"),
    needs=SECOND_CANCER,
    origins=(
        ("Counts by era, conventional", "marts.second_primaries_by_era",
         "select * from marts.second_primaries_by_era"),
        ("Second primaries and person-years by era, corrected", "marts.person_time_by_era",
         "select * from marts.person_time_by_era"),
    ),
    numbers=(
        *(
            origin
            for place, era in (("eras[era={level}]", "era = {level}"), ("incidence_overall", ""))
            for origin in (
                Origin(f"{place}.n_index_at_risk", CORRECTED, CORRECTED, both(AT_RISK, era), {"": ""}),
                Origin(f"{place}.observed", PERSON_TIME, PERSON_TIME, era, {"": ""}, "observed"),
                *(
                    Origin(f"{place}.{name}", PERSON_TIME, PERSON_TIME, era)
                    for name in ("person_years", "rate_per_100k", "rate_ci")
                ),
                Origin(place, "marts.second_primaries_by_era", PEOPLE, era, {
                    "n_index": "",
                    "n_second": "has_second_primary",
                    "latency.n": "has_second_primary and latency_months is not null"}),
            )
        ),
        # The first of the ratios has a label with a comma, which no place can say.
        Origin("era_ratios[0]", PERSON_TIME, PERSON_TIME),
        Origin(f"era_ratios[label={CRUDE}]", PERSON_TIME, PERSON_TIME),
        Origin("era_ratios[label={level}]", "marts.second_primaries_by_era", PEOPLE),
    ),
)  # fmt: skip

PER = 100_000
STRATIFIED = "rate per person-year, stratified by time since index and attained age"
PROPORTION = "proportion of people"
LEAST_EVENTS = 5
"""Second primaries in each of two eras, below which nothing is concluded from comparing them."""
COUNTS = {STRATIFIED: "observed", CRUDE: "observed", PROPORTION: "n_second"}
"""What each ratio of eras divides."""
METHODS = {
    "exact_conditional": "Mantel-Haenszel; exact confidence interval, given the events of each stratum",
    "greenland_robins": "Mantel-Haenszel; confidence interval of Greenland and Robins",
}


def incidence_by_era(
    by_era: pl.DataFrame,
    second_primaries: pl.DataFrame,
    corrected: pl.DataFrame,
    person_time: pl.DataFrame,
    study: Study,
) -> tuple[EraIncidence, ...]:
    """One answer per era, in the study's order, with exact limits.

    by_era, second_primaries  the conventional cohort; corrected, person_time: the corrected one
    """
    return tuple(
        _incidence(
            row["era"],
            row["n_index"],
            row["n_second"],
            second_primaries.filter(pl.col("era") == row["era"]),
            corrected.filter(pl.col("era") == row["era"]),
            person_time.filter(pl.col("era") == row["era"]),
            study,
        )
        for row in by_era.to_dicts()
    )


def incidence_overall(
    by_era: pl.DataFrame,
    second_primaries: pl.DataFrame,
    corrected: pl.DataFrame,
    person_time: pl.DataFrame,
    study: Study,
) -> EraIncidence:
    """All eras together."""
    n_index, n_second = by_era.select(pl.col("n_index", "n_second").sum()).row(0)
    return _incidence("all", n_index, n_second, second_primaries, corrected, person_time, study)


def era_ratios(eras: tuple[EraIncidence, ...], person_time: pl.DataFrame) -> tuple[EraRatio, ...]:
    """The last era against the first: rates within strata, rates, and proportions, which are conventional.

    None of a single era: there is nothing to compare.
    """
    if len(eras) < 2:
        return ()
    first, last = eras[0], eras[-1]
    ratios = (
        _stratified(person_time, last.era, first.era),
        compare(CRUDE, last.era, first.era, last.observed or 0, last.person_years,
                first.observed or 0, first.person_years),
        compare(PROPORTION, last.era, first.era, last.n_second or 0, last.n_index,
                first.n_second or 0, first.n_index),
    )  # fmt: skip
    return tuple(
        EraRatio(r.label, r.numerator, r.denominator, r.estimate, r.ci, r.p_value, r.method) for r in ratios
    )


def are_too_few(eras: Sequence[EraIncidence | EraInWindow], counted: str) -> bool:
    """Whether the first or the last era has too few second primaries to compare them; counted: the field."""
    return min(getattr(era, counted) or 0 for era in (eras[0], eras[-1])) < LEAST_EVENTS


def compare(
    label: str, one: str, other: str, count: int, base: float | None, count_0: int, base_0: float | None
) -> Ratio:
    """count/base over count_0/base_0, two Poisson counts, exact given their total."""
    result = estimate(rates.rate_ratio, count, base, count_0, base_0)
    return _ratio(label, one, other, result, "exact, given the total of the two counts")


def _stratified(person_time: pl.DataFrame, one: str, other: str) -> Ratio:
    """Bands that only one of the eras has say nothing of the ratio; they are paired with zeros."""
    bands = ["months_since_index", "attained_age"]
    cells = person_time.filter(pl.col("era").is_in([one, other])).group_by(bands).agg(
        *(
            pl.col(name).filter(pl.col("era") == era).sum().alias(f"{name}{suffix}")
            for era, suffix in ((one, ""), (other, "_0"))
            for name in ("observed", "person_years")
        )
    ).sort(bands)  # fmt: skip
    result = estimate(
        rates.stratified_rate_ratio,
        *(cells[name].to_numpy() for name in ("observed", "person_years", "observed_0", "person_years_0")),
    )
    return _ratio(STRATIFIED, one, other, result, METHODS[result.method] if result.result else "")


def _ratio(label: str, one: str, other: str, result: Estimable, method: str) -> Ratio:
    return Ratio(
        label=label,
        numerator=one,
        denominator=other,
        estimate=finite(result.value),
        ci=limits((result.lower, result.upper)),
        p_value=finite(result.p_value),
        method=method if finite(result.value) is not None else _why_not(result, other),
    )


def _why_not(result: Estimable, other: str) -> str:
    """Why a ratio has no value, as a sentence."""
    why = result.reason or f"no second primary was seen in {other} to divide by"
    return f"{why[:1].upper()}{why[1:].rstrip('.')}."


def _incidence(
    era: str,
    n_index: int,
    n_second: int,
    second_primaries: pl.DataFrame,
    corrected: pl.DataFrame,
    person_time: pl.DataFrame,
    study: Study,
) -> EraIncidence:
    observed, years = int(person_time["observed"].sum()), float(person_time["person_years"].sum())
    rate = estimate(rates.rate, observed, years)
    return EraIncidence(
        era=era,
        n_index=int(n_index),
        n_second=int(n_second),
        proportion=n_second / n_index if n_index else None,
        proportion_ci=limits(estimate(proportion_interval, n_second, n_index).result),
        latency=latency_summary(second_primaries),
        person_years=years,
        rate_per_100k=_scaled(rate.value),
        rate_ci=(_scaled(rate.lower), _scaled(rate.upper)),
        longest_observable_latency_months=_longest_observable(
            study, study.eras[0].era if era == "all" else era
        ),
        n_index_at_risk=corrected.filter("is_at_risk_after_latency").height,
        observed=observed,
    )


def _scaled(rate: float | None) -> float | None:
    rate = finite(rate)
    return None if rate is None else rate * PER


def _longest_observable(study: Study, era: str) -> int | None:
    """Months from the first day of an era to the registry's cutoff: no latency there can be longer."""
    for candidate in study.eras:
        if candidate.era == era:
            months = (study.study_cutoff.year - candidate.first_year) * 12 + study.study_cutoff.month
            return max(months, 0)
    return None
