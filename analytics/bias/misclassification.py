"""What if "Yes" and "No/Unknown" are not treated and untreated? Bias analysis of a recorded exposure.

A registry that records chemotherapy finds only a share of the treated (its sensitivity); of those recorded
"Yes", a share was treated (the positive predictive value). SEER's treatment limitations give 68% and above
85%. The predictive value and the sensitivity of the whole cohort imply one specificity, and with both a
recorded two-by-two table turns into a corrected one (Lash, Fox & Fink 2009, chapter 6; Noone et al. 2016).

Some combinations are impossible: a corrected cell comes out negative, which says that the recorded table
cannot have come about so, on average. They are counted and named, never cut at zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import special

CELLS = ("cases treated", "cases untreated", "others treated", "others untreated")
# Named instead of a cell where no specificity between 0 and 1 is left, or one no better than chance.
NO_SPECIFICITY = "specificity"
# A cell that should be 0 may miss it by this much.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Recorded:
    """Counts as the registry has them: "Yes" and "No/Unknown", with the second cancer (cases) and without."""

    cases_yes: int
    cases_no_unknown: int
    others_yes: int
    others_no_unknown: int

    def __post_init__(self) -> None:
        for name in self.__slots__:
            count = getattr(self, name)
            if count != int(count) or count < 0:
                raise ValueError(f"{name} must be a whole number of people, not {count}")
        if not (self.cases and self.others):
            raise ValueError("there must be cases and others")

    @property
    def cases(self) -> int:
        return self.cases_yes + self.cases_no_unknown

    @property
    def others(self) -> int:
        return self.others_yes + self.others_no_unknown

    @property
    def odds_ratio(self) -> float:
        """As recorded; infinite or NaN where a cell is 0."""
        return _odds_ratio(self.cases_yes, self.cases_no_unknown, self.others_yes, self.others_no_unknown)

    @property
    def least_sensitivity_in_cases(self) -> float:
        """Share of cases recorded "Yes": a lower sensitivity would need more treated cases than there are."""
        return self.cases_yes / self.cases

    def chance_if_all_cases_treated(self, sensitivity: float) -> float:
        """Probability of so many cases recorded "Yes", or more, were every case treated."""
        return float(special.bdtrc(self.cases_yes - 1, self.cases, sensitivity))


@dataclass(frozen=True, slots=True)
class Corrected:
    """One combination and where it leads.

    cells       corrected counts in the order of ``CELLS``; None where there is no specificity
    odds_ratio  None where the combination is impossible
    impossible  the cells that came out negative, or ``NO_SPECIFICITY``; empty where the combination is
                possible
    """

    sensitivity: float
    ppv: float
    sensitivity_cases: float
    specificity: float | None
    cells: tuple[float, ...] | None
    odds_ratio: float | None
    impossible: tuple[str, ...]


def corrected(
    recorded: Recorded, *, sensitivity: float, ppv: float, sensitivity_cases: float | None = None
) -> Corrected:
    """The table as it would have been without misclassification, on average.

    sensitivity, ppv    of the record in the whole cohort, between 0 and 1
    sensitivity_cases   of the record in cases, where they differ; the specificity is common to all
    """
    in_cases = sensitivity if sensitivity_cases is None else sensitivity_cases
    given = (("sensitivity", sensitivity), ("ppv", ppv), ("sensitivity_cases", in_cases))
    for name, value in given:
        if not 0 < value <= 1:
            raise ValueError(f"{name} must lie above 0 and not above 1, not {value}")
    specificity, cells = corrected_cells(recorded, *(np.array([value]) for _, value in given))
    if np.isnan(specificity[0]):
        return Corrected(sensitivity, ppv, in_cases, None, None, None, (NO_SPECIFICITY,))
    counts = tuple(0.0 if abs(cell[0]) <= ROUNDING else float(cell[0]) for cell in cells)
    negative = tuple(name for name, count in zip(CELLS, counts, strict=True) if count < 0)
    ratio = None if negative else _odds_ratio(*counts)
    return Corrected(sensitivity, ppv, in_cases, float(specificity[0]), counts, ratio, negative)


@dataclass(frozen=True, slots=True)
class CorrectionGrid:
    """Every combination of a grid; the range is that of the possible ones, None where there is none.

    negative  how often each cell came out negative, by name; a combination may count for more than one
    """

    combinations: tuple[Corrected, ...]
    lowest_odds_ratio: float | None
    highest_odds_ratio: float | None
    n_possible: int
    n_impossible: int
    negative: dict[str, int]


def correction_grid(
    recorded: Recorded,
    *,
    sensitivities: Iterable[float],
    ppvs: Iterable[float],
    sensitivities_cases: Iterable[float | None] = (None,),
) -> CorrectionGrid:
    """Correct the table under every combination; None among ``sensitivities_cases`` means "as in all"."""
    combinations = tuple(
        corrected(recorded, sensitivity=se, ppv=ppv, sensitivity_cases=in_cases)
        for se, ppv, in_cases in product(sensitivities, ppvs, sensitivities_cases)
    )
    ratios = [c.odds_ratio for c in combinations if c.odds_ratio is not None]
    return CorrectionGrid(
        combinations,
        min(ratios, default=None),
        max(ratios, default=None),
        len(ratios),
        len(combinations) - len(ratios),
        dict(Counter(name for c in combinations for name in c.impossible)),
    )


def corrected_cells(recorded: Recorded, se: np.ndarray, ppv: np.ndarray, se_cases: np.ndarray):
    """Specificity and the four corrected cells in the order of ``CELLS``, arrays of the parameters' one
    shape.

    NaN where there is no specificity.
    """
    yes, everyone = recorded.cases_yes + recorded.others_yes, recorded.cases + recorded.others
    untreated = everyone - yes * ppv / se
    with np.errstate(divide="ignore", invalid="ignore"):
        specificity = 1 - yes * (1 - ppv) / untreated
    usable = (untreated > 0) & (specificity >= 0) & (se + specificity > 1) & (se_cases + specificity > 1)
    specificity = np.where(usable, specificity, np.nan)
    cells = []
    for count, n, s in (
        (recorded.cases_yes, recorded.cases, se_cases),
        (recorded.others_yes, recorded.others, se),
    ):
        treated = (count - (1 - specificity) * n) / (s + specificity - 1)
        cells += [treated, n - treated]
    return specificity, cells


def _odds_ratio(a: float, b: float, c: float, d: float) -> float:
    if b * c == 0:
        return float("inf") if a * d > 0 else float("nan")
    return a * d / (b * c)
