"""A fitted Cox model: estimates, tests, and the further questions one may ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from analytics.estimators._base.arrays import FollowUp
from analytics.estimators._base.distributions import chi_squared_tail, normal_quantile
from analytics.estimators._base.newton import Maximum, Objective
from analytics.estimators._base.results import Interval, TestResult
from analytics.estimators._cox.baseline import BaselineHazard, baseline
from analytics.estimators._cox.concordance import Concordance, concordance
from analytics.estimators._cox.design import Design
from analytics.estimators._cox.partial_likelihood import PartialLikelihood
from analytics.estimators._cox.profile_likelihood import profile_interval
from analytics.estimators._cox.risk_sets import RiskSets
from analytics.estimators._cox.schoenfeld import TermTest, proportional_hazards
from analytics.estimators._cox.separation import Limit
from analytics.estimators._cox.tied_deaths import Terms


@dataclass(frozen=True, slots=True, eq=False)
class CoxModel:
    """Estimates have one entry per name, shapes (p,); NaN where a column could not be estimated.

    lower, upper      limits of the hazard ratio at ``level``: Wald, or profile with Firth's penalty
    covariance        of coef: robust where clusters were given, else the model's (``naive_covariance``)
    loglik_null, loglik   penalised with Firth's penalty: compare them with each other only
    constant, collinear, separated   names that could not be estimated, and why; see ``cox``
    undecided         names whose estimates are withheld: no maximum was reached, nor shown to be infinite
    converged         False as well where a column is separated: its likelihood rises for ever
    n, events         rows given, and events in them
    """

    names: tuple[str, ...]
    coef: np.ndarray
    covariance: np.ndarray
    naive_covariance: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray
    level: float
    ties: str
    penalty: str | None
    n: int
    events: int
    loglik_null: float
    loglik: float
    likelihood_ratio: TestResult
    score: TestResult
    converged: bool
    iterations: int
    constant: tuple[str, ...]
    collinear: tuple[str, ...]
    separated: tuple[str, ...]
    undecided: tuple[str, ...]
    strata: tuple[object, ...]
    rows: FollowUp = field(repr=False)
    columns: Design = field(repr=False)
    risk: RiskSets = field(repr=False)
    terms: Terms = field(repr=False)
    covariates: np.ndarray = field(repr=False)
    offset: np.ndarray = field(repr=False)
    objective: Objective = field(repr=False)
    limit: Limit = field(repr=False)
    cluster: np.ndarray | None = field(repr=False)

    @property
    def top(self) -> Maximum:
        """Where the climb ended, on the fitted scale: in the limit, where a column is separated."""
        return self.limit.top

    @property
    def likelihood(self) -> PartialLikelihood:
        """The likelihood person by person, on the fitted scale; made when asked for."""
        return self.columns.likelihood(self.risk, self.terms, self.covariates, self.offset)

    @property
    def std_error(self) -> np.ndarray:
        return np.sqrt(np.diag(self.covariance))

    @property
    def naive_std_error(self) -> np.ndarray:
        """The model's own error, also where ``std_error`` is robust."""
        return np.sqrt(np.diag(self.naive_covariance))

    @property
    def hazard_ratio(self) -> np.ndarray:
        ratio: np.ndarray = np.exp(self.coef)
        return ratio

    @property
    def z(self) -> np.ndarray:
        """Wald's z."""
        z: np.ndarray = self.coef / self.std_error
        return z

    @property
    def events_per_coefficient(self) -> float:
        """Events for each coefficient that could be estimated; below 10 they are few (Peduzzi 1995)."""
        return self.events / len(self.columns.kept) if len(self.columns.kept) else float("nan")

    @property
    def wald(self) -> TestResult:
        """All estimable coefficients at once."""
        return self.joint_wald(self.columns.kept_names)

    def joint_wald(self, names: Iterable[str]) -> TestResult:
        """Wald test that the named coefficients are all zero, such as the levels of one variable.

        NaN if one of them is not estimable; an unknown name is a ``ValueError``.
        """
        names = (names,) if isinstance(names, str) else tuple(names)
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise ValueError(f"names holds {unknown[0]!r}, which is not in the model")
        at = [self.names.index(name) for name in names]
        coef, covariance = self.coef[at], self.covariance[np.ix_(at, at)]
        if not at or not np.isfinite(covariance).all():
            return TestResult("wald", float("nan"), len(at), float("nan"))
        statistic = float(coef @ np.linalg.solve(covariance, coef))
        return TestResult("wald", statistic, len(at), chi_squared_tail(statistic, len(at)))

    def interval(self, name: str, method: str = "wald", level: float | None = None) -> Interval:
        """Limits of one hazard ratio: "wald", or "profile" of the (penalised) likelihood.

        A profile limit that the likelihood never reaches is NaN.
        """
        if name not in self.names:
            raise ValueError(f"{name!r} is not in the model")
        level = self.level if level is None else level
        at = self.names.index(name)
        if method == "wald":
            half = normal_quantile(level) * self.std_error[at]
            return Interval(float(np.exp(self.coef[at] - half)), float(np.exp(self.coef[at] + half)))
        if method != "profile":
            raise ValueError(f"method must be 'wald' or 'profile', not {method!r}")
        if not np.isfinite(self.coef[at]):
            return Interval(float("nan"), float("nan"))
        j = int(np.flatnonzero(self.columns.kept == at)[0])
        there = int(np.flatnonzero(self.limit.kept == j)[0])
        limits = profile_interval(
            self.limit.objective.at, self.top, there, level, penalised=self.penalty is not None
        )
        return Interval(*(float(np.exp(limit / self.columns.scale[j])) for limit in limits))

    def proportional_hazards(
        self, transform: str = "km", terms: dict[str, Iterable[str]] | None = None
    ) -> tuple[TermTest, ...]:
        """Score test of each coefficient against a drift with g(time), and of all together ("GLOBAL", last).

        transform  "km" (1 - S(t-)), "rank", "identity" or "log"; R's ``cox.zph`` of survival 3
        terms      variable to its column names, to test the levels of a variable together
        """
        self._needs_partial_likelihood("the proportional hazards test")
        return proportional_hazards(self, transform, terms)

    def baseline(self, *, centred: bool = False) -> BaselineHazard:
        """Cumulative baseline hazard, for covariates all 0, or for their means where centred."""
        self._needs_partial_likelihood("the baseline hazard")
        return baseline(self, centred=centred)

    @property
    def concordance(self) -> float:
        """Harrell's C, strata and late entry respected; computed when asked for."""
        return self.concordance_detail().value

    def concordance_detail(self) -> Concordance:
        """Harrell's C with its pairs and its infinitesimal-jackknife error, by cluster where given.

        Separated columns rank first, as their coefficients tower over the rest.
        """
        likelihood = self.likelihood
        score = likelihood.x[:, self.limit.kept] @ self.top.coef + likelihood.offset
        cluster = None if self.cluster is None else self.cluster[self.risk.kept]
        return concordance(self.risk, score, before=self.limit.level, cluster=cluster)

    def _needs_partial_likelihood(self, what: str) -> None:
        if self.ties == "exact":
            raise ValueError(f"{what} is not available with exact ties: fit with efron or breslow")
        if self.separated:
            raise ValueError(f"{what} does not exist: {', '.join(self.separated)} is separated")
        if self.undecided:
            names = ", ".join(self.undecided)
            raise ValueError(f"{what} is withheld: is {names} separated? Fit with the penalty")
