"""Every public estimator with one good call, of which tests may spoil an argument.

An estimator that is missing here fails ``test_every_public_function_has_an_example``.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from inspect import isfunction

import analytics.estimators
from analytics.estimators import comparisons, rates, sensitivity, shrinkage
from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.cox import cox, natural_spline
from analytics.estimators.multiplicity import benjamini_hochberg, holm
from analytics.estimators.rates import exact_binomial_p, proportion_interval
from analytics.estimators.sensitivity import minimum_detectable_hazard_ratio
from analytics.estimators.survival import (
    exposed_intervals,
    kaplan_meier,
    landmark,
    logrank,
    mantel_byar,
    simon_makuch,
)

# Doors for those who build on the estimators, whose functions take arrays that others have checked.
NOT_WALKED = {"building_blocks"}


def doors() -> set[str]:
    """The modules that may be imported from outside."""
    found = {module.name for module in pkgutil.iter_modules(analytics.estimators.__path__)}
    return {name for name in found if not name.startswith("_")} - NOT_WALKED


def public_functions() -> set[str]:
    """What the doors offer: the functions in ``__all__``, else the public ones defined there."""
    found = set()
    for door in doors():
        module = import_module(f"analytics.estimators.{door}")
        own = [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__
        ]
        offered = getattr(module, "__all__", [name for name in own if not name.startswith("_")])
        found |= {name for name in offered if isfunction(getattr(module, name))}
    return found


N = 6
ROWS = {"durations": [1, 2, 3, 4, 5, 6], "events": [1, 0, 1, 1, 0, 1]}
ENTRY, WEIGHTS = {"entry": [0, 0, 1, 0, 2, 0]}, {"weights": [1, 2, 1, 1, 1, 2]}
GROUPS, STRATA = {"groups": ["a", "b", "a", "b", "a", "b"]}, {"strata": [1, 1, 1, 2, 2, 2]}
CAUSES = {"durations": ROWS["durations"], "causes": [1, 0, 2, 1, 1, 2]}
X = {"covariates": [[0.0], [1.0], [1.0], [0.0], [0.5], [0.2]], "names": ["x"]}
EXPOSED = {"exposed_from": [None, 1, None, 2, None, None]}
TWO, TABLE = {"a": [1, 2, 4, 3], "b": [2, 5, 3]}, {"table": [[3, 2], [1, 4]]}
STRATUM = {"counts": [1, 2], "person_years": [10.0, 20.0]}
SIRS = {"observed": [1, 2], "expected": [1.5, 1.0]}
CURVE, MODEL = kaplan_meier(**ROWS), cox(**ROWS, **X)

EXAMPLES: dict[str, tuple[Callable, dict]] = {
    "kaplan_meier": (kaplan_meier, ROWS | ENTRY | WEIGHTS),
    "logrank": (logrank, ROWS | GROUPS | ENTRY | STRATA),
    "SurvivalCurve.at": (CURVE.at, {"time": 2.0}),
    "SurvivalCurve.restricted_mean": (CURVE.restricted_mean, {"tau": 4.0}),
    "cumulative_incidence": (cumulative_incidence, CAUSES | ENTRY),
    "IncidenceCurve.at": (cumulative_incidence(**CAUSES).at, {"time": 2.0}),
    "gray_test": (gray_test, CAUSES | GROUPS | STRATA),
    "fine_gray": (fine_gray, CAUSES | X | {"censoring_groups": ["a"] * 3 + ["b"] * 3}),
    "cox": (
        cox,
        ROWS | X | ENTRY | WEIGHTS | STRATA | {"cluster": [1, 1, 2, 3, 4, 5], "offset": [0.0] * 5 + [1.0]},
    ),
    "exposed_intervals": (exposed_intervals, ROWS | EXPOSED | {"landmark": 0.5}),
    "mantel_byar": (mantel_byar, ROWS | EXPOSED | {"landmark": 0.5}),
    "simon_makuch": (simon_makuch, ROWS | EXPOSED | {"landmark": 0.0}),
    "landmark": (landmark, ROWS | EXPOSED | {"at": 2.0}),
    "natural_spline": (natural_spline, {"values": [1, 2, 3, 4, 5]}),
    "Spline.at": (natural_spline([1, 2, 3, 4, 5]).at, {"values": [1, 2]}),
    "holm": (holm, {"p_values": [0.1, 0.2, 0.3]}),
    "benjamini_hochberg": (benjamini_hochberg, {"p_values": [0.1, 0.2, 0.3]}),
    "rate": (rates.rate, {"count": 3, "person_years": 10.0, "level": 0.9}),
    "rate_ratio": (
        rates.rate_ratio,
        {"count_a": 1, "person_years_a": 2.0, "count_b": 3, "person_years_b": 4.0, "level": 0.9},
    ),
    "stratified_rate_ratio": (
        rates.stratified_rate_ratio,
        STRATUM | {"counts_0": [3, 1], "person_years_0": [9.0, 8.0], "level": 0.9},
    ),
    "age_standardised_rate": (rates.age_standardised_rate, STRATUM | {"weights": [0.4, 0.6], "level": 0.9}),
    "poisson_interval": (rates.poisson_interval, {"count": 3, "level": 0.9}),
    "poisson_p_value": (rates.poisson_p_value, {"count": 3, "mean": 2.5}),
    "standardised_incidence_ratio": (
        rates.standardised_incidence_ratio, {"observed": 3, "expected": 2.0, "level": 0.9}
    ),
    "sir_homogeneity": (rates.sir_homogeneity, SIRS),
    "sir_homogeneity_exact": (rates.sir_homogeneity_exact, SIRS),
    "sir_trend": (rates.sir_trend, SIRS | {"scores": [1, 2]}),
    "sir_trend_exact": (rates.sir_trend_exact, SIRS | {"scores": [1, 2]}),
    "proportion_interval": (proportion_interval, {"count": 3, "total": 9, "level": 0.9}),
    "exact_binomial_p": (exact_binomial_p, {"count": 3, "total": 9, "share": 0.4}),
    "chi_squared": (comparisons.chi_squared, TABLE),
    "fisher_exact": (comparisons.fisher_exact, TABLE | {"level": 0.9}),
    "student_t": (comparisons.student_t, TWO | {"level": 0.9}),
    "welch_t": (comparisons.welch_t, TWO | {"level": 0.9}),
    "mann_whitney": (comparisons.mann_whitney, TWO),
    "standardised_difference": (comparisons.standardised_difference, TWO),
    "standardised_difference_levels": (
        comparisons.standardised_difference_levels, {"a": [3, 2], "b": [1, 4]}
    ),
    "standardised_difference_proportions": (
        comparisons.standardised_difference_proportions, {"p": 0.2, "q": 0.4}
    ),
    "e_value": (sensitivity.e_value, {"estimate": 2.0, "lower": 1.5, "upper": 3.0}),
    "from_interval": (shrinkage.from_interval, {"lower": 0.5, "upper": 2.0, "level": 0.9, "ratio": 1.1}),
    "semi_bayes": (
        lambda coef, std_error, level: shrinkage.semi_bayes(
            coef, std_error, prior_lower=0.25, prior_upper=4, level=level
        ),
        {"coef": 0.5, "std_error": 0.2, "level": 0.9},
    ),
    "minimum_detectable_hazard_ratio": (
        minimum_detectable_hazard_ratio, {"events": 50, "share_exposed": 0.5, "power": 0.8, "alpha": 0.05}
    ),
}  # fmt: skip
