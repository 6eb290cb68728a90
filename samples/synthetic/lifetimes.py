"""How long the synthetic myeloma patients live: a Weibull law calibrated to published medians.

T = scale(year) * (-ln U / exp(eta)) ** (1 / shape), in months, with eta linear in age, sex,
marriage and chemotherapy; shape and scale differ before and from 2003. The parameters
(`data/myeloma_survival.json`) were chosen so that the medians and the widths of the
published intervals come out (Jia et al. 2024; no patient's record was used).
U is stratified, and each era is then stretched until its median is exactly the target,
so that every seed shows the published medians and not merely the average seed.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from samples.synthetic.kinds import DATA
from samples.synthetic.registry import CUTOFF, MALE, MARRIED, whole_months, year_of

FIRST_YEAR_OF_NEW_ERA = 2003
# The middle of the whole month in which the published median falls (26 and 48 months).
TARGET_MEDIAN_MONTHS = {False: 26.5, True: 48.5}
STRETCHES = 12
# The law was calibrated to ages as a listing shows them.
TOP_CODED_AGE = 85


@cache
def parameters() -> dict[str, float]:
    return json.loads((DATA / "myeloma_survival.json").read_text(encoding="utf-8"))


def in_new_era(diagnosed: np.ndarray) -> np.ndarray:
    return year_of(diagnosed) >= FIRST_YEAR_OF_NEW_ERA


def myeloma_lifetimes(
    rng: np.random.Generator,
    *,
    diagnosed: np.ndarray,
    age: np.ndarray,
    sex: np.ndarray,
    marital: np.ndarray,
    chemo: np.ndarray,
    lost_after: np.ndarray,
    counted: np.ndarray,
) -> np.ndarray:
    """Months from diagnosis to death, shape (n,), were nobody lost.

    diagnosed   months since 1975
    age         years at diagnosis; 85 and more count as 85
    lost_after  months from diagnosis at which a person is lost or cut off
    counted     whose survival will be known: only they make the median
    """
    law = parameters()
    late = in_new_era(diagnosed)
    year = year_of(diagnosed)
    eta = (
        law["b_age"] * (np.minimum(age, TOP_CODED_AGE) - 69)
        + law["b_male"] * (sex == MALE)
        + law["b_married"] * (marital == MARRIED)
        + law["b_chemo"] * chemo
    )
    shape = np.where(late, law["k_post"], law["k_pre"])
    scale = np.where(
        late,
        law["scale_post"] * np.exp(law["tr_post"] * (year - 2010)),
        law["scale_pre"] * np.exp(law["tr_pre"] * (year - 1988)),
    )

    months = np.empty(len(diagnosed))
    for era in (False, True):
        here = np.flatnonzero(late == era)
        u = np.empty(len(here))
        # The counted are stratified among themselves, so that leaving the others out moves nothing.
        for among in (counted[here], ~counted[here]):
            size = int(among.sum())
            u[among] = (rng.permutation(size) + rng.random(size)) / max(size, 1)
        months[here] = scale[here] * (-np.log(u) / np.exp(eta[here])) ** (1 / shape[here])
        months[here] *= stretch(
            months[here][counted[here]], lost_after[here][counted[here]], TARGET_MEDIAN_MONTHS[era]
        )
    return months


def stretch(months: np.ndarray, lost_after: np.ndarray, target: float) -> float:
    """The factor by which lifetimes must be multiplied for their median to be the target."""
    factor = 1.0
    for _ in range(STRETCHES):
        median = interpolated_median(months * factor, lost_after)
        if abs(median - target) < 1e-6:
            break
        factor *= target / median
    return factor


def interpolated_median(months: np.ndarray, lost_after: np.ndarray) -> float:
    """Median of the product-limit estimate in whole months, read off between its steps.

    A death in whole month m is taken to lower the curve evenly from m to m + 1.
    """
    seen = whole_months(0, np.minimum(months, lost_after))
    last = int(CUTOFF) + 1
    deaths = np.bincount(seen[months <= lost_after], minlength=last)
    leaving = np.bincount(seen, minlength=last)
    at_risk = leaving[::-1].cumsum()[::-1]
    curve = np.cumprod(1 - deaths / np.maximum(at_risk, 1))
    below = int(np.argmax(curve <= 0.5))
    above = curve[below - 1] if below else 1.0
    return below + (above - 0.5) / (above - curve[below])
