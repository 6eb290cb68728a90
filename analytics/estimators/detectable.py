"""What a study of this size could have found."""

from __future__ import annotations

from math import exp, sqrt

from scipy import special

from analytics.estimators.arrays import number
from analytics.estimators.poisson import positive


def minimum_detectable_hazard_ratio(
    events: float, share_exposed: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Smallest hazard ratio above 1 that a two-sided log-rank test finds with that power (Schoenfeld 1983).

    events         deaths in both groups together
    share_exposed  share of the people (at risk) in one of the groups, between 0 and 1

    exp((z_{1 - alpha / 2} + z_power) / sqrt(events p (1 - p))); its inverse is the largest one below 1.
    """
    events = positive(events, "events")
    for name, value in (("share_exposed", share_exposed), ("power", power), ("alpha", alpha)):
        if not 0 < number(value, name) < 1:
            raise ValueError(f"{name} must lie between 0 and 1, not {value}")
    z = float(special.ndtri(1 - alpha / 2) + special.ndtri(power))
    return exp(z / sqrt(events * share_exposed * (1 - share_exposed)))
