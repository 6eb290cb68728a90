"""What the conventional contrasts show in this very cohort when nothing is the matter.

Two conventional findings can arise from how they were made. Patients grouped by a *later* second cancer had
to live until it came, so they outlive the others even if it does nothing (immortal time). And patients of a
later era, watched for fewer years, can only show short latencies. Each band below repeats the conventional
contrast on cases drawn at a constant hazard from the cohort's own follow-up, where the true effect is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.bias.band import Band, band
from analytics.bias.constant_hazard import cases_under_constant_hazard
from analytics.bias.era_order import era_positions
from analytics.bias.naive_contrast import grouped_by_future, life_table_of
from analytics.estimators.building_blocks import same_length

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class ImmortalTimeBand:
    """The naive contrast when the second cancer does nothing.

    median_with, median_without   months from the index cancer; median_difference: with minus without
    hazard_ratio       naive Cox, with against without, Breslow ties
    share_significant  share of runs whose naive log-rank p-value is below 0.05
    """

    median_with: Band
    median_without: Band
    median_difference: Band
    hazard_ratio: Band
    share_significant: float | None
    n_index: int
    n_second: int
    replicates: int
    seed: int


def immortal_time_band(
    exit_months,
    died,
    *,
    n_second: int,
    min_latency_months: float = 12,
    observed_median_with: float | None = None,
    observed_median_without: float | None = None,
    observed_hazard_ratio: float | None = None,
    replicates: int = 200,
    seed: int = 1,
) -> ImmortalTimeBand:
    """Repeat the grouping by future second cancer where it has no effect on death.

    exit_months, died   the whole cohort's follow-up from the index cancer, with and without second cancer
                        together, shapes (n,)
    n_second            how many have a second cancer
    observed_...        what the data showed; the bands then say which share of runs went as far

    The follow-up is taken as it is; which people have the second cancer is drawn at a constant hazard from
    ``min_latency_months`` on. So the band needs no survival model and has the cohort's own margins.
    """
    table = life_table_of(exit_months, died)
    contrasts = [
        grouped_by_future(table, cases)
        for cases, _ in cases_under_constant_hazard(
            exit_months,
            n_second=n_second,
            min_latency_months=min_latency_months,
            replicates=replicates,
            seed=seed,
        )
    ]
    difference = None
    if observed_median_with is not None and observed_median_without is not None:
        difference = observed_median_with - observed_median_without
    return ImmortalTimeBand(
        median_with=band(
            [c.median_with for c in contrasts],
            observed=observed_median_with,
            no_difference=observed_median_without,
        ),
        median_without=band([c.median_without for c in contrasts], observed=observed_median_without),
        median_difference=band(
            [c.median_with - c.median_without for c in contrasts], observed=difference, no_difference=0
        ),
        hazard_ratio=band(
            [c.hazard_ratio for c in contrasts], observed=observed_hazard_ratio, no_difference=1
        ),
        share_significant=float(np.mean([c.p_value < SIGNIFICANT for c in contrasts])),
        n_index=len(table.place),
        n_second=n_second,
        replicates=replicates,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class EraLatencyBand:
    """One era's share of the cases, and their median latency, under one constant hazard in all eras."""

    era: str
    n_second: Band
    median_months: Band


@dataclass(frozen=True, slots=True)
class LatencyBand:
    """Median latencies by era when the hazard of a second cancer is the same constant in every era.

    difference           median of the last era minus that of the first, in the runs where both have a case
    share_later_shorter  share of those runs in which the last era's median is the shorter
    """

    eras: tuple[EraLatencyBand, ...]
    difference: Band
    share_later_shorter: float | None
    n_second: int
    replicates: int
    seed: int


def latency_band(
    exit_months,
    eras,
    *,
    order: Sequence[str],
    n_second: int,
    min_latency_months: float = 12,
    observed_medians: Sequence[float | None] | None = None,
    replicates: int = 200,
    seed: int = 1,
) -> LatencyBand:
    """Repeat the comparison of median latencies where the hazard is one constant and only follow-up differs.

    exit_months   the whole cohort's follow-up from the index cancer, shape (n,); eras: each person's era,
                  shape (n,)
    order         the eras from first to last; n_second: second cancers in all of them together
    observed_medians   months, in that order

    The split of the cases among the eras is left to chance, as the one hazard has it.
    """
    position = era_positions(eras, order)
    same_length(exit_months=np.asarray(exit_months), eras=position)
    observed = list(observed_medians) if observed_medians is not None else [None] * len(order)
    if len(observed) != len(order):
        raise ValueError(f"order has {len(order)} eras and observed_medians has {len(observed)}")

    counts, medians = np.zeros((replicates, len(order))), np.full((replicates, len(order)), np.nan)
    draws = cases_under_constant_hazard(
        exit_months,
        n_second=n_second,
        min_latency_months=min_latency_months,
        replicates=replicates,
        seed=seed,
    )
    for run, (cases, latency) in enumerate(draws):
        for k in range(len(order)):
            here = latency[position[cases] == k]
            counts[run, k] = len(here)
            if len(here):
                medians[run, k] = np.median(here)
    change = medians[:, -1] - medians[:, 0]
    first, last = observed[0], observed[-1]
    seen = None if first is None or last is None else last - first
    compared = change[~np.isnan(change)]
    return LatencyBand(
        eras=tuple(
            EraLatencyBand(era, band(counts[:, k]), band(medians[:, k], observed=observed[k]))
            for k, era in enumerate(order)
        ),
        difference=band(change, observed=seen, no_difference=0),
        share_later_shorter=float((compared < 0).mean()) if len(compared) else float("nan"),
        n_second=n_second,
        replicates=replicates,
        seed=seed,
    )
