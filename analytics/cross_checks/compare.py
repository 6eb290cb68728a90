"""Every survival analysis of the results beside what lifelines computes of rows derived again.

The walk is over the results, so that no analysis is silently left out: each number is compared, or stands
there as not compared with the reason, also of an analysis that this file knows nothing of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analytics.cross_checks import our_fits, second_program
from analytics.cross_checks.rows import (
    HORIZONS,
    Followed,
    ModelRows,
    NotKnown,
    analyses_of,
    case_series_rows,
    competing_rows,
    curve_rows,
    draw_people,
    model_rows,
    terms_of,
)
from analytics.cross_checks.second_program import INTERVALS, ChiSquared, Curve, Fit, KaplanMeier, NoMaximum
from analytics.results.competing import CompetingAnalysis, CompetingStratum
from analytics.results.cox import CoxAnalysis, CoxTerm
from analytics.results.cross_checks import (
    AGREES,
    CASE_SERIES,
    CROSSING,
    DIFFERS,
    EVERY_ANALYSIS,
    LIFELINES,
    NO_MAXIMUM,
    NOT_COMPARED,
    PARAMETRIC_SURVIVAL,
    CrossCheck,
)
from analytics.results.document import Results
from analytics.results.guardrails import EvidenceCard, GroupCount, ModelCard
from analytics.results.hospital import CaseSeriesGroup
from analytics.results.ids import CompetingId, Cox, CoxId, SurvivalId
from analytics.results.states import NOT_DELIVERED, VALUE
from analytics.results.statistical_tests import StatisticalTest, VariableTest
from analytics.results.survival import LateEntry, SurvivalAnalysis, SurvivalStratum
from analytics.warehouse.marts import Marts

AnyId = SurvivalId | CompetingId | CoxId | str

TOLERANCE = 1e-6
TOLERANCE_OF_P = 1e-4
"""As a share of a P value below 0.01, so that small ones are held to four digits."""
SMALLEST_P = 1e-300
"""A smaller one stands as 0 in either program."""
DECIMALS = 10
"""Of what is kept of lifelines' answer; the digits behind hang on the processor."""

LARGEST = 20_000
"""Rows of a model that are still fitted whole by both programs; lifelines is slow beyond."""
LARGEST_WITH_ENTRY = 3_000_000
"""Rows times distinct times of death of a model with late entry that is still fitted whole: lifelines goes
through the rows at each time anew, and survival in days has thousands of times. About a second."""
SAMPLE = 5_000
"""People of a larger model who are drawn, of those with the second cancer and of others; half as many, and
half again, until the sample is small enough itself."""

THE_ANALYSIS = "analyses of this name"
TERMS = "covariates and ties"
UNKNOWN = "the second program does not know this analysis"
NOT_ESTIMATED = "there is no such number here"
NO_FINITE_RATIO = "a term has no finite ratio in either program"
NOT_IN_SAMPLE = "a term has no finite ratio in the sample that both programs would fit"
NO_CURVE = "lifelines estimates no curve where nobody is at risk while others are still to enter"
BRESLOW = "lifelines has no Breslow ties"
FIRTH = "lifelines has no Firth's penalty"
MANTEL_BYAR = "lifelines has no log-rank test with late entry"
MOVED = "lifelines breaks ties at random before it estimates these"
NO_GRAY = "lifelines has no Gray's test"
NO_FINE_GRAY = "lifelines has no Fine and Gray's model"
OLDER_TEST = "lifelines has the approximation that R's cox.zph had before survival 3.0"
NO_SURVIVAL = "they have no survival to estimate; the flow of patients counts them"
ARITHMETIC = "made of the counts that are compared; lifelines has no such number"
DESCRIBED = "descriptions, not survival"
LIFELINES_ALONE = "fitted by lifelines alone; the tests hold it to R's survreg"

EVERYWHERE = (
    ("people left out", NO_SURVIVAL),
    ("tests of proportional hazards", OLDER_TEST),
    ("events per coefficient and ratios that can be found", ARITHMETIC),
)
"""What no analysis has a second opinion of, and why."""
FURTHER = {PARAMETRIC_SURVIVAL: ("Weibull and log-normal models", LIFELINES_ALONE)}
"""By the key of analyses that are no curves, tests or Cox models of the report's own."""

SPLINE = "age (spline)"

PUBLISHED, BRESLOWS = frozenset({Cox.ALONE, Cox.TOGETHER}), frozenset({Cox.NAIVE, Cox.FIRTH})
"""Models with the study's ties, and those with Breslow's in every study; all others have Efron's."""

ESTIMATES = "coefficients, standard errors and log-likelihood"
JOINT = "joint Wald tests"

MEDIANS = {
    "first": "both programs take the first month at or below one half",
    "midpoint": "both programs take the middle of a stretch at one half",
}
CORRECTED = frozenset({SurvivalId.AT_LANDMARKS, SurvivalId.FROM_EXPOSURE})
"""Whose medians are R's in every study; the others follow the study's conventions."""
SAMPLED = (
    "both programs fit the same sample, drawn by a fixed seed: people with the second cancer or of a race "
    "that few have, and others"
)
TESTS = {"logrank": "log-rank", "mantel_byar": "Mantel-Byar"}
AGAIN = "metachron again, of everybody, from rows derived a second time"
AGAIN_AALEN_JOHANSEN = "Aalen and Johansen's sum over the steps and counts of lifelines' Kaplan-Meier curves"
NEWTON = "one Newton step from the printed coefficients, on rows derived a second time"
OURSELVES = "metachron again, from rows derived a second time,"
FROM_COEFFICIENT = "arithmetic only, from the printed coefficient and its standard error"


class Disagreement(ValueError):
    """A number of the report is another in the second program; the text names it and both values."""


def cross_check(marts: Marts, results: Results) -> tuple[CrossCheck, ...]:
    """Every number that has a second opinion, and every one that has none, in the order of the results."""
    walk = _Walk(marts, second_program.version())
    checks = tuple(walk.over(results))
    if any(check.verdict != NOT_COMPARED for check in checks):
        return (*checks, *walk.everywhere())
    reasons = {check.reason for check in checks}
    if len(reasons) == 1:
        return (walk._not(EVERY_ANALYSIS, "", "curves, tests and models", reasons.pop() or NOT_ESTIMATED),)
    return checks


def refuse_differing(checks: Sequence[CrossCheck]) -> None:
    """Raises Disagreement where a compared number differs by more than its tolerance."""
    differing = [check for check in checks if check.verdict == DIFFERS]
    if not differing:
        return
    first, others = differing[0], len(differing) - 1
    second = f"{LIFELINES} {first.version}" if first.software == LIFELINES else OURSELVES
    text = f"{first.name}: the report has {_said(first.ours)} and {second} computes {_said(first.theirs)}"
    if first.difference is not None:
        share = " as a share" if _is_share(first) else ""
        text += f", a difference of {first.difference:.3g}{share} where {first.tolerance:.0e} is allowed"
    raise Disagreement(text + (f"; {others} more of the compared numbers differ" if others else ""))


def _is_share(check: CrossCheck) -> bool:
    """Whether the difference is smaller than that of the two values: a share of one above 1."""
    if check.ours is None or check.theirs is None or check.difference is None:
        return False
    return check.difference < abs(check.ours - check.theirs) * (1 - 1e-3)


def _said(value: float | None) -> str:
    return "no number" if value is None else f"{value:.10g}"


@dataclass(frozen=True, slots=True)
class Number:
    """One of many numbers that are compared together; None for what one of the two programs has not.

    is_ratio  compared as a share of it where it is above 1
    """

    name: str
    ours: float | None
    theirs: float | None
    tolerance: float = TOLERANCE
    is_ratio: bool = False

    def __len__(self) -> int:
        return int(self.ours is not None or self.theirs is not None)

    @property
    def difference(self) -> float | None:
        if self.ours is None or self.theirs is None:
            return None
        return abs(self.ours - self.theirs) / (max(1.0, abs(self.theirs)) if self.is_ratio else 1.0)

    @property
    def excess(self) -> float:
        """The difference in tolerances; infinite where one of the two has no number."""
        if self.ours is None and self.theirs is None:
            return 0.0
        if self.difference is None or np.isnan(self.difference):
            return float("inf")
        if self.difference > self.tolerance:
            return self.difference / self.tolerance
        return round(self.difference, DECIMALS) / TOLERANCE


def _of_p(name: str, ours: float | None, theirs: float) -> Number:
    value = _number(theirs)
    tolerance = TOLERANCE if value is None else min(TOLERANCE, max(TOLERANCE_OF_P * value, SMALLEST_P))
    return Number(name, ours, value, tolerance)


def _of_ratio(name: str, ours: float | None, theirs: float) -> Number:
    return Number(name, ours, _number(theirs), is_ratio=True)


def _counts(n: int, events: int, what: str, rows: Followed, people: str = "people") -> list[Number]:
    return [Number(people, n, len(rows.months)), Number(what, events, int(rows.died.sum()))]


def _chi_squared(
    ours: StatisticalTest | VariableTest | ChiSquared, theirs: ChiSquared, of: str = ""
) -> list[Number]:
    return [
        _of_ratio(f"chi-squared{of}", ours.statistic, theirs.statistic),
        Number(f"degrees of freedom{of}", ours.df, theirs.df),
        _of_p(f"P{of}", ours.p_value, theirs.p_value),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Values at the same times, shapes (m,): a Number each, all at once; NaN for what a program has not."""

    name: str
    times: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray

    def __len__(self) -> int:
        """How many there are in either program."""
        return int(np.sum(~(np.isnan(self.ours) & np.isnan(self.theirs))))

    @property
    def worst(self) -> Number | None:
        """The last of those that differ most; of those that differ by nothing, one that both have."""
        if not self.times.size:
            return None
        difference = np.abs(self.ours - self.theirs)
        off = np.where(difference > TOLERANCE, difference, np.round(difference, DECIMALS))
        off = np.where(np.isnan(self.ours) & np.isnan(self.theirs), 0.0, np.nan_to_num(off, nan=np.inf))
        most = np.flatnonzero(off == off.max())
        at = max(most, key=lambda place: (not np.isnan(difference[place]), place))
        named = f"{self.name}, " if self.name else ""
        return Number(f"{named}month {self.times[at]:g}", _number(self.ours[at]), _number(self.theirs[at]))


def _steps(ours: Curve, theirs: Curve, *, is_incidence: bool = False) -> Steps:
    """At every time that either knows."""
    times = np.union1d(ours.times, theirs.times)
    one, other = ours.at(times), theirs.at(times)
    return Steps("", times, 1 - one, 1 - other) if is_incidence else Steps("", times, one, other)


def _monthly(
    name: str,
    our_times: Sequence[float],
    ours: Sequence[float | None],
    their_times: Sequence[float] | np.ndarray,
    theirs: Sequence[float] | np.ndarray,
) -> Steps:
    """Values of both programs, each at its own times."""
    times = np.union1d(our_times, their_times)
    one, other = np.full(len(times), np.nan), np.full(len(times), np.nan)
    one[np.searchsorted(times, our_times)] = np.array(ours, dtype=float)
    other[np.searchsorted(times, their_times)] = theirs
    return Steps(name, times, one, other)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _horizon(id: SurvivalId, groups: Mapping[str, Followed], landmark: int | None) -> float | None:
    """Where the restricted means of groups that are compared end: with the shortest follow-up of any."""
    ends = [float(rows.months.max()) for rows in groups.values() if rows.landmark == landmark]
    return None if id == SurvivalId.FROM_EXPOSURE else min(ends) or None


def _test_of(id: SurvivalId, rows: Followed) -> str:
    """What the results call the test that these people are in."""
    if id == SurvivalId.FROM_EXPOSURE:
        return "mantel_byar"
    return "logrank" if rows.landmark is None else f"logrank at {rows.landmark} months"


def _found_by_lifelines(rows: ModelRows, ours: Fit) -> Fit:
    """lifelines' maximum; where its steps do not end, from our coefficients on, which are only a start."""
    try:
        return second_program.cox(rows)
    except NoMaximum:
        return second_program.cox(rows, ours.coef)


@dataclass(frozen=True)
class _Walk:
    """Over the results of one warehouse, with lifelines of one version."""

    marts: Marts
    version: str

    def over(self, results: Results) -> Iterator[CrossCheck]:
        for analysis in results.survival:
            if analysis.state == NOT_DELIVERED:
                yield self._not(analysis.id, "", "curves and tests", analysis.reason or NOT_ESTIMATED)
                continue
            flat = "midpoint" if analysis.id in CORRECTED else results.study.median_of_flat_stretch
            yield from self._survival(analysis, flat)
        for model in results.cox:
            if model.state == NOT_DELIVERED:
                yield self._not(model.id, "", "coefficients", model.reason or NOT_ESTIMATED)
                continue
            yield from self._model(model, results.study.ties, results.run.code_version)
        for competing in results.competing:
            if competing.state == NOT_DELIVERED:
                yield self._not(competing.id, "", "curves and tests", competing.reason or NOT_ESTIMATED)
                continue
            yield from self._competing(competing, ("metachron", results.run.code_version))
        yield from self.missing(results)
        if results.institution.case_series:
            series = case_series_rows(self.marts)
            for group in results.institution.case_series:
                yield from self._case_series(group, series.get(group.group))
            printed = {group.group for group in results.institution.case_series}
            for name in (name for name in series if name not in printed):
                yield self._one(CASE_SERIES, name, "people followed", None, len(series[name].months))
        for key, rows in results.further.items():
            if any(getattr(row, "state", VALUE) == VALUE for row in rows):
                yield self._not(key, "", *FURTHER.get(key, ("numbers", UNKNOWN)))

    def missing(self, results: Results) -> Iterator[CrossCheck]:
        """What the study asks for and the results have not."""
        there: set[AnyId] = {analysis.id for analysis in results.survival}
        there |= {model.id for model in results.cox} | {analysis.id for analysis in results.competing}
        for id in analyses_of(self.marts):
            if id not in there:
                yield self._one(id, "", THE_ANALYSIS, 0, 1, by=("metachron", results.run.code_version))

    def everywhere(self) -> Iterator[CrossCheck]:
        for what, reason in EVERYWHERE:
            yield self._not(EVERY_ANALYSIS, "", what, reason)

    def _survival(self, analysis: SurvivalAnalysis, flat: str) -> Iterator[CrossCheck]:
        """flat: what a median of this analysis is where its curve stays at one half."""
        try:
            groups = curve_rows(self.marts, analysis.id)
        except NotKnown:
            yield self._not(analysis.id, "", "curves and tests", UNKNOWN)
            return
        strata = {stratum.level: stratum for stratum in analysis.strata}
        for level in dict.fromkeys([*strata, *groups]):
            if level in strata and level in groups:
                yield from self._stratum(
                    analysis.id, strata[level], groups[level], flat, analysis.from_months,
                    _horizon(analysis.id, groups, groups[level].landmark),
                )  # fmt: skip
            else:
                yield self._one_sided(analysis.id, level, strata.get(level), groups.get(level))
        yield from self._tests(analysis, groups)

    def _tests(self, analysis: SurvivalAnalysis, groups: dict[str, Followed]) -> Iterator[CrossCheck]:
        """Each test that the report has or that these groups allow."""
        printed = {test.test: test for test in analysis.tests}
        tested: dict[str, dict[str, Followed]] = {}
        for level, rows in groups.items():
            tested.setdefault(_test_of(analysis.id, rows), {})[level] = rows
        for name in dict.fromkeys([*printed, *tested]):
            kind, at, landmark = name.partition(" at ")
            what = f"{TESTS.get(kind, kind)} test{at}{landmark}"
            test, compared = printed.get(name), second_program.compared_groups(tested.get(name, {}))
            if kind not in TESTS:
                yield self._not(analysis.id, "", what, UNKNOWN)
            elif kind == "mantel_byar":
                missing = self._one(analysis.id, "", what, 0, 1, by=("metachron", ""))
                yield missing if test is None else self._not(analysis.id, "", what, MANTEL_BYAR)
            elif compared:
                ours = test or StatisticalTest(name, None, None, None)
                theirs = second_program.logrank(compared)
                yield self._many(analysis.id, "", what, _chi_squared(ours, theirs))
            elif test is not None and test.statistic is None:
                yield self._not(analysis.id, "", what, test.note or NOT_ESTIMATED)
            elif test is not None:
                yield self._one(analysis.id, "", what, test.statistic, None)

    def _one_sided(
        self,
        id: AnyId,
        level: str,
        stratum: SurvivalStratum | CompetingStratum | None,
        rows: Followed | None,
    ) -> CrossCheck:
        """A group that only one of the two programs has."""
        n, theirs = (None if stratum is None else stratum.n), (None if rows is None else len(rows.months))
        return self._one(id, level, "people", n, theirs)

    def _stratum(
        self,
        id: SurvivalId,
        stratum: SurvivalStratum,
        rows: Followed,
        flat: str,
        from_months: int = 0,
        tau: float | None = None,
    ) -> Iterator[CrossCheck]:
        """flat: as in `_survival`; from_months: where the curve begins; tau: of the restricted mean."""
        level, curve = stratum.level, stratum.curve
        try:
            theirs = second_program.kaplan_meier(rows)
        except second_program.NoCurve:
            yield self._not(id, level, "Kaplan-Meier curve and all that is read off it", NO_CURVE)
            return
        ours = Curve(np.array(curve.time), np.array(curve.survival))
        yield self._many(id, level, "Kaplan-Meier curve", [_steps(ours, theirs)])
        yield self._many(
            id, level, "standard errors and log-log limits",
            [
                _monthly("standard error", curve.time, curve.std_error, theirs.times, theirs.std_error),
                _monthly("lower limit", curve.time, curve.lower, theirs.times, theirs.lower),
                _monthly("upper limit", curve.time, curve.upper, theirs.times, theirs.upper),
            ],
        )  # fmt: skip
        begins = 0.0 if rows.entry is None else float(rows.entry.min())
        table, late = stratum.risk_table, curve.late_entry or LateEntry((), ())
        mean = stratum.restricted_mean
        yield self._many(
            id, level, "people, deaths and numbers at risk",
            [
                *_counts(stratum.n, stratum.events, "deaths", rows),
                Number("horizon of the restricted mean", None if mean is None else mean.tau, tau),
                _monthly("at risk", curve.time, curve.at_risk, theirs.times, theirs.at_risk),
                _monthly("deaths", curve.time, curve.events, theirs.times, theirs.events),
                _monthly("at risk in the table", table.time, table.at_risk, table.time,
                          [theirs.at_risk_before(month, begins=begins) for month in table.time]),
                _monthly("entering", late.time, late.people, *theirs.came_late(begins=begins)),
                Number("first month", from_months, begins),
            ],
        )  # fmt: skip
        median, limits = theirs.median(flat=flat), _limits_of_median(stratum.median_ci, theirs)
        if id == SurvivalId.FROM_EXPOSURE:
            crossing = Number("crossing", stratum.median, median)
            yield self._many(id, level, CROSSING, [crossing, *limits], reason=MEDIANS[flat])
        else:
            yield self._one(id, level, "median in months", stratum.median, median, reason=MEDIANS[flat])
            yield self._many(id, level, "confidence intervals of the median", limits)
        if mean is not None or tau is not None:
            what = "restricted mean in months"
            value, error = (None, None) if mean is None else (mean.value, mean.se)
            area = (None, None) if tau is None else (theirs.area(tau), theirs.area_error(tau))
            yield self._one(id, level, what, value, area[0])
            yield self._one(id, level, f"standard error of the {what}", error, area[1])

    def _competing(self, analysis: CompetingAnalysis, us: tuple[str, str]) -> Iterator[CrossCheck]:
        try:
            groups = competing_rows(self.marts, analysis)
        except NotKnown:
            yield self._not(analysis.id, "", "curves and tests", UNKNOWN)
            return
        strata = {stratum.level: stratum for stratum in analysis.strata}
        for level in dict.fromkeys([*strata, *groups]):
            if level in strata and level in groups:
                yield from self._first_events(analysis.id, strata[level], groups[level])
            else:
                yield self._one_sided(analysis.id, level, strata.get(level), groups.get(level))
        cards = [analysis.card, *(term.card for term in analysis.fine_gray.terms)]
        if counts := list(_of_groups(cards, lambda group: groups.get(group.level))):
            what = "people and second cancers of the groups compared"
            yield self._many(analysis.id, "", what, counts, reason=AGAIN, by=us)
        gray, model = "Gray's test", "Fine and Gray's model"
        if analysis.gray is not None:
            yield self._not(analysis.id, "", gray, NO_GRAY)
        elif len(groups) > 1:
            yield self._one(analysis.id, "", gray, 0, 1, by=us)
        if not analysis.fine_gray.terms and analysis.gray is not None and analysis.gray.statistic is not None:
            yield self._one(analysis.id, "", model, 0, 1, by=us)
        elif analysis.fine_gray.terms:
            yield self._not(analysis.id, "", model, NO_FINE_GRAY)
            yield from self._ratios_of(analysis.id, analysis.fine_gray.terms, by=us)

    def _first_events(
        self, id: CompetingId, stratum: CompetingStratum, rows: Followed
    ) -> Iterator[CrossCheck]:
        level, curve = stratum.level, stratum.curve
        theirs = second_program.kaplan_meier(rows)
        incidence = Curve(theirs.times, 1 - second_program.cumulative_incidence(rows, theirs))
        for what, printed, steps, curve_of, reason in (
            ("Aalen-Johansen curve", stratum.at, curve.cif, incidence, AGAIN_AALEN_JOHANSEN),
            ("1 minus Kaplan-Meier", stratum.one_minus_km_at, curve.one_minus_km, theirs, None),
        ):
            ours = Curve(np.array(curve.time), 1 - np.array(steps))
            numbers: list[Number | Steps] = list(_by_horizon(printed, curve_of))
            numbers.append(_steps(ours, curve_of, is_incidence=True))
            yield self._many(id, level, what, numbers, reason=reason)
        yield self._not(
            id, level, "standard errors and confidence intervals of the Aalen-Johansen curve", MOVED
        )
        deaths = 0 if rows.other is None else int(rows.other.sum())
        yield self._many(
            id, level, "people, second cancers and numbers at risk",
            [
                *_counts(stratum.n, stratum.events, "second cancers", rows),
                Number("other first events", stratum.competing_events, deaths),
                _monthly("at risk", curve.time, curve.at_risk, theirs.times, theirs.at_risk),
                _monthly("second cancers", curve.time, curve.events, theirs.times, theirs.events),
            ],
        )  # fmt: skip

    def _case_series(self, group: CaseSeriesGroup, rows: Followed | None) -> Iterator[CrossCheck]:
        """The cases that were followed, described as R does."""
        n = 0 if rows is None else len(rows.months)
        died = 0 if rows is None else int(rows.died.sum())
        counts = [Number("followed", group.n_survival_known, n), Number("deaths", group.deaths, died)]
        yield self._many(CASE_SERIES, group.group, "people followed and deaths", counts)
        yield self._not(CASE_SERIES, group.group, "people, men, ages and latencies", DESCRIBED)
        what, median = "median in months", group.median_survival
        if rows is None or not n:
            missing = median is None
            yield (
                self._not(CASE_SERIES, group.group, what, NOT_ESTIMATED)
                if missing
                else self._one(CASE_SERIES, group.group, what, median, None)
            )
            return
        theirs = second_program.kaplan_meier(rows)
        reason = MEDIANS["midpoint"]
        yield self._one(CASE_SERIES, group.group, what, median, theirs.median(flat="midpoint"), reason=reason)
        names = "lower limit of the median", "upper limit of the median"
        limits = zip(names, group.median_survival_ci, theirs.median_limits(), strict=True)
        yield self._many(
            CASE_SERIES, group.group, "log-log limits of the median", [Number(*limit) for limit in limits]
        )

    def _model(self, model: CoxAnalysis, ties: str, code_version: str) -> Iterator[CrossCheck]:
        """ties: those of the study's published models."""
        us = "metachron", code_version
        try:
            asked = terms_of(self.marts, model.id)
            yield self._many(model.id, "", TERMS, _terms_and_ties(model, asked, ties), reason=AGAIN, by=us)
            rows = model_rows(self.marts, model) if model.terms else None
        except NotKnown:
            yield self._not(model.id, "", ESTIMATES, UNKNOWN)
            return
        if rows is None:
            yield self._not(model.id, "", ESTIMATES, model.note or NOT_ESTIMATED)
            return
        cards = [model.card, *(term.card for term in model.terms)]
        counts = [
            *_counts(model.n, model.events, "deaths", rows.followed, "rows"),
            *_of_groups(cards, lambda group: _rows_of(rows, model.terms, group)),
        ]
        yield self._many(model.id, "", "rows and deaths", counts, reason=AGAIN, by=us)
        if model.penalty is None:
            what = "log-likelihood without covariates"
            if model.loglik_null is None and all(term.coef is None for term in model.terms):
                yield self._not(model.id, "", what, NOT_ESTIMATED)
            else:
                null = rows.loglik_without_covariates(model.ties)
                yield self._one(model.id, "", what, model.loglik_null, null, reason=AGAIN, by=us)
        reason = _why_not(model)
        if reason in (None, BRESLOW) and any(term.coef is None or term.se is None for term in model.terms):
            # Whether a ratio is finite does not depend on how ties are treated.
            differing = list(self._endless(model, rows))
            yield from differing
            reason = None if differing else NO_FINITE_RATIO
        elif reason == BRESLOW and (theirs := _one_step(model, rows)) is not None:
            yield from self._terms(model, _printed(model), theirs, reason=NEWTON, by=us)
            yield from self._ratios(model.id, model.terms, theirs, reason=NEWTON, by=us)
            yield from self._joint(model, theirs, reason=NEWTON, by=us)
            return
        elif reason is None:
            try:
                yield from self._fits(model, rows, us)
                return
            except NoMaximum:
                reason = NO_MAXIMUM
        if reason is not None:
            yield self._not(model.id, "", ESTIMATES, reason)
            yield from self._joint_of(model, reason, by=us)
        yield from self._ratios_of(model.id, model.terms, by=us, penalised=model.penalty is not None)
        if model.penalty is not None:
            yield self._not(
                model.id, "", "profile confidence intervals, P values, likelihoods", reason or UNKNOWN
            )

    def _endless(self, model: CoxAnalysis, rows: ModelRows) -> Iterator[CrossCheck]:
        """The coefficients that we have not and lifelines has: none where it runs off as well."""
        if not rows.followed.died.any():
            return
        try:
            theirs = second_program.cox(rows if _can_be_fitted_whole(rows) else self._sample(rows))
        except NoMaximum:
            return
        for at, term in enumerate(model.terms):
            if (term.coef is None or term.se is None) and not theirs.runs_off(at):
                yield self._one(
                    model.id, f"{term.variable}: {term.level}", "coefficient", None, theirs.coef[at]
                )

    def _fits(self, model: CoxAnalysis, rows: ModelRows, us: tuple[str, str]) -> Iterator[CrossCheck]:
        """The printed model beside lifelines'; of a large one, a sample of people in both programs.

        Raises NoMaximum where lifelines finds none, even from our own coefficients on.
        """
        printed = _printed(model)
        if _can_be_fitted_whole(rows):
            theirs = _found_by_lifelines(rows, printed)
            yield from self._terms(model, printed, theirs)
            yield from self._ratios(model.id, model.terms, theirs)
            yield from self._joint(model, theirs)
            return
        again = our_fits.fit(rows)
        yield from self._terms(model, printed, again, reason=AGAIN, by=us)
        if again is not None:
            yield from self._ratios(model.id, model.terms, again, reason=AGAIN, by=us)
            yield from self._joint(model, again, reason=AGAIN, by=us)
        part = self._sample(rows)
        ours = our_fits.fit(part)
        if ours is None:
            yield self._not(model.id, "", f"{ESTIMATES} in a sample", NOT_IN_SAMPLE)
            return
        sample = len(set(part.people.tolist()))
        theirs = _found_by_lifelines(part, ours)
        yield from self._terms(model, ours, theirs, reason=SAMPLED, sample=sample)
        yield from self._joint(model, theirs, ours=ours, reason=SAMPLED, sample=sample)

    def _joint(
        self,
        model: CoxAnalysis,
        theirs: Fit,
        *,
        ours: Fit | None = None,
        reason: str | None = None,
        sample: int | None = None,
        by: tuple[str, str] | None = None,
    ) -> Iterator[CrossCheck]:
        """The joint test of each variable; ours: the fit whose tests these are, where not those printed."""
        numbers = []
        for test in _joint_tests(model, len(theirs.coef)):
            at = _columns_of(test.variable, model.terms, len(theirs.coef))
            if test.statistic is None and any(theirs.runs_off(column) for column in at):
                yield self._not(model.id, test.variable, JOINT.removesuffix("s"), NO_FINITE_RATIO)
                continue
            one, other = (test if ours is None else ours.joint_wald(at)), theirs.joint_wald(at)
            if one is not None and other is not None:
                numbers += _chi_squared(one, other, f" of {test.variable}")
        if numbers:
            yield self._many(model.id, "", JOINT, numbers, reason=reason, by=by, sample=sample)

    def _joint_of(self, model: CoxAnalysis, reason: str, *, by: tuple[str, str]) -> Iterator[CrossCheck]:
        """Where lifelines has no second opinion: of one coefficient the square of its own z."""
        own, alone, others = _printed(model), [], []
        for test in _joint_tests(model, len(model.terms)):
            at = _columns_of(test.variable, model.terms, len(model.terms))
            if len(at) == 1 and np.isfinite([own.coef[at[0]], own.std_error[at[0]]]).all():
                alone.append((test, own.joint_wald(at)))
            else:
                others.append(test.variable)
        numbers = [
            number
            for test, theirs in alone
            if theirs is not None
            for number in _chi_squared(test, theirs, f" of {test.variable}")
        ]
        if numbers:
            yield self._many(model.id, "", JOINT, numbers, reason=FROM_COEFFICIENT, by=by)
        for variable in others:
            yield self._not(model.id, variable, JOINT.removesuffix("s"), reason)

    def _ratios(
        self,
        id: AnyId,
        terms: Sequence[CoxTerm],
        theirs: Fit,
        *,
        reason: str | None = None,
        by: tuple[str, str] | None = None,
        penalised: bool = False,
    ) -> Iterator[CrossCheck]:
        """What is printed of each term; limits and P are Wald's, but with a penalty, which has others."""
        ratios, tails = [], []
        for at, term in enumerate(terms):
            name = f"{term.variable}: {term.level}"
            printed = [("hazard ratio", term.hr, theirs.ratio)]
            if not penalised:
                limits = zip(("lower limit", "upper limit"), term.hr_ci, theirs.limits, strict=True)
                printed += list(limits)
                tails.append(_of_p(f"P of {name}", term.p_value, theirs.p_value[at]))
            ratios += [_of_ratio(f"{what} of {name}", ours, values[at]) for what, ours, values in printed]
        named = "hazard ratios" if penalised else "hazard ratios with Wald's limits"
        for what, numbers in ((named, ratios), ("Wald's P values", tails)):
            if numbers:
                yield self._many(id, "", what, numbers, reason=reason, by=by)

    def _ratios_of(
        self,
        id: AnyId,
        terms: Sequence[CoxTerm],
        *,
        by: tuple[str, str],
        penalised: bool = False,
    ) -> Iterator[CrossCheck]:
        """Where lifelines has no second opinion: from the printed coefficients that have a value."""
        known = [term for term in terms if term.coef is not None and term.se is not None]
        own = Fit(np.array([term.coef for term in known]), np.array([term.se for term in known]), 0.0)
        yield from self._ratios(id, known, own, reason=FROM_COEFFICIENT, by=by, penalised=penalised)

    @cached_property
    def _drawn(self) -> dict[int, frozenset[str]]:
        """People by how many were to be drawn."""
        return {}

    def _sample(self, rows: ModelRows) -> ModelRows:
        n = SAMPLE
        while True:
            if n not in self._drawn:
                self._drawn[n] = draw_people(self.marts, n)
            part = rows.of(self._drawn[n])
            if n == 1 or _can_be_fitted_whole(part):
                return part
            n //= 2

    def _terms(
        self,
        model: CoxAnalysis,
        ours: Fit,
        theirs: Fit | None,
        *,
        reason: str | None = None,
        sample: int | None = None,
        by: tuple[str, str] | None = None,
    ) -> Iterator[CrossCheck]:
        """The printed terms of a model one by one, then its log-likelihood."""
        numbers = [
            (f"{term.variable}: {term.level}", what, _values(ours, name, at), _values(theirs, name, at))
            for at, term in enumerate(model.terms)
            for what, name in (("coefficient", "coef"), ("standard error", "std_error"))
        ]
        numbers.append(("", "log-likelihood", ours.loglik, None if theirs is None else theirs.loglik))
        for group, what, one, other in numbers:
            yield self._one(model.id, group, what, one, other, reason=reason, sample=sample, by=by)

    def _many(
        self,
        id: AnyId,
        group: str,
        what: str,
        numbers: Sequence[Number | Steps],
        *,
        reason: str | None = None,
        by: tuple[str, str] | None = None,
        sample: int | None = None,
    ) -> CrossCheck:
        """Many numbers of one kind; kept is the last of those that differ most, as a part of what may be."""
        n_numbers = sum(len(number) for number in numbers)
        if not n_numbers:
            return self._not(id, group, what, NOT_ESTIMATED)
        # A number that neither program has differs by nothing, but tells nothing either.
        each = [number.worst if isinstance(number, Steps) else number for number in numbers]
        worst = max(
            (number for number in reversed(each) if number is not None),
            key=lambda number: (number.excess, number.difference is not None),
        )
        made = self._one(
            id, group, what, worst.ours, worst.theirs,
            n_numbers=n_numbers, reason=reason, by=by, sample=sample,
        )  # fmt: skip
        return replace(
            made,
            at=worst.name,
            difference=None if worst.difference is None else round(worst.difference, DECIMALS),
            tolerance=worst.tolerance,
            verdict=AGREES if worst.excess <= 1 else DIFFERS,
        )

    def _one(
        self,
        id: AnyId,
        group: str,
        what: str,
        ours: float | None,
        theirs: float | None,
        *,
        n_numbers: int = 1,
        reason: str | None = None,
        sample: int | None = None,
        by: tuple[str, str] | None = None,
    ) -> CrossCheck:
        """Both values, None for what one of the two has not; NaN agrees with nothing."""
        software, version = by or (LIFELINES, self.version)
        difference = None
        agrees = ours is None and theirs is None
        if ours is not None and theirs is not None:
            difference = abs(float(ours) - float(theirs))
            agrees = difference <= TOLERANCE
        return CrossCheck(
            id=id,
            group=group,
            what=what,
            ours=None if ours is None else float(ours),
            theirs=None if theirs is None else round(float(theirs), DECIMALS),
            difference=None if difference is None else round(difference, DECIMALS),
            tolerance=TOLERANCE,
            software=software,
            version=version,
            verdict=AGREES if agrees else DIFFERS,
            n_numbers=n_numbers,
            sample=sample,
            reason=reason,
        )

    def _not(self, id: AnyId, group: str, what: str, reason: str) -> CrossCheck:
        return CrossCheck(
            id=id,
            group=group,
            what=what,
            ours=None,
            theirs=None,
            difference=None,
            tolerance=None,
            software=LIFELINES,
            version=self.version,
            verdict=NOT_COMPARED,
            n_numbers=0,
            reason=reason,
        )


def _limits_of_median(
    printed: Mapping[str, tuple[float | None, float | None]], theirs: KaplanMeier
) -> list[Number]:
    """Both limits by each method that either program has."""
    return [
        Number(f"{side} limit, {method}", one, other)
        for method in dict.fromkeys([*printed, *INTERVALS])
        for side, one, other in zip(
            ("lower", "upper"),
            printed.get(method, (None, None)),
            theirs.median_limits(method),
            strict=True,
        )
    ]


def _by_horizon(printed: Mapping[str, float | None], theirs: Curve) -> list[Number]:
    """One minus the curve at each month that is printed or should be; none beyond its last time."""
    return [
        Number(
            f"month {month} in the table",
            printed.get(month),
            None if float(month) > theirs.times[-1] else 1 - float(theirs.at(np.array([float(month)]))[0]),
        )
        for month in dict.fromkeys([*map(str, HORIZONS), *printed])
    ]


def _of_groups(
    cards: Iterable[EvidenceCard | ModelCard | None], derive: Callable[[GroupCount], Followed | None]
) -> Iterator[Number]:
    """What each card counts in each group, beside the rows of it that were derived again."""
    for group in (group for card in cards if card is not None for group in card.groups):
        rows, name = derive(group), f"{group.variable}: {group.level}"
        yield Number(f"rows of {name}", group.n, None if rows is None else len(rows.months))
        yield Number(f"events of {name}", group.events, None if rows is None else int(rows.died.sum()))


def _rows_of(rows: ModelRows, terms: Sequence[CoxTerm], group: GroupCount) -> Followed:
    """Those of one level of a variable; of its reference, who is of none of the others."""
    at = [at for at, term in enumerate(terms) if term.variable == group.variable]
    own = [place for place in at if terms[place].level == group.level]
    here = (rows.design[:, own or at] == 1).any(axis=1) == bool(own)
    return Followed(rows.followed.months[here], rows.followed.died[here])


def _terms_and_ties(model: CoxAnalysis, asked: Mapping[str, int], ties: str) -> list[Number]:
    """How many terms each variable has, and whether ties are Efron's; ties: of the published models."""
    printed = Counter(term.variable for term in model.terms)
    if model.id.kind not in PUBLISHED:
        ties = "breslow" if model.id.kind in BRESLOWS else "efron"
    return [
        *(
            Number(f"terms of {variable}", printed.get(variable), asked.get(variable))
            for variable in dict.fromkeys([*asked, *printed])
        ),
        Number("Efron ties", int(model.ties == "efron"), int(ties == "efron")),
    ]


def _joint_tests(model: CoxAnalysis, n_columns: int) -> list[VariableTest]:
    """The printed ones, and one without numbers for each variable, or spline, that has none."""
    printed, terms = {test.variable: test for test in model.wald}, {term.variable for term in model.terms}
    asked = [*dict.fromkeys(term.variable for term in model.terms), *printed]
    if n_columns > len(model.terms) and set(printed) <= terms:
        asked.append(SPLINE)
    return [
        printed.get(variable) or VariableTest(variable, "wald", None, None, None)
        for variable in dict.fromkeys(asked)
    ]


def _columns_of(variable: str, terms: Sequence[CoxTerm], n_columns: int) -> list[int]:
    """Of a variable in the design; what has no term is the spline, whose columns stand last."""
    own = [at for at, term in enumerate(terms) if term.variable == variable]
    return own or list(range(len(terms), n_columns))


def _can_be_fitted_whole(rows: ModelRows) -> bool:
    """By both programs, in about a second."""
    followed = rows.followed
    times = 0 if followed.entry is None else len(np.unique(followed.months[followed.died]))
    return len(rows) <= LARGEST and len(rows) * times <= LARGEST_WITH_ENTRY


def _why_not(model: CoxAnalysis) -> str | None:
    """Why lifelines cannot fit this model; None where it can."""
    if model.penalty is not None:
        return FIRTH if model.penalty == "firth" else UNKNOWN
    if model.ties != "efron":
        return BRESLOW if model.ties == "breslow" else UNKNOWN
    return None


def _one_step(model: CoxAnalysis, rows: ModelRows) -> Fit | None:
    """One Newton step on from the printed coefficients with Breslow ties, which at the maximum stays there.

    None with late entry, strata, or a coefficient or variance that is not finite: there is no such model.
    """
    coef = _printed(model).coef
    if rows.followed.entry is not None or rows.strata is not None or not np.isfinite(coef).all():
        return None
    loglik, score, information = rows.breslow(coef)
    try:
        covariance = np.linalg.inv(information)
    except np.linalg.LinAlgError:
        return None
    variance = np.diag(covariance)
    if not (variance > 0).all():
        return None
    return Fit(coef + covariance @ score, np.sqrt(variance), loglik, covariance)


def _printed(model: CoxAnalysis) -> Fit:
    return Fit(
        np.array([term.coef for term in model.terms], dtype=float),
        np.array([term.se for term in model.terms], dtype=float),
        float("nan") if model.loglik is None else model.loglik,
    )


def _values(fit: Fit | None, name: str, at: int) -> float | None:
    return None if fit is None else float(getattr(fit, name)[at])
