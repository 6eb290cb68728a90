"""Bias analysis of a recorded exposure by seeded Monte Carlo: uncertain parameters and chance together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.bias.misclassification import (
    CELLS,
    NO_SPECIFICITY,
    ROUNDING,
    Recorded,
    corrected_cells,
)


@dataclass(frozen=True, slots=True)
class MonteCarloCorrection:
    """Corrected odds ratio over drawn sensitivities and predictive values, sampling error included.

    median, lower, upper   50th, 2.5th and 97.5th percentile of the possible draws; None where none is
                           possible
    n_zero_cell            possible draws in which a cell was 0: a half was added to all four cells
    negative               how often each cell came out negative among the impossible draws
    """

    recorded_odds_ratio: float
    median: float | None
    lower: float | None
    upper: float | None
    n_draws: int
    n_possible: int
    n_zero_cell: int
    negative: dict[str, int]
    seed: int

    @property
    def n_impossible(self) -> int:
        return self.n_draws - self.n_possible


def monte_carlo_correction(
    recorded: Recorded,
    *,
    sensitivity: tuple[float, float, float],
    ppv: tuple[float, float],
    sensitivity_cases: tuple[float, float] | None = None,
    draws: int = 20_000,
    seed: int = 1,
) -> MonteCarloCorrection:
    """Draw the bias parameters, reclassify people one by one at random, add sampling error.

    sensitivity         triangular: lowest, likeliest, highest
    ppv                 uniform: lowest, highest
    sensitivity_cases   uniform; None: as in all (non-differential)

    Each recorded person becomes treated with the probability that the drawn parameters imply for his group
    and record (Fox, Lash & Greenland 2005). Possible draws are kept, impossible ones counted.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws}")
    rng = np.random.default_rng(seed)
    se, predictive = rng.triangular(*sensitivity, draws), rng.uniform(*ppv, draws)
    in_cases = se if sensitivity_cases is None else rng.uniform(*sensitivity_cases, draws)
    specificity, cells = corrected_cells(recorded, se, predictive, in_cases)
    negative = {name: int((cell < -ROUNDING).sum()) for name, cell in zip(CELLS, cells, strict=True)} | {
        NO_SPECIFICITY: int(np.isnan(specificity).sum())
    }
    possible = ~np.isnan(specificity) & np.all([~(cell < -ROUNDING) for cell in cells], axis=0)

    treated = [
        _reclassify(rng, yes, no, cell[possible], s[possible])
        for yes, no, cell, s in (
            (recorded.cases_yes, recorded.cases_no_unknown, cells[0], in_cases),
            (recorded.others_yes, recorded.others_no_unknown, cells[2], se),
        )
    ]
    table = np.array(
        [treated[0], recorded.cases - treated[0], treated[1], recorded.others - treated[1]], float
    )
    zero = (table == 0).any(axis=0)
    table[:, zero] += 0.5
    log_ratio = np.log(table[0] * table[3] / (table[1] * table[2]))
    log_ratio += rng.standard_normal(len(log_ratio)) * np.sqrt((1 / table).sum(axis=0))
    lower = median = upper = None
    if len(log_ratio):
        lower, median, upper = (float(v) for v in np.exp(np.quantile(log_ratio, (0.025, 0.5, 0.975))))
    return MonteCarloCorrection(
        recorded.odds_ratio, median, lower, upper, draws, int(possible.sum()), int(zero.sum()),
        {name: count for name, count in negative.items() if count}, seed,
    )  # fmt: skip


def _reclassify(
    rng: np.random.Generator, yes: int, no: int, treated: np.ndarray, se: np.ndarray
) -> np.ndarray:
    """Numbers treated when each person's true state is drawn, given the number expected in the group."""
    ppv = np.clip(se * treated / max(yes, 1), 0, 1)
    missed = np.clip((1 - se) * treated / max(no, 1), 0, 1)
    return rng.binomial(yes, ppv) + rng.binomial(no, missed)
