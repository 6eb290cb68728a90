"""Standardised incidence ratios: what was seen over what was expected, one ratio and several."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analytics.estimators._base.arrays import numbers
from analytics.estimators._base.distributions import chi_squared_tail
from analytics.estimators._base.results import Interval, TestResult
from analytics.estimators._counts.poisson import event_count, poisson_interval, poisson_p_value, positive


@dataclass(frozen=True, slots=True)
class StandardisedIncidenceRatio:
    """observed / expected; excess is (observed - expected) / person_years, NaN without person-years.

    p_value is R's ``poisson.test``: counts no likelier than the one seen; chi_squared is Breslow & Day's
    (|O - E| - 1/2)^2 / E.
    """

    observed: float
    expected: float
    person_years: float
    sir: float
    lower: float
    upper: float
    excess: float
    p_value: float
    chi_squared: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


def standardised_incidence_ratio(
    observed: float,
    expected: float,
    *,
    person_years: float | None = None,
    level: float = 0.95,
    method: str = "exact",
) -> StandardisedIncidenceRatio:
    """Observed over expected, the expected count taken as known.

    observed       events: whole, from 0
    expected       above 0
    person_years   those of the observed, for ``excess``: events beyond the expected per unit of it, else NaN
    level, method  as in ``poisson_interval``; the p-value is R's ``poisson.test``

    Source: Breslow & Day 1987, section 2.3.
    """
    o, e = event_count(observed, "observed"), positive(expected, "expected")
    limits = poisson_interval(o, level, method)
    years = nan if person_years is None else positive(person_years, "person_years")
    return StandardisedIncidenceRatio(
        o, e, years, o / e, limits.lower / e, limits.upper / e, (o - e) / years,
        poisson_p_value(o, e), max(abs(o - e) - 0.5, 0.0) ** 2 / e,
    )  # fmt: skip


def sir_homogeneity(observed: ArrayLike, expected: ArrayLike, method: str = "pearson") -> TestResult:
    """Test that k SIRs are alike; observed, expected: shapes (k,).

    method  "pearson": Breslow & Day 1987, equation 3.10 · "likelihood_ratio": the Poisson model's, as popEpi
    """
    o, e = checked_strata(observed, expected)
    fitted = e * o.sum() / e.sum()
    if method == "pearson":
        statistic = float(((o - fitted) ** 2 / fitted).sum())
    elif method == "likelihood_ratio":
        statistic = 2 * float(special.xlogy(o, np.where(o > 0, o, 1) / fitted).sum())
    else:
        raise ValueError(f"method must be 'pearson' or 'likelihood_ratio', not {method!r}")
    return TestResult(
        f"sir_homogeneity_{method}", statistic, len(o) - 1, chi_squared_tail(statistic, len(o) - 1)
    )


def sir_trend(observed: ArrayLike, expected: ArrayLike, scores: ArrayLike | None = None) -> TestResult:
    """Test of trend of k SIRs over scores (0, 1, 2, ... if omitted) (Breslow & Day 1987, equation 3.12)."""
    o, e = checked_strata(observed, expected)
    scores = np.arange(len(o), dtype=float) if scores is None else numbers(scores, "scores")
    if len(scores) != len(o):
        raise ValueError(f"observed has {len(o)} strata and scores {len(scores)}")
    fitted = e * o.sum() / e.sum()
    spread = float(fitted @ scores**2 - (fitted @ scores) ** 2 / fitted.sum())
    if not spread > 1e-12 * float(fitted @ scores**2):
        raise ValueError("scores are all alike: there is no trend to test")
    statistic = float((scores @ (o - fitted)) ** 2 / spread)
    return TestResult("sir_trend", statistic, 1, chi_squared_tail(statistic, 1))


def checked_strata(observed: ArrayLike, expected: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Observed and expected counts of at least two strata as floats. Raises ValueError for what is not."""
    o, e = numbers(observed, "observed"), numbers(expected, "expected")
    if not len(o) == len(e) >= 2:
        raise ValueError(f"observed has {len(o)} strata and expected {len(e)}; at least 2 are needed")
    for name, bad in (("observed", o < 0), ("expected", e <= 0)):
        if bad.any():
            raise ValueError(f"{name}[{int(np.argmax(bad))}] is out of range")
    if not o.sum() > 0:
        raise ValueError("observed holds no event: there is nothing to compare")
    return o, e
