"""The estimators under test, each with the true value of what it means to estimate."""

from __future__ import annotations

from bench.simulation import answers
from bench.simulation.coverage import Method
from bench.simulation.truth import Truth

HORIZON_MONTHS = 120


def _hazard_ratio(truth: Truth) -> float:
    return truth.second_cancer_hazard_ratio


def _no_difference_without_effect(truth: Truth) -> float | None:
    """Without an effect on death no difference in survival; with one, its size hangs on the timing."""
    return 0.0 if truth.second_cancer_hazard_ratio == 1 else None


def _one(truth: Truth) -> float:
    return 1.0


def _nothing(truth: Truth) -> float:
    return 0.0


TIME_DEPENDENT = Method(
    "time-dependent Cox", "corrected", _hazard_ratio, lambda r, t: answers.time_dependent_cox(r)
)

OF_SURVIVAL = (
    Method("naive Cox, grouped by later second cancer", "published", _hazard_ratio,
           lambda r, t: answers.naive_cox(r)),
    Method("difference of naive medians, months", "published", _no_difference_without_effect,
           lambda r, t: answers.naive_medians(r), "difference"),
    TIME_DEPENDENT,
    Method("landmark Cox, 24 months", "corrected", _hazard_ratio, lambda r, t: answers.landmark_cox(r, 24)),
    Method("landmark Cox, 60 months", "corrected", _hazard_ratio, lambda r, t: answers.landmark_cox(r, 60)),
)  # fmt: skip

CORRECTED_SURVIVAL = tuple(method for method in OF_SURVIVAL if method.stance == "corrected")

OF_FEW_EVENTS = (
    TIME_DEPENDENT,
    Method("time-dependent Cox, Firth, profile interval", "corrected", _hazard_ratio,
           lambda r, t: answers.time_dependent_cox(r, penalty="firth")),
)  # fmt: skip


def _incidence_methods(era: int, label: str) -> tuple[Method, Method]:
    """Published and corrected cumulative incidence at ten years in one era."""

    def truth_of(truth: Truth) -> float:
        return truth.cumulative_incidence(truth.eras[era], HORIZON_MONTHS)

    return (
        Method(f"1 - Kaplan-Meier at 10 years, {label}", "published", truth_of,
               lambda r, t: answers.one_minus_kaplan_meier(r, era, HORIZON_MONTHS)),
        Method(f"Aalen-Johansen at 10 years, {label}", "corrected", truth_of,
               lambda r, t: answers.incidence_by(r, era, HORIZON_MONTHS)),
    )  # fmt: skip


OF_INCIDENCE = (
    Method("standardised incidence ratio, exact", "corrected", lambda t: t.sir, answers.incidence_ratio),
    Method("excess per 10,000 person-years", "corrected", lambda t: t.excess_per_10k, answers.excess_risk,
           "difference"),
    *_incidence_methods(0, "first era"),
    *_incidence_methods(1, "last era"),
    Method("proportion of patients, last era / first", "published", _one,
           lambda r, t: answers.era_proportion_ratio(r)),
    Method("rate per person-year, last era / first", "corrected", _one, answers.era_rate_ratio),
    Method("median latency, last era - first, months", "published", _nothing,
           lambda r, t: answers.latency_change(r), "difference"),
    Method("the same within a common 120 months", "fairer, not corrected", _nothing,
           lambda r, t: answers.latency_change_in_window(r, t, HORIZON_MONTHS), "difference"),
)  # fmt: skip
