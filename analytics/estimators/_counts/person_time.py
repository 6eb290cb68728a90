"""Events over person-time: a rate, and two of them compared."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

from analytics.estimators._base.results import Interval
from analytics.estimators._counts.poisson import event_count, poisson_interval, positive
from analytics.estimators._counts.proportions import exact_binomial_p, proportion_interval


@dataclass(frozen=True, slots=True)
class Rate:
    """count / person_years, with limits; multiply by 100,000 when printing, not before."""

    count: float
    person_years: float
    value: float
    lower: float
    upper: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


@dataclass(frozen=True, slots=True)
class RateRatio:
    """Ratio of two rates (or SIRs) with exact conditional limits and p-value."""

    value: float
    lower: float
    upper: float
    p_value: float

    @property
    def interval(self) -> Interval:
        return Interval(self.lower, self.upper)


def rate(count: float, person_years: float, level: float = 0.95, method: str = "exact") -> Rate:
    """Events per unit of person-time, limits of the count divided by the person-time.

    count          events: whole, from 0
    person_years   above 0, in any unit; value and limits are per one such unit
    level, method  as in ``poisson_interval``
    """
    events = event_count(count, "count")
    limits = poisson_interval(events, level, method)
    years = positive(person_years, "person_years")
    return Rate(events, years, events / years, limits.lower / years, limits.upper / years)


def rate_ratio(
    count_a: float, person_years_a: float, count_b: float, person_years_b: float, *, level: float = 0.95
) -> RateRatio:
    """Rate a over rate b; exact, given the total (R's two-sample ``poisson.test``).

    counts are whole, from 0; person-years above 0, both in one unit. With expected counts for person-years it
    is the ratio of two SIRs (Breslow & Day 1987, p. 93).

    Without events in b the ratio is infinite with a finite lower limit; without any it is NaN.
    """
    a, b = event_count(count_a, "count_a"), event_count(count_b, "count_b")
    years_a, years_b = (
        positive(person_years_a, "person_years_a"),
        positive(person_years_b, "person_years_b"),
    )
    if a + b == 0:
        return RateRatio(nan, 0.0, inf, 1.0)
    value = (a / years_a) / (b / years_b) if b else inf
    low, high = proportion_interval(a, a + b, level=level)
    scale = years_b / years_a
    upper = high / (1 - high) * scale if high < 1 else inf
    p_value = exact_binomial_p(a, a + b, years_a / (years_a + years_b))
    return RateRatio(value, low / (1 - low) * scale, upper, p_value)
