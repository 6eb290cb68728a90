"""What would the conventional contrasts show in this very cohort if nothing were going on?

Two simulations on the cohort's own follow-up, seeded: second cancers fall at one constant hazard and do
nothing. Grouping by later second cancer then still favours those who have one, and observed latencies are
still shorter in the era that was watched for a shorter time.
"""

from __future__ import annotations

import polars as pl

from analytics.bias.null_bands import immortal_time_band, latency_band
from analytics.questions.estimable import estimate
from analytics.results.cox import CoxAnalysis
from analytics.results.guardrails import NullBands
from analytics.results.ids import NAIVE, SurvivalId
from analytics.results.incidence import EraIncidence
from analytics.results.survival import SurvivalAnalysis
from analytics.warehouse.study import Study

REPLICATES = 200
SEED = 1


def null_bands(
    index_patients: pl.DataFrame,
    study: Study,
    survival: tuple[SurvivalAnalysis, ...],
    cox: tuple[CoxAnalysis, ...],
    eras: tuple[EraIncidence, ...],
) -> NullBands:
    """Bands (10th, 50th and 90th percentile) with the observed value's place in them; None without cases."""
    known = index_patients.filter("is_followed")
    n_second = int(known["has_second_primary"].sum())
    common = {
        "n_second": n_second,
        "min_latency_months": study.min_latency_months,
        "replicates": REPLICATES,
        "seed": SEED,
    }
    medians = {
        stratum.level: stratum.median
        for analysis in survival
        if analysis.id == SurvivalId.BY_SECOND
        for stratum in analysis.strata
    }
    naive = next((model.terms[0].hr for model in cox if model.id == NAIVE and model.terms), None)
    immortal = latency = None
    if n_second:
        immortal = estimate(
            immortal_time_band,
            known["survival_months"].to_numpy(),
            known["died"].to_numpy(),
            observed_median_with=medians.get("with"),
            observed_median_without=medians.get("without"),
            observed_hazard_ratio=naive,
            **common,
        ).result
        latency = estimate(
            latency_band,
            known["survival_months"].to_numpy(),
            known["era"].to_numpy(),
            order=tuple(era.era for era in study.eras),
            observed_medians=[era.latency.median for era in eras],
            **common,
        ).result
    return NullBands(immortal, latency)
