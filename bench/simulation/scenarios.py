"""The truths of the validation, and everything that is run on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from analytics.bias.band import Band, band
from analytics.bias.misclassification import CorrectionGrid, correction_grid
from analytics.bias.misclassification_draws import MonteCarloCorrection, monte_carlo_correction
from analytics.bias.naive_contrast import grouped_by_future, life_table_of
from analytics.bias.null_bands import (
    SIGNIFICANT,
    ImmortalTimeBand,
    LatencyBand,
    immortal_time_band,
    latency_band,
)
from bench.simulation import methods, paper
from bench.simulation.coverage import Performance, performances, registries
from bench.simulation.generator import generate, in_whole_months
from bench.simulation.truth import Truth

HAZARD_RATIOS = (1.0, 3.0, 5.0)
INCIDENCE_RATIOS = (1.0, 5.0)
TIMES_AS_MANY = 5

# Fewer than ten thousand rows: above, linear algebra starts threads that cost more than they save. A second
# cancer must be common enough for asymptotics and rare enough that few patients without one at a
# landmark get one later. Without frailty the hazard ratio that Cox's model names is the one that was put in.
OF_SURVIVAL = Truth(n=8_000, eras=paper.ERAS, background_rate=4e-3, shape=0.85)
OF_FEW_EVENTS = replace(OF_SURVIVAL, n=1_500)
# What the registry does not record: patients differ in frailty.
OF_FRAILTY = replace(OF_SURVIVAL, frailty_variance=0.3)
# Rates and incidences need no proportional hazards: the frailty is that of the paper-like truth.
OF_INCIDENCE = replace(OF_FRAILTY, n=20_000, background_rate=1e-3)


@dataclass(frozen=True, slots=True)
class PaperSizedRun:
    """The published contrast over paper-sized registries in which the second cancer multiplies the hazard."""

    hazard_ratio: float
    median_with: Band
    median_without: Band
    naive_hazard_ratio: Band
    share_significant: float


def survival(replicates: int, seed: int) -> tuple[Performance, ...]:
    """Hazard of death after the second cancer, at truths 1, 3 and 5."""
    return _over_hazard_ratios(OF_SURVIVAL, methods.OF_SURVIVAL, replicates, (seed, 1))


def few_events(replicates: int, seed: int) -> tuple[Performance, ...]:
    """The same in a registry too small for asymptotics, with and without Firth's penalty."""
    return _over_hazard_ratios(OF_FEW_EVENTS, methods.OF_FEW_EVENTS, replicates, (seed, 2))


def incidence(replicates: int, seed: int) -> tuple[Performance, ...]:
    """Standardised incidence, excess risk, cumulative incidence and comparisons of eras, at SIR 1 and 5."""
    truths = [replace(OF_INCIDENCE, sir=sir) for sir in INCIDENCE_RATIOS]
    return _over(truths, methods.OF_INCIDENCE, replicates, (seed, 3))


def whole_months(replicates: int, seed: int) -> tuple[Performance, ...]:
    """The corrected estimators on the registries of ``survival``, delivered in completed months."""
    tested = methods.CORRECTED_SURVIVAL
    return _over_hazard_ratios(OF_SURVIVAL, tested, replicates, (seed, 1), record=in_whole_months)


def frailty(replicates: int, seed: int) -> tuple[Performance, ...]:
    """The corrected estimators where patients differ in frailty, which no registry records."""
    return _over_hazard_ratios(OF_FRAILTY, methods.CORRECTED_SURVIVAL, replicates, (seed, 5))


def repeated(rows: Iterable[Performance], seed: int) -> tuple[Performance, ...]:
    """Corrected lines outside the band once more, with five times as many new registries.

    Of 200 runs of exact 95% limits a few lie outside the band by chance alone; more runs tell.
    """
    tested = {m.name: m for m in (*methods.OF_SURVIVAL, *methods.OF_FEW_EVENTS, *methods.OF_INCIDENCE)}
    return tuple(
        performances(
            row.truth,
            [tested[row.method]],
            replicates=TIMES_AS_MANY * (row.n_runs + row.n_failed),
            seed=(seed, 9, k),
        )[0]
        for k, row in enumerate(rows)
        if row.disagrees
    )


def _over_hazard_ratios(truth, tested, replicates, seed, **how) -> tuple[Performance, ...]:
    truths = [replace(truth, second_cancer_hazard_ratio=ratio) for ratio in HAZARD_RATIOS]
    return _over(truths, tested, replicates, seed, **how)


def _over(truths, tested, replicates, seed, **how) -> tuple[Performance, ...]:
    """Every truth on random numbers of its own, so that no accident of one is repeated in the next."""
    return tuple(
        row
        for k, truth in enumerate(truths)
        for row in performances(truth, tested, replicates=replicates, seed=(*seed, k), **how)
    )


def paper_sized(replicates: int, seed: int) -> tuple[PaperSizedRun, ...]:
    """What grouping by a later second cancer shows in a registry like the paper's, in completed months."""
    return tuple(_paper_sized(ratio, replicates, (seed, 6, k)) for k, ratio in enumerate(HAZARD_RATIOS))


def _paper_sized(hazard_ratio: float, replicates: int, seed: tuple[int, ...]) -> PaperSizedRun:
    contrasts = []
    for registry in registries(paper.truth_like_the_paper(hazard_ratio), replicates=replicates, seed=seed):
        seen = in_whole_months(registry)
        table = life_table_of(seen.exit_months, seen.died)
        contrasts.append(grouped_by_future(table, seen.has_second.nonzero()[0]))
    return PaperSizedRun(
        hazard_ratio,
        band(
            [c.median_with for c in contrasts],
            observed=paper.MEDIAN_WITH,
            no_difference=paper.MEDIAN_WITHOUT,
        ),
        band([c.median_without for c in contrasts]),
        band([c.hazard_ratio for c in contrasts]),
        sum(c.p_value < SIGNIFICANT for c in contrasts) / len(contrasts),
    )


def null_bands(replicates: int, seed: int) -> tuple[ImmortalTimeBand, LatencyBand]:
    """Both bands for the paper's printed contrasts, in one paper-like cohort."""
    truth = paper.truth_like_the_paper(1.0)
    cohort = in_whole_months(generate(truth, np.random.SeedSequence((seed, 7))))
    labels = [era.label for era in truth.eras]
    immortal = immortal_time_band(
        cohort.exit_months,
        cohort.died,
        n_second=paper.N_SECOND,
        observed_median_with=paper.MEDIAN_WITH,
        observed_median_without=paper.MEDIAN_WITHOUT,
        replicates=replicates,
        seed=seed,
    )
    latency = latency_band(
        cohort.exit_months,
        [labels[k] for k in cohort.era],
        order=labels,
        n_second=paper.N_SECOND,
        observed_medians=paper.MEDIAN_LATENCIES,
        replicates=replicates,
        seed=seed,
    )
    return immortal, latency


def chemotherapy() -> CorrectionGrid:
    """The paper's chemotherapy row under a grid of sensitivities and predictive values."""
    return correction_grid(
        paper.CHEMOTHERAPY,
        sensitivities=(paper.SENSITIVITY[1],),
        ppvs=(0.85, 0.90, 0.95, 0.99),
        sensitivities_cases=(None, 0.85, 0.90, 0.95, 1.0),
    )


def chemotherapy_draws(seed: int) -> tuple[MonteCarloCorrection, MonteCarloCorrection]:
    """The same by Monte Carlo: cases recorded as well as the others, and cases recorded at 68% to 100%."""
    record, sensitivity, ppv = paper.CHEMOTHERAPY, paper.SENSITIVITY, paper.PPV
    in_cases = (sensitivity[1], 1.0)
    return (
        monte_carlo_correction(record, sensitivity=sensitivity, ppv=ppv, seed=seed),
        monte_carlo_correction(
            record, sensitivity=sensitivity, ppv=ppv, sensitivity_cases=in_cases, seed=seed
        ),
    )
