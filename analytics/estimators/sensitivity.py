"""How easily a result would turn, and what a study of this size could have found.

Unmeasured confounding (E-values), and the minimum detectable hazard ratio.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, sqrt

from scipy import special

from analytics.estimators._base.arrays import number
from analytics.estimators._counts.poisson import positive


@dataclass(frozen=True, slots=True)
class EValue:
    """Confounding (risk ratio with both exposure and outcome) that would explain the estimate away.

    estimate: for the point estimate; limit: for the interval's limit nearer 1, which is 1 if it crosses 1.
    """

    estimate: float
    limit: float


def e_value(
    estimate: float, lower: float | None = None, upper: float | None = None, *, scale: str = "risk_ratio"
) -> EValue:
    """E-value of VanderWeele & Ding 2017.

    scale  "risk_ratio" · "hazard_ratio_rare" and "odds_ratio_rare": as a risk ratio (outcome under 15%) ·
           "hazard_ratio": common outcome, (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)) · "odds_ratio": common
           outcome, square root

    Without limits ``limit`` is NaN. A large value says that the estimate is extreme, not that it is right.
    """
    convert: dict[str, Callable[[float], float]] = {
        "risk_ratio": lambda ratio: ratio,
        "hazard_ratio_rare": lambda ratio: ratio,
        "odds_ratio_rare": lambda ratio: ratio,
        "odds_ratio": sqrt,
        "hazard_ratio": lambda ratio: (1 - 0.5 ** sqrt(ratio)) / (1 - 0.5 ** sqrt(1 / ratio)),
    }
    if scale not in convert:
        raise ValueError(f"scale must be one of {', '.join(convert)}, not {scale!r}")
    for name, value in (("estimate", estimate), ("lower", lower), ("upper", upper)):
        if (value is not None or name == "estimate") and number(value, name) <= 0:
            raise ValueError(f"{name} must be a positive number, not {value}")
    ratio = convert[scale](estimate)
    nearer = lower if ratio >= 1 else upper
    limit = float("nan")
    if nearer is not None:
        limit = 1.0 if (nearer <= 1) == (ratio >= 1) else _e_value(convert[scale](nearer))
    return EValue(_e_value(ratio), limit)


def _e_value(ratio: float) -> float:
    ratio = max(ratio, 1 / ratio)
    return ratio + sqrt(ratio * (ratio - 1))


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
