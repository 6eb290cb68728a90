"""What did the audit say, how was each latency found, and which of them hang on a month?"""

from __future__ import annotations

import polars as pl

from analytics.estimators import rates
from analytics.estimators.rates import proportion_interval
from analytics.questions.analysis import Analysis, Origin
from analytics.questions.estimable import estimate, finite, limits
from analytics.questions.rows import CASES, CORRECTED, HOSPITAL_CASES, INTERVALS, PEOPLE
from analytics.results.incidence import EraIncidence
from analytics.results.population import StandardisedIncidence
from analytics.results.quality import Audit, DataQuality, LatencyMethod, WithoutUncertain

COUNTED = "first_event = 'second_primary' and is_at_risk_after_latency"
TOO_SOON = "first_event = 'second_primary' and not is_at_risk_after_latency and latency_is_uncertain"

ANALYSIS = Analysis(
    section="quality",
    title="Data quality",
    question="Can the deliveries and the latencies be trusted?",
    keys=("data_quality",),
    origins=(
        ("Latencies, conventional", CASES, f"select * from {CASES}"),
        ("Latencies, corrected", CORRECTED, f"select * from {CORRECTED} where {COUNTED}"),
        *(
            ("Numbers computed twice", mart, f"select * from {mart}")
            for mart in (PEOPLE, CORRECTED, INTERVALS, CASES, HOSPITAL_CASES)
        ),
    ),
    numbers=(
        *(
            Origin(
                "data_quality.latencies[method={level}]" + f".{name}",
                mart,
                mart,
                " and ".join(filter(None, (condition, "latency_method = {level}", uncertain))),
                {"": ""},
            )
            for mart, condition, of in ((CASES, "", "conventional"), (CORRECTED, COUNTED, "corrected"))
            for name, uncertain in ((f"n_{of}", ""), (f"uncertain_{of}", "latency_is_uncertain"))
        ),
        Origin("data_quality.just_too_soon", CORRECTED, CORRECTED, TOO_SOON, {"": ""}),
        Origin(
            "data_quality.without_uncertain", CORRECTED, CORRECTED, f"{COUNTED} and not latency_is_uncertain"
        ),
    ),
)

PER = 100_000
METHOD, UNCERTAIN = "latency_method", "latency_is_uncertain"


def data_quality(
    audit: Audit | None,
    second_primaries: pl.DataFrame,
    corrected: pl.DataFrame,
    overall: EraIncidence,
    sir: tuple[StandardisedIncidence, ...],
) -> DataQuality:
    """The audit's findings beside the latencies of these second primaries.

    audit             what lies with the release; None where nothing does
    second_primaries  of the conventional cohort
    corrected         the corrected cohort, whose second primaries come first and after the shortest latency
    """
    fell_ill = corrected.filter(pl.col("first_event") == "second_primary")
    counted = fell_ill.filter("is_at_risk_after_latency")
    too_soon = fell_ill.filter(~pl.col("is_at_risk_after_latency") & pl.col(UNCERTAIN))
    looked_for = overall.n_second is not None
    return DataQuality(
        verdict=audit.verdict if audit else None,
        expectations=audit.expectations if audit else None,
        warnings=audit.warnings if audit else (),
        rejected=audit.rejected if audit else (),
        printed_counts=audit.printed_counts if audit else None,
        latencies=_methods(second_primaries, counted) if looked_for else (),
        just_too_soon=too_soon.height if looked_for else 0,
        without_uncertain=_without_uncertain(second_primaries, counted, overall, sir) if looked_for else None,
    )


def _methods(conventional: pl.DataFrame, corrected: pl.DataFrame) -> tuple[LatencyMethod, ...]:
    """A row a method, the most frequent first."""
    names = sorted({*conventional[METHOD].drop_nulls(), *corrected[METHOD].drop_nulls()})
    rows = [
        LatencyMethod(
            name,
            *_counted(conventional.filter(pl.col(METHOD) == name)),
            *_counted(corrected.filter(pl.col(METHOD) == name)),
        )
        for name in names
    ]
    return tuple(sorted(rows, key=lambda row: -row.n_corrected))


def _counted(people: pl.DataFrame) -> tuple[int, int]:
    return people.height, _uncertain(people)


def _uncertain(people: pl.DataFrame) -> int:
    return people.filter(pl.col(UNCERTAIN)).height


def _without_uncertain(
    conventional: pl.DataFrame,
    corrected: pl.DataFrame,
    overall: EraIncidence,
    sir: tuple[StandardisedIncidence, ...],
) -> WithoutUncertain | None:
    fewer, fewer_corrected = _uncertain(conventional), _uncertain(corrected)
    if not fewer and not fewer_corrected:
        return None
    n_second, observed = (overall.n_second or 0) - fewer, (overall.observed or 0) - fewer_corrected
    rate = estimate(rates.rate, observed, overall.person_years)
    whole = next((row for row in sir if not row.stratum and row.sir is not None), None)
    if whole and whole.observed_without_reference:
        whole = None  # it cannot be told which of them have a rate
    ratio = (
        estimate(rates.standardised_incidence_ratio, (whole.observed or 0) - fewer_corrected, whole.expected)
        if whole
        else None
    )
    return WithoutUncertain(
        n_second=n_second,
        proportion=n_second / overall.n_index if overall.n_index else None,
        proportion_ci=limits(estimate(proportion_interval, n_second, overall.n_index).result),
        observed=observed,
        rate_per_100k=_scaled(rate.value),
        rate_ci=(_scaled(rate.lower), _scaled(rate.upper)),
        sir=finite(ratio.sir) if ratio else None,
        sir_ci=limits((ratio.lower, ratio.upper)) if ratio else (None, None),
    )


def _scaled(rate: float | None) -> float | None:
    rate = finite(rate)
    return None if rate is None else rate * PER
