"""Is the second primary more common, or does it come sooner, in the later era, both watched equally long?

Three answers that unequal follow-up cannot make: cumulative incidence at fixed horizons with death competing;
rates per person-year and latencies inside a window that everybody counted could be followed through; and,
for latencies as observed, whether the later era could have shown the earlier one's at all.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import polars as pl

from analytics.bias.equal_follow_up import common_window, right_truncation
from analytics.estimators import rates
from analytics.estimators.building_blocks import normal_quantile
from analytics.questions.analysis import FOLLOW_UP, SECOND_CANCER, Analysis, Origin, nobody_fell_ill
from analytics.questions.competing_risks import HORIZONS
from analytics.questions.estimable import estimate, finite, limits
from analytics.questions.incidence_by_era import PER, compare
from analytics.questions.latency import RANKS
from analytics.questions.rows import AT_RISK, CORRECTED, FIRST_EVENT_KNOWN, both
from analytics.results.competing import CompetingAnalysis, CompetingStratum
from analytics.results.document import Results
from analytics.results.eras import (
    EqualWindow,
    EraAtHorizon,
    EraInWindow,
    FairEras,
    Horizon,
    PossibleFollowUp,
    Truncation,
)
from analytics.results.ids import CompetingId
from analytics.warehouse.study import Study

IN_TIME = "index_year <= {last_index_year}"
IN_WINDOW = f"has_second_cancer and {IN_TIME} and latency_months < {{months}}"


def _why_empty(results: Results) -> str:
    if results.fair_eras.horizons:
        return nobody_fell_ill(results)
    return results.fair_eras.reason or ""


ANALYSIS = Analysis(
    section="eras",
    title="Eras with equal follow-up",
    question="Has {second} become more common, or does it come sooner?",
    keys=("fair_eras",),
    needs=(*SECOND_CANCER, *FOLLOW_UP),
    why_empty=_why_empty,
    has_rows=lambda results: bool(results.fair_eras.horizons),
    origins=(
        ("Equal windows and horizons", "marts.index_patients_corrected",
         "select * from marts.index_patients_corrected where is_at_risk_after_latency"),
    ),
    numbers=(
        Origin("fair_eras.windows[window_months={months}].eras[era={level}]", CORRECTED, CORRECTED,
               f"{AT_RISK} and era = {{level}}", {
                   "n_index": IN_TIME,
                   "n_second": IN_WINDOW,
                   "n_second_left_out": f"has_second_cancer and not ({IN_WINDOW})"}),
        Origin("fair_eras.windows[window_months={months}]", CORRECTED, CORRECTED, both(AT_RISK, IN_TIME)),
        Origin("fair_eras.horizons[months={months}]", CORRECTED, CORRECTED, FIRST_EVENT_KNOWN),
        Origin("fair_eras", CORRECTED, CORRECTED, AT_RISK),
    ),
)  # fmt: skip

ONE_ERA = "The study has one era: there is nothing to compare."
LEAST_SHARE = 0.1
"""Of an era's patients, who must be watched through a window: else one year would stand for an era."""


def compare_eras(corrected: pl.DataFrame, competing: tuple[CompetingAnalysis, ...], study: Study) -> FairEras:
    """Horizons from the competing risks, windows and the warning from the corrected cohort's patients."""
    by_era = next((analysis for analysis in competing if analysis.id == CompetingId.BY_ERA), None)
    order = tuple(era.era for era in study.eras)
    known = corrected.filter("is_at_risk_after_latency")
    if len(order) < 2:
        return FairEras((), (), None, ONE_ERA)
    if by_era is None:
        return FairEras((), (), None, "Nobody's follow-up reaches the first month that counts.")
    possible = {window: _window(known, study, order, window) for window in HORIZONS}
    return FairEras(
        horizons=tuple(_horizon(by_era, order, months) for months in HORIZONS),
        windows=tuple(window for window in possible.values() if window is not None),
        truncation=_truncation(known, study, order),
    )


def _horizon(by_era: CompetingAnalysis, order: tuple[str, ...], months: int) -> Horizon:
    strata = {stratum.level: stratum for stratum in by_era.strata}
    key = str(months)
    eras = tuple(
        EraAtHorizon(
            era,
            strata[era].at[key] if era in strata else None,
            strata[era].at_ci[key] if era in strata else (None, None),
        )
        for era in order
    )
    first, last = eras[0].incidence, eras[-1].incidence
    if first is None or last is None:
        return Horizon(months, eras, None, (None, None))
    error = sqrt(sum(_error_at(strata[era], months) ** 2 for era in (order[0], order[-1])))
    if not error:  # nobody fell ill: a difference of 0 with limits of 0 would say that this is certain
        return Horizon(months, eras, None, (None, None))
    half = normal_quantile(0.95) * error
    return Horizon(months, eras, last - first, (last - first - half, last - first + half))


def _error_at(stratum: CompetingStratum, months: int) -> float:
    """Standard error of the step at or before a time; 0 before the first."""
    step = int(np.searchsorted(stratum.curve.time, months, side="right")) - 1
    return float(stratum.curve.std_error[step] or 0) if step >= 0 else 0.0


def _window(known: pl.DataFrame, study: Study, order: tuple[str, ...], months: int) -> EqualWindow | None:
    """The comparison inside one window; None where it leaves too little of an era."""
    window = common_window(
        known["index_year"].to_numpy(),
        _latencies(known),
        known["era"].to_numpy(),
        order=order,
        cutoff=study.study_cutoff,
        window_months=months,
    )
    kept = [era.n_index / max(era.n_index + era.n_index_left_out, 1) for era in window.eras]
    if min(kept) < LEAST_SHARE:
        return None
    last_year = window.last_index_year
    # Completed months: on average people are watched half a month more.
    until = pl.min_horizontal(pl.col("months_to_first_event").floor() + 0.5, float(months))
    watched = known.filter(pl.sql_expr(IN_TIME.format(last_index_year=last_year))).select(
        "era", at_risk=(until - study.min_latency_months).clip(0)
    )
    years = dict(watched.group_by("era").agg(pl.col("at_risk").sum() / 12).iter_rows())
    eras = tuple(_era(era, float(years.get(era.era, 0))) for era in window.eras)
    first, last = window.eras[0].latency_months, window.eras[-1].latency_months
    return EqualWindow(
        window_months=months,
        last_index_year=last_year,
        eras=eras,
        rate_ratio=compare(
            f"rate per person-year within {months} months",
            order[-1], order[0],
            eras[-1].n_second, eras[-1].person_years, eras[0].n_second, eras[0].person_years,
        ),
        latency_p_value=finite(estimate(RANKS, first, last).p_value),
    )  # fmt: skip


def _era(window, person_years: float) -> EraInWindow:
    rate = estimate(rates.rate, window.n_second, person_years)
    return EraInWindow(
        era=window.era,
        n_index=window.n_index,
        n_second=window.n_second,
        n_second_left_out=window.n_second_left_out,
        latency_median=finite(window.median_months),
        person_years=person_years,
        rate_per_100k=None if rate.result is None else finite(rate.value * PER),
        rate_ci=limits(None if rate.result is None else (rate.lower * PER, rate.upper * PER)),
    )


def _latencies(people: pl.DataFrame) -> np.ndarray:
    return people["latency_months"].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _truncation(people: pl.DataFrame, study: Study, order: tuple[str, ...]) -> Truncation | None:
    test = estimate(
        right_truncation,
        people["index_year"].to_numpy(),
        _latencies(people),
        people["era"].to_numpy(),
        order=order,
        cutoff=study.study_cutoff,
    ).result
    if test is None:
        return None
    return Truncation(
        applies=test.applies,
        reasons=test.reasons,
        share_not_yet_observable=test.share_not_yet_observable,
        eras=tuple(
            PossibleFollowUp(era.era, era.longest_observable_months, era.median_possible_months)
            for era in test.eras
        ),
    )
