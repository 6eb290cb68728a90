"""How often does a second primary follow, by era of the index cancer?

The paper gives a proportion of people. People of an early era were watched longer, so the rate per
person-year stands beside it; its clock starts when second primaries start to count.
"""

from __future__ import annotations

import polars as pl

from analytics.estimable import estimate, finite, limits
from analytics.estimators import rates
from analytics.estimators.proportions import proportion_interval
from analytics.questions.latency import latency_summary
from analytics.results import EraIncidence, Ratio
from analytics.study import Study

PER = 100_000


def incidence_by_era(
    by_era: pl.DataFrame, second_primaries: pl.DataFrame, study: Study
) -> tuple[EraIncidence, ...]:
    """One answer per era, in the study's order, with exact limits."""
    return tuple(
        _incidence(
            row["era"],
            row["n_index"],
            row["n_second"],
            row["person_months_at_risk"],
            second_primaries.filter(pl.col("era") == row["era"]),
            _longest_observable(study, row["era"]),
        )
        for row in by_era.to_dicts()
    )


def incidence_overall(by_era: pl.DataFrame, second_primaries: pl.DataFrame, study: Study) -> EraIncidence:
    """All eras together."""
    n_index, n_second, months = by_era.select(
        pl.col("n_index", "n_second", "person_months_at_risk").sum()
    ).row(0)
    longest = _longest_observable(study, study.eras[0].era)
    return _incidence("all", n_index, n_second, months, second_primaries, longest)


def era_ratios(eras: tuple[EraIncidence, ...]) -> tuple[Ratio, ...]:
    """The last era against the first: proportions as the paper compares them, then rates."""
    if len(eras) < 2:
        return ()
    first, last = eras[0], eras[-1]
    return (
        compare("proportion of people", last.era, first.era, last.n_second, last.n_index,
                first.n_second, first.n_index),
        compare("rate per person-year", last.era, first.era, last.n_second, last.person_years,
                first.n_second, first.person_years),
    )  # fmt: skip


def compare(
    label: str, one: str, other: str, count: int, base: float | None, count_0: int, base_0: float | None
) -> Ratio:
    """count/base over count_0/base_0, two Poisson counts, exact given their total."""
    result = estimate(rates.rate_ratio, count, base, count_0, base_0)
    return Ratio(
        label=label,
        numerator=one,
        denominator=other,
        estimate=finite(result.value),
        ci=limits((result.lower, result.upper)),
        p_value=finite(result.p_value),
        method="exact, given the total of the two counts",
    )


def _incidence(
    era: str,
    n_index: int,
    n_second: int,
    person_months: float,
    second_primaries: pl.DataFrame,
    longest: int | None,
) -> EraIncidence:
    rate = estimate(rates.rate, n_second, person_months / 12)
    return EraIncidence(
        era=era,
        n_index=int(n_index),
        n_second=int(n_second),
        proportion=n_second / n_index if n_index else None,
        proportion_ci=limits(estimate(proportion_interval, n_second, n_index).result),
        latency=latency_summary(second_primaries),
        person_years=person_months / 12,
        rate_per_100k=_scaled(rate.value),
        rate_ci=(_scaled(rate.lower), _scaled(rate.upper)),
        longest_observable_latency_months=longest,
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
