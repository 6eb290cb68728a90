"""Every survival analysis of the results beside what lifelines computes of rows derived again.

The walk is over the results, so that no analysis is silently left out: each number is compared, or stands
there as not compared with the reason, also of an analysis that this file knows nothing of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.cross_checks import our_fits, second_program
from analytics.cross_checks.rows import (
    Followed,
    ModelRows,
    NotKnown,
    case_series_rows,
    competing_rows,
    curve_rows,
    draw_people,
    model_rows,
)
from analytics.cross_checks.second_program import Curve, Fit, NoMaximum
from analytics.results.competing import CompetingAnalysis
from analytics.results.cox import CoxAnalysis
from analytics.results.cross_checks import (
    AGREES,
    CASE_SERIES,
    DIFFERS,
    LIFELINES,
    NOT_COMPARED,
    CrossCheck,
)
from analytics.results.document import Results
from analytics.results.hospital import CaseSeriesGroup
from analytics.results.ids import CompetingId, CoxId, SurvivalId
from analytics.results.survival import SurvivalAnalysis, SurvivalStratum
from analytics.warehouse.marts import Marts

AnyId = SurvivalId | CompetingId | CoxId | str

TOLERANCE = 1e-6
DECIMALS = 10
"""Of what is kept of lifelines' answer; the digits behind hang on the processor."""

LARGEST = 20_000
"""Rows of a model that are still fitted whole by both programs; lifelines is slow beyond."""
SAMPLE = 5_000
"""People of a larger model who are drawn beside all who have the second cancer."""

UNKNOWN = "the second program does not know this analysis"
NOT_ESTIMATED = "there is no such number here"
NO_FINITE_RATIO = "the model has a term without a finite ratio, where the two programs stop at will"
NOT_IN_SAMPLE = "a term has no finite ratio in the sample that both programs would fit"
NO_CURVE = "lifelines estimates no curve where nobody is at risk while others are still to enter"
NO_MAXIMUM = "lifelines finds no maximum of this likelihood"
BRESLOW = "lifelines has no Breslow ties"
FIRTH = "lifelines has no Firth's penalty"
MANTEL_BYAR = "lifelines has no log-rank test with late entry"
AALEN_JOHANSEN = "lifelines moves tied times at random before it estimates this"
NO_GRAY = "lifelines has no Gray's test"
NO_FINE_GRAY = "lifelines has no Fine and Gray's model"

FIRST_TIME = "by one rule in both programs, the first time at which at most one half survive"
FLAT = f"{FIRST_TIME}, also of our curve, whose printed median is another time of a stretch at one half"
SAMPLED = (
    "both programs fit the same sample: all who have the second cancer or are of a race that few have, and "
    "others drawn by a fixed seed"
)
AGAIN = "of everybody, from rows that were derived a second time"


class Disagreement(ValueError):
    """A number of the report is another in the second program; the text names it and both values."""


def cross_check(marts: Marts, results: Results) -> tuple[CrossCheck, ...]:
    """Every number that has a second opinion, and every one that has none, in the order of the results."""
    return tuple(_Walk(marts, second_program.version()).over(results))


def refuse_differing(checks: Sequence[CrossCheck]) -> None:
    """Raises Disagreement where a compared number differs by more than its tolerance."""
    differing = [check for check in checks if check.verdict == DIFFERS]
    if not differing:
        return
    first, others = differing[0], len(differing) - 1
    text = (
        f"{first.name}: the report has {_said(first.ours)} and {first.software} {first.version} computes "
        f"{_said(first.theirs)}"
    )
    if first.difference is not None:
        text += f", a difference of {first.difference:.3g} where {first.tolerance:.0e} is allowed"
    raise Disagreement(text + (f"; {others} more of the compared numbers differ" if others else ""))


def _said(value: float | None) -> str:
    return "no number" if value is None else f"{value:.10g}"


@dataclass(frozen=True)
class _Walk:
    """Over the results of one warehouse, with lifelines of one version."""

    marts: Marts
    version: str

    def over(self, results: Results) -> Iterator[CrossCheck]:
        for analysis in results.survival:
            yield from self._survival(analysis)
        for model in results.cox:
            yield from self._model(model, results.run.code_version)
        for competing in results.competing:
            yield from self._competing(competing)
        if results.institution.case_series:
            series = case_series_rows(self.marts)
            for group in results.institution.case_series:
                yield self._case_series(group, series.get(group.group))

    def _survival(self, analysis: SurvivalAnalysis) -> Iterator[CrossCheck]:
        try:
            groups = curve_rows(self.marts, analysis.id)
        except NotKnown:
            yield self._not(analysis.id, "", "curves and tests", UNKNOWN)
            return
        strata = {stratum.level: stratum for stratum in analysis.strata}
        for level in dict.fromkeys([*strata, *groups] if strata else ()):
            if level in strata and level in groups:
                yield from self._stratum(analysis.id, strata[level], groups[level])
            else:
                n = strata[level].n if level in strata else None
                theirs = len(groups[level].months) if level in groups else None
                yield self._one(analysis.id, level, "people", n, theirs)
        for test in analysis.tests:
            name, _, landmark = test.test.partition(" at ")
            if test.statistic is None:
                yield self._not(analysis.id, "", test.test, test.note or NOT_ESTIMATED)
            elif name == "mantel_byar":
                yield self._not(analysis.id, "", "Mantel-Byar test", MANTEL_BYAR)
            elif name == "logrank":
                tested = {level: rows for level, rows in groups.items() if level.endswith(landmark)}
                what = "log-rank chi-squared" + (f" at {landmark}" if landmark else "")
                yield self._one(analysis.id, "", what, test.statistic, second_program.logrank(tested))
            else:
                yield self._not(analysis.id, "", test.test, UNKNOWN)

    def _stratum(self, id: SurvivalId, stratum: SurvivalStratum, rows: Followed) -> Iterator[CrossCheck]:
        ours = Curve(np.array(stratum.curve.time), np.array(stratum.curve.survival))
        try:
            theirs = second_program.kaplan_meier(rows)
        except second_program.NoCurve:
            yield self._not(id, stratum.level, "Kaplan-Meier curve", NO_CURVE)
            return
        yield self._curve(id, stratum.level, "Kaplan-Meier curve", ours, theirs)
        median, reason = stratum.median, FIRST_TIME
        if ours.median() != ours.median(flat="midpoint"):
            median, reason = ours.median(), FLAT
        yield self._one(id, stratum.level, "median", median, theirs.median(), reason=reason)
        mean = stratum.restricted_mean
        if mean is not None:
            yield self._one(id, stratum.level, "restricted mean", mean.value, theirs.area(mean.tau))

    def _competing(self, analysis: CompetingAnalysis) -> Iterator[CrossCheck]:
        try:
            groups = competing_rows(self.marts, analysis)
        except NotKnown:
            yield self._not(analysis.id, "", "curves and tests", UNKNOWN)
            return
        for stratum in analysis.strata:
            yield self._not(analysis.id, stratum.level, "Aalen-Johansen curve", AALEN_JOHANSEN)
            what, rows = "1 minus Kaplan-Meier", groups.get(stratum.level)
            if rows is None:
                yield self._one(analysis.id, stratum.level, "people", stratum.n, None)
                continue
            ours = Curve(np.array(stratum.curve.time), 1 - np.array(stratum.curve.one_minus_km))
            theirs = second_program.kaplan_meier(rows)
            yield self._curve(analysis.id, stratum.level, what, ours, theirs, is_incidence=True)
        if analysis.gray is not None:
            yield self._not(analysis.id, "", "Gray's test", NO_GRAY)
        if analysis.fine_gray.terms:
            yield self._not(analysis.id, "", "Fine and Gray's model", NO_FINE_GRAY)

    def _case_series(self, group: CaseSeriesGroup, rows: Followed | None) -> CrossCheck:
        what = "median"
        if rows is None or not len(rows.months):
            reason = None if group.median_survival is not None else NOT_ESTIMATED
            if reason:
                return self._not(CASE_SERIES, group.group, what, reason)
            return self._one(CASE_SERIES, group.group, what, group.median_survival, None)
        theirs = second_program.kaplan_meier(rows).median(flat="midpoint")
        return self._one(CASE_SERIES, group.group, what, group.median_survival, theirs)

    def _model(self, model: CoxAnalysis, code_version: str) -> Iterator[CrossCheck]:
        if reason := _why_not(model):
            yield self._not(model.id, "", "coefficients", reason)
            return
        try:
            rows = model_rows(self.marts, model)
        except NotKnown:
            yield self._not(model.id, "", "coefficients", UNKNOWN)
            return
        us = "metachron", code_version
        yield self._one(model.id, "", "rows", model.n, len(rows), reason=AGAIN, by=us)
        yield self._one(model.id, "", "deaths", model.events, rows.followed.died.sum(), reason=AGAIN, by=us)
        try:
            yield from self._fits(model, rows, us)
        except NoMaximum:
            yield self._not(model.id, "", "coefficients", NO_MAXIMUM)

    def _fits(self, model: CoxAnalysis, rows: ModelRows, us: tuple[str, str]) -> Iterator[CrossCheck]:
        """The printed model beside lifelines'; of a large one, a sample of people in both programs."""
        if len(rows) <= LARGEST:
            yield from self._terms(model, _printed(model), second_program.cox(rows))
            return
        yield from self._terms(model, _printed(model), our_fits.fit(rows), reason=AGAIN, by=us)
        part = rows.of(self._people)
        ours = our_fits.fit(part)
        if ours is None:
            yield self._not(model.id, "", "coefficients in a sample", NOT_IN_SAMPLE)
            return
        sample = len(set(part.people.tolist()))
        yield from self._terms(model, ours, second_program.cox(part), reason=SAMPLED, sample=sample)

    @cached_property
    def _people(self) -> frozenset[str]:
        return draw_people(self.marts, SAMPLE)

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

    def _curve(
        self, id: AnyId, group: str, what: str, ours: Curve, theirs: Curve, *, is_incidence: bool = False
    ) -> CrossCheck:
        """At every time that either knows; kept is the last of the times at which they differ most."""
        times = np.union1d(ours.times, theirs.times)
        one, other = ours.at(times), theirs.at(times)
        if is_incidence:
            one, other = 1 - one, 1 - other
        differences = np.round(np.abs(one - other), DECIMALS)
        most = len(times) - 1 - int(np.argmax(differences[::-1]))
        return self._one(id, group, what, one[most], other[most], n_numbers=len(times))

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


def _why_not(model: CoxAnalysis) -> str | None:
    """Why lifelines cannot fit this model; None where it can."""
    if model.penalty is not None:
        return FIRTH if model.penalty == "firth" else UNKNOWN
    if model.ties != "efron":
        return BRESLOW if model.ties == "breslow" else UNKNOWN
    if not model.terms or model.loglik is None:
        return model.note or NOT_ESTIMATED
    if any(term.coef is None or term.se is None for term in model.terms):
        return NO_FINITE_RATIO
    return None


def _printed(model: CoxAnalysis) -> Fit:
    return Fit(
        np.array([term.coef for term in model.terms], dtype=float),
        np.array([term.se for term in model.terms], dtype=float),
        float("nan") if model.loglik is None else model.loglik,
    )


def _values(fit: Fit | None, name: str, at: int) -> float | None:
    return None if fit is None else float(getattr(fit, name)[at])
