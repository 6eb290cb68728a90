"""How high is the hazard of death, and where does survival lead, if it follows a smooth curve?

Weibull and log-normal models (lifelines) of groups whose survival the report shows, the better one by AIC. A
model has a hazard at any month and a median beyond the follow-up; both hold only as far as its shape does, so
that each stands beside Kaplan-Meier. All groups are of the conventional cohort, as their curves are. Groups
by later second cancer are not modelled: whoever is in one had to live until the second cancer (immortal
time), which a smooth curve would make a low hazard.

The models are fitted to completed months, as Kaplan-Meier is, also where days were delivered. Somebody who
died in month 5 lived for 5 to 6 months, so that every time is half a month short on average. A likelihood of
intervals (R's survreg with type "interval2") would mend it in the model alone, whose median would then be
half a month or more above the Kaplan-Meier median beside it without a difference between the two. The table
says so instead.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import special

from analytics.estimators.building_blocks import normal_quantile
from analytics.estimators.survival import SurvivalCurve, kaplan_meier
from analytics.questions.analysis import FOLLOW_UP, SECOND_CANCER, Analysis, FurtherRows, Origin, nobody_died
from analytics.questions.deliveries import deliveries
from analytics.questions.estimable import finite
from analytics.questions.model_card import FEW
from analytics.questions.rows import CASES, FOLLOWED, FOLLOWED_AFTER_SECOND, PEOPLE, both
from analytics.results.document import Results
from analytics.results.ids import SurvivalId
from analytics.results.states import NOT_DELIVERED, NOT_ESTIMABLE, VALUE
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study

KEY = "parametric_survival"
WEIBULL, LOG_NORMAL = "Weibull", "log-normal"
SHOWN_AT = (12, 60, 120)
"""Completed months after which a hazard and the share alive are given."""

HALF_A_MONTH = 0.5
"""After a completed month a model is read for what Kaplan-Meier shows at it: `misfit_of` says why."""

LIFETIME = 1200
"""Months after which no median is given: a model without a bend goes on for centuries."""

N_PARAMETERS = 2
MONTHS_OF_A_YEAR = 12
# lifelines' own L-BFGS-B gives up on some groups, with parameters 5e-5 off; its messages advise this one.
MAXIMISER = "SLSQP"
PRECISION = {"ftol": 1e-15, "maxiter": 500}


@dataclass(frozen=True, slots=True)
class FittedModel:
    """One model of a group, with the parameters as R's dweibull and dlnorm name them; times in months.

    aic  -2 log-likelihood + 2 for each parameter
    """

    model: str
    parameters: dict[str, float]
    aic: float


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where a model lies furthest outside Kaplan-Meier's 95% confidence interval; shares alive there.

    month            the middle of a step of Kaplan-Meier, or half a month after one of SHOWN_AT
    kaplan_meier_ci  pointwise, log-log
    """

    month: float
    modelled: float
    kaplan_meier: float
    kaplan_meier_ci: tuple[float, float]

    @property
    def outside(self) -> float:
        """From the model to the nearer end of the interval, as a share."""
        low, high = self.kaplan_meier_ci
        return max(low - self.modelled, self.modelled - high)


@dataclass(frozen=True, slots=True)
class SmoothSurvival:
    """A group's survival as the model of the lower AIC has it, beside Kaplan-Meier.

    followed_months  the longest follow-up; what a model says of later months is extrapolated
    fits             the models that converged
    model            the one chosen, of which median, hazard and survival are
    median           None where it is later than LIFETIME, as is either of its limits
    hazard_per_100_person_years, survival_at, kaplan_meier_at
                     by completed month, of the model half a month later; Kaplan-Meier's is 0 from the
                     month on in which the last one died, None after the follow-up of somebody who did not
                     die, and needs no model, as its median and the follow-up do not
    kaplan_meier_median
                     None where it is not reached
    misfit           None where the model is inside Kaplan-Meier's confidence interval at every step
    """

    id: SurvivalId
    level: str
    n: int | None
    deaths: int | None
    followed_months: float | None = None
    fits: tuple[FittedModel, ...] = ()
    model: str | None = None
    median: float | None = None
    median_ci: tuple[float | None, float | None] = (None, None)
    median_is_extrapolated: bool | None = None
    kaplan_meier_median: float | None = None
    hazard_per_100_person_years: dict[str, float | None] | None = None
    survival_at: dict[str, float] | None = None
    kaplan_meier_at: dict[str, float | None] | None = None
    misfit: Misfit | None = None
    state: str = VALUE
    reason: str | None = None

    @property
    def chosen(self) -> FittedModel | None:
        return next((fit for fit in self.fits if fit.model == self.model), None)


def parametric_survival(marts: Marts, study: Study) -> tuple[SmoothSurvival, ...]:
    """Each group of the report from the index cancer, then everybody from the second one."""
    delivered = deliveries(marts, study)
    people = marts.index_patients().filter(FOLLOWED)
    cases = marts.second_primaries().filter(FOLLOWED_AFTER_SECOND)
    groups = (
        (SurvivalId.FROM_INDEX, "all", people, "survival_months"),
        *((SurvivalId.BY_ERA, each.era, people.filter(pl.col("era") == each.era), "survival_months")
          for each in study.eras),
        (SurvivalId.FROM_SECOND, "all", cases, "months_after_second"),
    )  # fmt: skip
    rows = []
    for id, level, members, months in groups:
        needed = (*SECOND_CANCER, *FOLLOW_UP) if id is SurvivalId.FROM_SECOND else FOLLOW_UP
        if reason := delivered.reason(*needed):
            rows.append(SmoothSurvival(id, level, None, None, state=NOT_DELIVERED, reason=reason))
        else:
            follow_up = members[months].to_numpy(), members["died"].to_numpy()
            rows.append(model_survival(id, level, *follow_up, flat=study.median_of_flat_stretch))
    return tuple(rows)


def model_survival(
    id: SurvivalId, level: str, months: np.ndarray, died: np.ndarray, *, flat: str = "midpoint"
) -> SmoothSurvival:
    """Both models of one group and what the better one says.

    months  of follow-up, completed, all above 0
    died    whether each ended in death
    flat    as for Kaplan-Meier's median (SurvivalCurve.quantile)
    """
    seen = _as_seen(id, level, months, died, flat)
    if reason := _why_not(months, died):
        return replace(seen, state=NOT_ESTIMABLE, reason=reason)
    fitted = list(_fits(months, died))
    if not fitted:
        return replace(seen, state=NOT_ESTIMABLE, reason="Neither model converged.")
    best, error = min(fitted, key=lambda each: each[0].aic)
    middle, half = log_median_of(best), normal_quantile(0.95) * error
    median, low, high = (_within_a_lifetime(at) for at in (middle, middle - half, middle + half))
    return replace(
        seen,
        fits=tuple(fit for fit, _ in fitted),
        model=best.model,
        median=median,
        median_ci=(low, high),
        median_is_extrapolated=middle > math.log(float(months.max())),
        hazard_per_100_person_years={
            str(at): finite(100 * MONTHS_OF_A_YEAR * hazard_of(best, at + HALF_A_MONTH)) for at in SHOWN_AT
        },
        survival_at={str(at): float(survival_of(best, at + HALF_A_MONTH)) for at in SHOWN_AT},
        misfit=misfit_of(best, kaplan_meier(months, died)),
    )


def _as_seen(id: SurvivalId, level: str, months: np.ndarray, died: np.ndarray, flat: str) -> SmoothSurvival:
    """What a group has without a model: its size, its follow-up and Kaplan-Meier."""
    seen = SmoothSurvival(id, level, len(months), int(np.sum(died)))
    if not len(months):
        return seen
    curve = kaplan_meier(months, died)
    return replace(
        seen,
        followed_months=float(months.max()),
        kaplan_meier_median=finite(curve.quantile(0.5, flat=flat)),
        kaplan_meier_at={str(at): finite(curve.at(at)) for at in SHOWN_AT},
    )


def misfit_of(fit: FittedModel, curve: SurvivalCurve) -> Misfit | None:
    """Where the model lies furthest outside the confidence interval of a curve; None where it never does.

    Each step is compared at its middle. The model takes the deaths of completed month 5 to be at 5.0, half of
    them below it and half above, so that at the edge of each step it is half a month's deaths too high. The
    months of SHOWN_AT are compared too: their halves are not the middle of a step of several months.
    """
    shown = np.array([at for at in SHOWN_AT if curve.times[0] <= at <= curve.times[-1]])
    steps = np.arange(len(curve.times) - 1)
    steps = np.append(steps, np.searchsorted(curve.times, shown, side="right") - 1)
    months = np.append((curve.times[1:] + curve.times[:-1]) / 2, shown + HALF_A_MONTH)
    modelled = survival_of(fit, months)
    low, high = (limits[steps] for limits in curve.interval())
    # Kaplan-Meier has no confidence interval before the first death.
    outside = np.nan_to_num(np.maximum(low - modelled, modelled - high))
    at = int(np.argmax(outside))
    if outside[at] <= 0:
        return None
    both = float(low[at]), float(high[at])
    return Misfit(float(months[at]), float(modelled[at]), float(curve.survival[steps[at]]), both)


def _within_a_lifetime(log_months: float) -> float | None:
    return math.exp(log_months) if log_months <= math.log(LIFETIME) else None


def _why_not(months: np.ndarray, died: np.ndarray) -> str:
    """Why a group has no model; empty where it can have one."""
    deaths = np.count_nonzero(died)
    if not len(months):
        return "Nobody was followed."
    if deaths < FEW * N_PARAMETERS:
        return f"Too few events: {deaths / N_PARAMETERS:.1f} deaths per parameter, fewer than {FEW}."
    if len(np.unique(months[died])) == 1:
        return "All deaths are in one month, which has no smooth curve."
    return ""


def _fits(months: np.ndarray, died: np.ndarray) -> Iterator[tuple[FittedModel, float]]:
    """Each model that converges, with the standard error of the logarithm of its median.

    People with equal time and end are one row with their number as weight: the likelihood is the same.
    Time is counted in the mean follow-up, because lifelines stops early where times are in the hundreds.
    """
    from lifelines import LogNormalFitter, WeibullFitter
    from lifelines.exceptions import ConvergenceError, StatisticalWarning

    pairs = pl.DataFrame({"months": months, "died": died}).group_by("months", "died").len()
    pairs = pairs.sort("months", "died")
    unit = float(months.mean())
    times = pairs["months"].to_numpy() / unit
    for name, fitter, described in (
        (WEIBULL, WeibullFitter(), _weibull), (LOG_NORMAL, LogNormalFitter(), _log_normal),
    ):  # fmt: skip
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", StatisticalWarning)
                fitter._scipy_fit_method = MAXIMISER
                fitter.fit(times, pairs["died"].to_numpy(), weights=pairs["len"].to_numpy(),
                           timeline=[1.0], fit_options=PRECISION)  # fmt: skip
        except (ConvergenceError, StatisticalWarning):
            continue
        parameters, gradient = described(fitter, unit)
        # The density of a death by month is that by unit over the months of a unit.
        aic = fitter.AIC_ + 2 * np.count_nonzero(died) * math.log(unit)
        variance = float(gradient @ fitter.variance_matrix_.to_numpy() @ gradient)
        yield FittedModel(name, parameters, float(aic)), math.sqrt(variance)


def _weibull(fitter: Any, unit: float) -> tuple[dict[str, float], np.ndarray]:
    """Parameters in months, and the gradient of the logarithm of the median in lifelines' own."""
    scale, shape = fitter.lambda_, fitter.rho_
    gradient = np.array([1 / scale, -math.log(math.log(2)) / shape**2])
    return {"shape": float(shape), "scale": float(scale * unit)}, gradient


def _log_normal(fitter: Any, unit: float) -> tuple[dict[str, float], np.ndarray]:
    """As for Weibull; the logarithm of the median is the first parameter itself."""
    mean = float(fitter.mu_) + math.log(unit)
    return {"meanlog": mean, "sdlog": float(fitter.sigma_)}, np.array([1.0, 0.0])


def survival_of(fit: FittedModel, months: Any) -> Any:
    """The share alive at months above 0, as the model has it."""
    if fit.model == WEIBULL:
        with np.errstate(over="ignore"):
            return np.exp(-(np.divide(months, fit.parameters["scale"]) ** fit.parameters["shape"]))
    return special.ndtr(-_standardised(fit, months))


def hazard_of(fit: FittedModel, months: Any) -> Any:
    """Deaths per person-month at months above 0; infinite where it is too high for a number."""
    if fit.model == WEIBULL:
        shape, scale = fit.parameters["shape"], fit.parameters["scale"]
        with np.errstate(over="ignore"):
            return shape / scale * np.divide(months, scale) ** (shape - 1)
    z = _standardised(fit, months)
    log_density = -(z**2 + math.log(2 * math.pi)) / 2
    return np.exp(log_density - special.log_ndtr(-z)) / np.multiply(fit.parameters["sdlog"], months)


def log_median_of(fit: FittedModel) -> float:
    """The logarithm of the month at which half are alive."""
    if fit.model == WEIBULL:
        return math.log(fit.parameters["scale"]) + math.log(math.log(2)) / fit.parameters["shape"]
    return fit.parameters["meanlog"]


def _standardised(fit: FittedModel, months: Any) -> Any:
    return (np.log(months) - fit.parameters["meanlog"]) / fit.parameters["sdlog"]


def models_in(results: Results) -> tuple[SmoothSurvival, ...]:
    """The rows of some results; none of those of a version that had none."""
    return results.further.get(KEY, ())


def _nobody_to_model(results: Results) -> str:
    """A sentence where no group has a model; else nothing."""
    rows = models_in(results)
    if any(row.state == VALUE for row in rows):
        return ""
    nobody = nobody_died(results, SurvivalId.FROM_INDEX, results.study.index_short_label)
    reason = f" {rows[0].reason}" if rows else ""
    return nobody or f"Not estimable: no group has a model.{reason}"


COUNTS = {"n": "", "deaths": "died"}

ANALYSIS = Analysis(
    section="smooth",
    title="Parametric survival models",
    question="Why model survival?",
    keys=(KEY,),
    needs=FOLLOW_UP,
    why_empty=_nobody_to_model,
    origins=(
        ("Models from the index cancer", PEOPLE, f"select * from {PEOPLE} where {FOLLOWED}"),
        ("Model from the second primary", CASES, f"select * from {CASES} where {FOLLOWED_AFTER_SECOND}"),
    ),
    numbers=(
        Origin(f"{KEY}[id={SurvivalId.FROM_INDEX},level=all]", PEOPLE, PEOPLE, FOLLOWED, COUNTS),
        Origin(f"{KEY}[id={SurvivalId.BY_ERA},level={{level}}]", PEOPLE, PEOPLE,
               both(FOLLOWED, "era = {level}"), COUNTS),
        Origin(f"{KEY}[id={SurvivalId.FROM_SECOND},level=all]", CASES, CASES, FOLLOWED_AFTER_SECOND, COUNTS),
    ),
    further=FurtherRows(SmoothSurvival, parametric_survival),
)  # fmt: skip
